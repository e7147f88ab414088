"""PURE: whether, of two texts without a history, one is an older text or one for another region."""

from __future__ import annotations

import re
from datetime import date

from monitor.clauses import heading_paths
from monitor.diff.model import Change, StepKind
from storage.records import ClauseKind

_MANY, _SHARE = 20, 0.05
"""Clauses, and their share of the page, from which on a text with an older date is an older text.

Fewer are an edit whose date was set back, which is told (flag `backdated`).
"""

_SECTION, _OF_PAGE = 50, 0.1
"""Clauses of a section on a region, and their share of the page, that a page for other regions lacks."""

_LEFT = 0.8
"""Of the other clauses that still stand: with fewer a text was rewritten, and lost the section by that."""

_REGION = re.compile(
    r"\b(?:europe(?:an)?|eu|eea|uk|united kingdom|swiss|switzerland|california|u\.?s\.?|united states|american"
    r"|canada|canadian|quebec|brazil|india|japan|korea|china|australia|gdpr|(?:legal|lawful)"
    r" (?:bas[ei]s|grounds))\b",
    re.IGNORECASE,
)
"""Regions, and what the law of one alone asks a policy to say."""


def other_text(change: Change, was: date | None, now: date | None) -> str | None:
    """Why the new text seems not to have followed on the old; `was` and `now` are the dates that they state."""
    return _older(change, was, now) or _other_region(change)


def _older(change: Change, was: date | None, now: date | None) -> str | None:
    if was is None or now is None or now >= was:
        return None
    touched = sum(change.count(kind) for kind in (StepKind.ADDED, StepKind.REMOVED, StepKind.EDITED))
    if touched < max(_MANY, _SHARE * len(change.before)):
        return None
    return (
        f"the page states {now} and differs in {touched:,} clauses from one that stated {was}: an older text?"
    )


def _other_region(change: Change) -> str | None:
    """A section on a region that vanished whole, which the pages of other regions lack."""
    died = {step.before for step in change.steps if step.kind is StepKind.REMOVED}
    sections = {
        change.before[place].text
        for place in died
        if place is not None
        and change.before[place].kind is ClauseKind.HEADING
        and _REGION.search(change.before[place].text)
    }
    stands = change.count(StepKind.KEPT) + change.count(StepKind.MOVED)
    if not sections or stands < _LEFT * (len(change.before) - len(died)):
        return None
    paths = heading_paths(change.before)
    for section in sorted(sections):
        size = sum(section in paths[place] for place in died if place is not None)
        if size >= max(_SECTION, _OF_PAGE * len(change.before)):
            return f'the section "{section}" ({size:,} clauses) is missing: the page of another region?'
    return None
