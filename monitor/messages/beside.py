"""PURE: the sentences right before and after a clause, for the reader's bearings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from monitor.messages.model import Around
from storage.records import Clause, ClauseKind


def beside(clauses: Sequence[Clause], wanted: Collection[str]) -> Iterator[Around]:
    """What stands beside each of the clauses `wanted`, at the first place of each; a heading ends a text."""
    read = [clause for clause in clauses if not clause.soft]
    found: set[str] = set()
    for place, clause in enumerate(read):
        if clause.text in wanted and clause.text not in found:
            found.add(clause.text)
            preceding = _sentence(read[place - 1]) if place else ""
            following = _sentence(read[place + 1]) if place + 1 < len(read) else ""
            yield Around(clause.text, preceding, following)


def _sentence(clause: Clause) -> str:
    return "" if clause.kind is ClauseKind.HEADING else clause.text
