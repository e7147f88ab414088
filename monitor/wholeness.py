"""PURE: whether a step from one text to another is one of the document, or of how much of it was read."""

from __future__ import annotations

from monitor.clauses import count_words
from monitor.diff.model import Change, StepKind
from monitor.plausibility import COMPARABLE, GROWN, Doubt

_LEFT = 0.85
"""Of the old clauses that still stand; from here on a page that grew is one that had been cut off."""

_PART, _SHARE = 50, 0.1
"""Clauses, and their share of the page, that do not vanish together while nothing else is touched."""

_MOST, _TOUCHED = 0.5, 0.05
"""A page that lost so much of itself was rewritten only if a larger share of it was touched."""


def is_rewrite(doubt: Doubt, change: Change) -> bool:
    """Whether a page grew because much of it was rewritten, so that it should be read in spite of its size."""
    if doubt.kind != "grown":
        return False
    before = sum(not clause.soft for clause in change.before)
    return change.count(StepKind.KEPT) + change.count(StepKind.MOVED) < _LEFT * before


def partial(change: Change) -> str | None:
    """Why one of the two texts seems to be a part of the document only; None where both seem whole."""
    was, now = count_words(change.before), count_words(change.after)
    if change.before and was < COMPARABLE and now > GROWN * max(was, COMPARABLE):
        return f"before: the page had {was:,} words and now has {now:,}"
    removed = change.count(StepKind.REMOVED)
    touched = change.count(StepKind.ADDED) + change.count(StepKind.EDITED)
    if not touched and removed >= max(_PART, _SHARE * len(change.before)):
        return (
            f"{removed:,} clauses are missing and nothing else was touched: a part of the page was not served"
        )
    if touched <= _TOUCHED * removed and removed >= max(_PART, _MOST * len(change.before)):
        return f"{removed:,} clauses are missing, most of the page, and only {touched:,} were touched"
    return None
