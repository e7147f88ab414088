"""PURE: which rules fire on a change, with the clause before and after and the words that matched."""
