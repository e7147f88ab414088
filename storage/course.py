"""The course of one document: its appearances newest first, and when it was not seen; no SQLAlchemy."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from storage.inbox import findings_of
from storage.records import AlertKind, Cause, CheckOutcome, Finding
from storage.sqlite import Reading, moment, moment_if_any

_STAGES = """
SELECT a.id, v.number, a.captured_at, a.observed_until, a.looks, a.cause, a.source, a.suspect,
  v.words, v.title, v.stated_date, v.effective_date,
  c.id, p.number, c.added, c.removed, c.edited, c.moved, c.words_added, c.words_removed, c.flags, alert.id
FROM appearances AS a
JOIN versions AS v ON v.id = a.version_id
LEFT JOIN changes AS c ON c.appearance_id = a.id
LEFT JOIN versions AS p ON p.id = c.previous_id
LEFT JOIN alerts AS alert ON alert.change_id = c.id
WHERE a.document_id = :document AND (:before IS NULL OR a.id < :before)
ORDER BY a.id DESC LIMIT :limit
"""
_CHECKS = """
SELECT outcome, first_at, last_at, looks, error_class, reason FROM checks WHERE document_id = ? ORDER BY id
"""
_MOMENTS = """
SELECT c.captured_at,
  (SELECT min(CASE severity WHEN 'high' THEN 0 WHEN 'medium' THEN 1 WHEN 'low' THEN 2 ELSE 3 END)
   FROM findings WHERE change_id = c.id)
FROM changes AS c WHERE c.document_id = ? ORDER BY c.captured_at
"""
_SIGHT = """
SELECT c.outcome, c.error_class, c.reason, c.last_at, s.next_due_at,
  (SELECT kind FROM alerts WHERE document_id = :document AND kind IN ('outage', 'withdrawn', 'recovery')
   ORDER BY id DESC LIMIT 1)
FROM (SELECT :document AS id) AS d
LEFT JOIN checks AS c ON c.id = (SELECT max(id) FROM checks WHERE document_id = d.id)
LEFT JOIN schedule AS s ON s.document_id = d.id
"""
_EXTENT = """
SELECT count(*), count(DISTINCT version_id), min(captured_at), max(observed_until), sum(looks)
FROM appearances WHERE document_id = ?
"""
_UNSEEN = ("held", "failed")


@dataclass(frozen=True, slots=True)
class Stage:
    """An appearance with its version and what changed with it; `previous` is None for the first."""

    appearance_id: int
    number: int
    captured_at: datetime
    observed_until: datetime
    looks: int
    cause: Cause
    source: str | None
    suspect: bool
    words: int
    title: str
    stated_date: date | None
    effective_date: date | None
    previous: int | None
    added: int
    removed: int
    edited: int
    moved: int
    words_added: int
    words_removed: int
    flags: tuple[str, ...]
    alert_id: int | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which no look saw the document; `until` is the last of them, `over` if one saw it since."""

    since: datetime
    until: datetime
    looks: int
    error_class: str | None
    reason: str
    over: bool


@dataclass(frozen=True, slots=True)
class Sight:
    """How the last look at a document ended; `told` is what people were told last of its being seen."""

    outcome: CheckOutcome | None
    error_class: str | None
    reason: str
    last_at: datetime | None
    next_due_at: datetime | None
    told: AlertKind | None


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a document is recorded."""

    appearances: int
    versions: int
    since: datetime | None
    until: datetime | None
    looks: int


def sight(reading: Reading, document_id: int) -> Sight:
    row = reading.execute(_SIGHT, {"document": document_id}).fetchone()
    outcome, error_class, reason, last_at, due_at, told = row
    return Sight(
        CheckOutcome(outcome) if outcome else None,
        error_class,
        reason or "",
        moment_if_any(last_at),
        moment_if_any(due_at),
        AlertKind(told) if told in ("outage", "withdrawn") else None,
    )


def extent(reading: Reading, document_id: int) -> Extent:
    appearances, numbers, since, until, looks = reading.execute(_EXTENT, (document_id,)).fetchone()
    return Extent(appearances, numbers, moment_if_any(since), moment_if_any(until), looks or 0)


def stages(reading: Reading, document_id: int, limit: int, before: int | None = None) -> list[Stage]:
    """At most `limit` appearances, the newest first; those recorded before the one of the id `before`."""
    given = {"document": document_id, "limit": limit, "before": before}
    rows = reading.execute(_STAGES, given).fetchall()
    found = findings_of(reading, [row[12] for row in rows if row[12] is not None])
    return [_stage(row, tuple(found.get(row[12], ()))) for row in rows]


def _stage(row: Sequence[Any], found: tuple[Finding, ...]) -> Stage:
    (appearance_id, number, captured_at, observed_until, looks, cause, source, suspect, words, title, stated,
     effective, _change, previous, added, removed, edited, moved, words_added, words_removed, flags,
     alert_id) = row  # fmt: skip
    return Stage(
        appearance_id, number, moment(captured_at), moment(observed_until), looks, Cause(cause), source,
        bool(suspect), words, title, _day(stated), _day(effective), previous, added or 0, removed or 0,
        edited or 0, moved or 0, words_added or 0, words_removed or 0,
        tuple(json.loads(flags)) if flags else (), alert_id, found,
    )  # fmt: skip


def gaps(reading: Reading, document_id: int) -> list[Gap]:
    """The times in which a document was not seen, the oldest first."""
    return list(_gaps(reading.execute(_CHECKS, (document_id,))))


def moments(reading: Reading, document_id: int) -> list[tuple[datetime, int | None]]:
    """When the document changed, the oldest first, and the rank of the gravest finding on it."""
    return [(moment(at), rank) for at, rank in reading.execute(_MOMENTS, (document_id,))]


def _gaps(rows: Iterator[tuple[str, int, int, int, str | None, str]]) -> Iterator[Gap]:
    open_gap: Gap | None = None
    for outcome, first_at, last_at, looks, error_class, reason in rows:
        if outcome in _UNSEEN:
            since = open_gap.since if open_gap else moment(first_at)
            counted = looks + (open_gap.looks if open_gap else 0)
            open_gap = Gap(since, moment(last_at), counted, error_class, reason, over=False)
        elif open_gap is not None:
            yield Gap(
                open_gap.since, open_gap.until, open_gap.looks, open_gap.error_class, open_gap.reason, over=True
            )
            open_gap = None
    if open_gap is not None:
        yield open_gap


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
