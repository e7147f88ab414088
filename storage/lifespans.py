"""Lifespans of clauses: the runs of version numbers that hold a clause, and the stretches of time that follow.

A document's versions are numbered in the order they were first seen, and appearances say when each stood. So a
page that goes back to an old text adds an appearance and nothing here. Nothing here needs SQLAlchemy.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from storage.sqlite import moment

Run = tuple[int, int]
"""The first and the last number of versions that follow each other and all hold the clause."""

_WITHOUT_END = 2**62
_END = "UPDATE lifespans SET last_number = ? WHERE clause_id = ? AND document_id = ? AND last_number IS NULL"
_BEGIN = "INSERT INTO lifespans (clause_id, document_id, first_number) VALUES (?, ?, ?)"
_EVER = "SELECT 1 FROM lifespans WHERE clause_id = ? AND document_id = ? LIMIT 1"
_ALL_RUNS = "SELECT clause_id, first_number, last_number FROM lifespans WHERE document_id = ?"
_TIMELINE = (
    "SELECT v.number, a.version_id, a.captured_at, a.observed_until FROM appearances AS a"
    " JOIN versions AS v ON v.id = a.version_id WHERE a.document_id = ? ORDER BY a.id"
)


@dataclass(frozen=True, slots=True)
class Stood:
    """One appearance, as far as it says when a version stood."""

    number: int
    version_id: int
    captured_at: datetime
    observed_until: datetime


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time in which a clause stood: its first and last appearance, and the one that ended it."""

    first: Stood
    last: Stood
    ended_by: Stood | None

    def covers(self, when: datetime) -> bool:
        """A stretch lasts until the appearance that no longer shows the clause begins."""
        return self.overlaps(when, when)

    def overlaps(self, since: datetime | None, until: datetime | None) -> bool:
        """Whether the clause stood at some time between."""
        begun = until is None or self.first.captured_at <= until
        return begun and (since is None or self.ended_by is None or since < self.ended_by.captured_at)


class Times:
    """When the versions of one document stood, asked for many clauses."""

    def __init__(self, stood: Sequence[Stood]) -> None:
        self._stood = stood
        newest = max((each.number for each in stood), default=0)
        self._first, self._last = [len(stood)] * (newest + 1), [-1] * (newest + 1)
        for place, each in enumerate(stood):
            self._first[each.number] = min(place, self._first[each.number])
            self._last[each.number] = place

    def whole(self, runs: Sequence[tuple[int, int | None]]) -> Stretch | None:
        """From the first appearance that shows the clause to the last, gaps between included."""
        first, last = len(self._stood), -1
        for begin, end in runs:
            stop = None if end is None else end + 1
            first = min(first, *self._first[begin:stop], first)
            last = max(last, *self._last[begin:stop], last)
        if last < 0:
            return None
        ended_by = self._stood[last + 1] if last + 1 < len(self._stood) else None
        return Stretch(self._stood[first], self._stood[last], ended_by)

    def stretches(self, runs: Iterable[tuple[int, int | None]]) -> Iterator[Stretch]:
        return stretches(self._stood, runs)

    def is_first(self, stood: Stood) -> bool:
        """Whether it is the document's first appearance."""
        return stood is self._stood[0]


def turn_over(
    driver: sqlite3.Connection,
    document_id: int,
    number: int,
    now: AbstractSet[int],
    before: AbstractSet[int],
) -> None:
    """Version `number` holds the clauses `now`, the one numbered before it held `before`."""
    driver.executemany(_END, ((number - 1, clause_id, document_id) for clause_id in sorted(before - now)))
    driver.executemany(_BEGIN, ((clause_id, document_id, number) for clause_id in sorted(now - before)))


def ever_held(driver: sqlite3.Connection, document_id: int, clause_ids: Iterable[int]) -> set[int]:
    """Those of the clauses that some version of the document holds."""
    return {each for each in clause_ids if driver.execute(_EVER, (each, document_id)).fetchone()}


def held_by(driver: sqlite3.Connection, document_id: int, numbers: Iterable[int]) -> set[int]:
    """The clauses that the document's versions of these numbers hold."""
    wanted = sorted(numbers)
    found = set[int]()
    for clause_id, first, last in driver.execute(_ALL_RUNS, (document_id,)):
        place = bisect_left(wanted, first)
        if place < len(wanted) and (last is None or wanted[place] <= last):
            found.add(clause_id)
    return found


def timeline(driver: sqlite3.Connection, document_id: int) -> list[Stood]:
    """A document's appearances, oldest first."""
    return [
        Stood(number, version_id, moment(captured_at), moment(observed_until))
        for number, version_id, captured_at, observed_until in driver.execute(_TIMELINE, (document_id,))
    ]


def stretches(stood: Sequence[Stood], runs: Iterable[tuple[int, int | None]]) -> Iterator[Stretch]:
    """When a clause stood that these runs of versions hold; a run without an end goes on."""
    spans = [(first, _WITHOUT_END if last is None else last) for first, last in runs]
    begun: Stood | None = None
    previous: Stood | None = None
    for each in stood:
        holds = any(first <= each.number <= last for first, last in spans)
        if begun is not None and previous is not None and not holds:
            yield Stretch(begun, previous, each)
            begun = None
        elif begun is None and holds:
            begun = each
        previous = each
    if begun is not None and previous is not None:
        yield Stretch(begun, previous, None)
