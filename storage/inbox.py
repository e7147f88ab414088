"""Alerts as people work through them: filtered, a page at a time, in few statements and without SQLAlchemy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from storage.records import AlertKind, AlertStatus, Direction, Finding, Severity
from storage.sqlite import Reading, moment

_PAGE = """
SELECT a.id, a.kind, a.origin, a.severity, a.title, a.created_at, a.captured_at, a.status, a.assignee,
  d.key, d.service, d.kind, c.id, v.number, p.number, c.flags
FROM alerts AS a
LEFT JOIN documents AS d ON d.id = a.document_id
LEFT JOIN changes AS c ON c.id = a.change_id
LEFT JOIN versions AS v ON v.id = c.version_id
LEFT JOIN versions AS p ON p.id = c.previous_id
WHERE a.status IN (SELECT value FROM json_each(:statuses))
  AND a.severity IN (SELECT value FROM json_each(:severities))
  AND (:kind IS NULL OR d.kind = :kind)
  AND (:service IS NULL OR d.service = :service COLLATE NOCASE
       OR lower(substr(d.key, 1, length(:service) + 1)) = lower(:service || '/'))
  AND (:document IS NULL OR d.key = :document)
  AND (:assignee IS NULL OR a.assignee = :assignee)
  AND (:topic IS NULL OR EXISTS
       (SELECT 1 FROM findings AS f WHERE f.change_id = a.change_id AND f.topic = :topic))
  AND (:message IS NULL OR a.id IN
       (SELECT alert_id FROM deliveries WHERE id = :message OR carrier_id = :message))
  AND (:before IS NULL OR (a.captured_at, a.id) < (SELECT captured_at, id FROM alerts WHERE id = :before))
ORDER BY a.captured_at DESC, a.id DESC LIMIT :limit
"""
_FINDINGS = """
SELECT change_id, rule, topic, effect, severity, direction, quote, before, matched, heading, reason, title
FROM findings WHERE change_id IN (SELECT value FROM json_each(?)) ORDER BY id
"""
_COUNTS = "SELECT status, count(*) FROM alerts GROUP BY status"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alerts; what is left out lets all pass.

    `severity` is the least, `before` the id of an alert, `message` the number of a message that told of them.
    """

    statuses: Sequence[AlertStatus] = tuple(AlertStatus)
    severity: Severity = Severity.INFO
    service: str | None = None
    kind: str | None = None
    document: str | None = None
    topic: str | None = None
    assignee: str | None = None
    before: int | None = None
    message: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An alert in a list; `number` and `previous` are the versions of its change, if it tells of one."""

    id: int
    kind: AlertKind
    origin: str
    severity: Severity
    title: str
    created_at: datetime
    captured_at: datetime
    status: AlertStatus
    assignee: str | None
    document: str | None
    service: str | None
    document_kind: str | None
    number: int | None
    previous: int | None
    flags: tuple[str, ...]
    findings: list[Finding] = field(default_factory=list)


def page(reading: Reading, wanted: Wanted, limit: int) -> list[Entry]:
    """At most `limit` alerts, the newest first."""
    given = {
        "statuses": json.dumps(list(wanted.statuses)),
        "severities": json.dumps([each.value for each in Severity if each.rank <= wanted.severity.rank]),
        "kind": wanted.kind,
        "service": wanted.service,
        "document": wanted.document,
        "assignee": wanted.assignee,
        "topic": wanted.topic,
        "before": wanted.before,
        "message": wanted.message,
        "limit": limit,
    }
    rows = reading.execute(_PAGE, given).fetchall()
    found = findings_of(reading, [row[12] for row in rows if row[12] is not None])
    return [_entry(row, found.get(row[12], [])) for row in rows]


def findings_of(reading: Reading, change_ids: Iterable[int]) -> dict[int, list[Finding]]:
    """The findings on each of the changes, strongest first."""
    found: dict[int, list[Finding]] = {}
    for row in reading.execute(_FINDINGS, (json.dumps(list(change_ids)),)):
        found.setdefault(row[0], []).append(_finding(row))
    for each in found.values():
        each.sort(key=lambda finding: finding.severity.rank)
    return found


def counts(reading: Reading) -> dict[AlertStatus, int]:
    """How many alerts there are of each status."""
    counted = dict(reading.execute(_COUNTS).fetchall())
    return {status: counted.get(status.value, 0) for status in AlertStatus}


def _entry(row: Sequence[Any], found: list[Finding]) -> Entry:
    (alert_id, kind, origin, severity, title, created_at, captured_at, status, assignee, key, service,
     document_kind, _change, number, previous, flags) = row  # fmt: skip
    return Entry(
        alert_id, AlertKind(kind), origin, Severity(severity), title, moment(created_at), moment(captured_at),
        AlertStatus(status), assignee, key, service, document_kind, number, previous,
        tuple(json.loads(flags)) if flags else (), found,
    )  # fmt: skip


def _finding(row: Sequence[Any]) -> Finding:
    _, rule, topic, effect, severity, direction, quote, before, matched, heading, reason, title = row
    return Finding(
        rule, topic, effect, Severity(severity), Direction(direction), quote, before,
        tuple(json.loads(matched)), tuple(json.loads(heading)), reason, title,
    )  # fmt: skip
