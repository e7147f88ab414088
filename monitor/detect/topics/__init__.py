"""PURE: what clauses say on a topic (who does what, allowed or not), and what a change of them means."""
