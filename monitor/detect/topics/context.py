"""PURE: what a clause borrows from around it: headings, the sentence that opens its list, a question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from monitor.clauses import heading_paths
from storage.records import Clause, ClauseKind

_FARTHEST = 120
"""Clauses that are looked back over for the sentence that opens a list."""

_MARKED = re.compile(
    r"\(?(?:[a-z]|[ivx]{1,5}|\d{1,2}(?:\.\d{1,2})*)[.)]\s|\d{1,2}(?:\.\d{1,2})+\s+[a-z]|[\u2022\u00b7*-]\s"
)
_OPENING = re.compile(r":\s*$")


class Contexts:
    """The surroundings of the clauses of one version; nothing is worked out before it is asked for."""

    def __init__(self, clauses: Sequence[Clause]) -> None:
        self._clauses = clauses

    @cached_property
    def headings(self) -> list[tuple[str, ...]]:
        return heading_paths(self._clauses)

    def is_fragment(self, place: int) -> bool:
        """Whether the clause may lack its subject: an item, a row, or a line that goes on with a sentence."""
        clause = self._clauses[place]
        if clause.kind in {ClauseKind.LIST_ITEM, ClauseKind.TABLE_ROW}:
            return True
        return clause.text[:1].islower() or _MARKED.match(clause.text) is not None

    def lead(self, place: int) -> str | None:
        """The sentence that opens the list in which the clause stands."""
        clause = self._clauses[place]
        if not self.is_fragment(place):
            return None
        item = clause.kind is ClauseKind.LIST_ITEM
        for position in range(place - 1, max(-1, place - _FARTHEST), -1):
            other = self._clauses[position]
            if other.kind is ClauseKind.HEADING:
                return None
            if item and (other.kind is not ClauseKind.LIST_ITEM or other.level < clause.level):
                return other.text
            if not item and _OPENING.search(other.text):
                return other.text
        return None

    def before(self, place: int) -> str | None:
        """The clause before this one, in the text or as its heading."""
        return self._clauses[place - 1].text if place else None
