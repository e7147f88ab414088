"""PURE: what changed between two versions of a document, clause by clause and word by word."""
