"""Documents at a glance: one row each, and when they changed lately; few statements, and no SQLAlchemy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from storage.records import Severity
from storage.sqlite import Reading, moment_if_any, stored

WEEK = timedelta(days=7)

_DOCUMENTS = """
SELECT d.id, d.key, d.origin, d.service, d.kind, d.region, d.language,
  (SELECT max(number) FROM versions WHERE document_id = d.id),
  (SELECT captured_at FROM changes WHERE document_id = d.id AND previous_id IS NOT NULL
   ORDER BY captured_at DESC LIMIT 1)
FROM documents AS d ORDER BY d.service COLLATE NOCASE, d.key
"""
_UNREAD = """
SELECT document_id, count(*) FROM alerts WHERE status = 'new' AND document_id IS NOT NULL GROUP BY document_id
"""
_WEEKS = """
SELECT c.document_id, (c.captured_at - :since) / :week AS week, count(DISTINCT c.id),
  min(CASE f.severity WHEN 'high' THEN 0 WHEN 'medium' THEN 1 WHEN 'low' THEN 2 WHEN 'info' THEN 3 END)
FROM changes AS c LEFT JOIN findings AS f ON f.change_id = c.id
WHERE c.captured_at >= :since AND c.previous_id IS NOT NULL AND c.cause <> 'reextracted'
  AND c.document_id IN (SELECT value FROM json_each(:documents))
GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Glance:
    """A document with what a list shows of it; `unread` counts alerts that nobody has acknowledged."""

    document_id: int
    key: str
    origin: str
    service: str
    kind: str
    region: str | None
    language: str | None
    versions: int
    last_change_at: datetime | None
    unread: int


@dataclass(frozen=True, slots=True)
class Week:
    """How often a document changed in a week, counted from 0, and the gravest that a rule found in it."""

    number: int
    changes: int
    severity: Severity | None


def every(reading: Reading) -> list[Glance]:
    """All documents by service and key."""
    unread = dict(reading.execute(_UNREAD).fetchall())
    return [_glance(row, unread.get(row[0], 0)) for row in reading.execute(_DOCUMENTS)]


def weeks(reading: Reading, document_ids: Iterable[int], since: datetime) -> dict[int, list[Week]]:
    """By document, the weeks since then in which it changed."""
    given = {
        "since": stored(since),
        "week": WEEK // timedelta(microseconds=1),
        "documents": json.dumps(list(document_ids)),
    }
    severities = list(Severity)
    found: dict[int, list[Week]] = {}
    for document_id, week, changes, rank in reading.execute(_WEEKS, given):
        severity = None if rank is None else severities[rank]
        found.setdefault(document_id, []).append(Week(week, changes, severity))
    return found


def _glance(row: Sequence[Any], unread: int) -> Glance:
    document_id, key, origin, service, kind, region, language, versions, changed = row
    return Glance(
        document_id, key, origin, service, kind, region, language, versions or 0, moment_if_any(changed), unread
    )
