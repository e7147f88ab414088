"""Changes between versions and the findings on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, Text, cast, insert, select

from storage.filters import at_least, narrow, newest_first
from storage.records import (
    Appearance,
    Cause,
    ChangeRecord,
    Direction,
    Finding,
    NewChange,
    RecordFilter,
    Severity,
)
from storage.schema import appearances, changes, documents, findings, versions

_INSERT = insert(changes).returning(changes.c.id)
_earlier = versions.alias("earlier")
_SELECT = (
    select(changes, documents.c.key, versions.c.number, _earlier.c.number.label("previous"))
    .join(documents, documents.c.id == changes.c.document_id)
    .join(versions, versions.c.id == changes.c.version_id)
    .outerjoin(_earlier, _earlier.c.id == changes.c.previous_id)
)
"""Built once: building it takes longer than most of its answers."""


def save(
    connection: Connection,
    appearance: Appearance,
    new: NewChange,
    *,
    previous_id: int | None,
    previous_seen_at: datetime | None,
) -> int:
    """Store what changed when `appearance` began; returns the change's id."""
    values = row_of(appearance, new, previous_id=previous_id, previous_seen_at=previous_seen_at)
    change_id: int = connection.execute(_INSERT, values).scalar_one()
    if new.findings:
        connection.execute(insert(findings), finding_rows(change_id, new))
    return change_id


def row_of(
    appearance: Appearance, new: NewChange, *, previous_id: int | None, previous_seen_at: datetime | None
) -> dict[str, Any]:
    """What is stored of a change, but for its findings."""
    return {
        "document_id": appearance.document_id,
        "appearance_id": appearance.id,
        "version_id": appearance.version_id,
        "previous_id": previous_id,
        "captured_at": appearance.captured_at,
        "previous_seen_at": previous_seen_at,
        "cause": appearance.cause.value,
        "added": new.added,
        "removed": new.removed,
        "edited": new.edited,
        "moved": new.moved,
        "words_added": new.words_added,
        "words_removed": new.words_removed,
        "flags": list(new.flags),
    }


def finding_rows(change_id: int, new: NewChange) -> list[dict[str, Any]]:
    """What is stored of a change's findings."""
    return [_finding_row(change_id, finding) for finding in new.findings]


def get(connection: Connection, change_id: int) -> ChangeRecord:
    return _records(connection, _SELECT.where(changes.c.id == change_id))[0]


def several(connection: Connection, change_ids: Collection[int]) -> dict[int, ChangeRecord]:
    """Changes by their ids."""
    found: dict[int, ChangeRecord] = {}
    for batch in _batches(list(change_ids)):
        found |= {each.id: each for each in _records(connection, _SELECT.where(changes.c.id.in_(batch)))}
    return found


def of_appearance(connection: Connection, appearance_id: int) -> ChangeRecord | None:
    found = _records(connection, _SELECT.where(changes.c.appearance_id == appearance_id))
    return found[0] if found else None


def of_appearances(connection: Connection, appearance_ids: Collection[int]) -> dict[int, ChangeRecord]:
    """The changes that began these appearances, by the appearance's id."""
    found: dict[int, ChangeRecord] = {}
    for batch in _batches(list(appearance_ids)):
        rows = connection.execute(_SELECT.where(changes.c.appearance_id.in_(batch))).all()
        records = _with_findings(connection, rows)
        found |= {row.appearance_id: record for row, record in zip(rows, records, strict=True)}
    return found


def of_document(connection: Connection, document_id: int) -> list[tuple[ChangeRecord, str | None, bool]]:
    """All changes in the order they were recorded, without their findings.

    With each the language of the text that came, and whether that was suspect.
    """
    query = (
        _SELECT.add_columns(versions.c.language, appearances.c.suspect)
        .join(appearances, appearances.c.id == changes.c.appearance_id)
        .where(changes.c.document_id == document_id)
        .order_by(changes.c.appearance_id)
    )
    return [(_record(row, ()), row.language, bool(row.suspect)) for row in connection.execute(query)]


def that_began(connection: Connection, version_id: int) -> ChangeRecord | None:
    """The change in which a version was new."""
    query = _SELECT.where(changes.c.version_id == version_id).order_by(changes.c.id)
    found = _records(connection, query.limit(1))
    return found[0] if found else None


def listed(
    connection: Connection, wanted: RecordFilter, limit: int | None = None, *, older_than: int | None = None
) -> list[ChangeRecord]:
    """Changes that `wanted` lets pass, newest first; a first version is one if the page itself is new.

    `older_than` is a change's id: what comes after it in the list, whatever was recorded since.
    """
    news = changes.c.previous_id.is_not(None) | cast(changes.c.flags, Text).contains("new-document")
    query = narrow(_SELECT.where(news), wanted, changes.c.captured_at)
    if wanted.of_the_page:
        query = query.where(changes.c.cause != Cause.REEXTRACTED.value)
    if wanted.topic is not None or wanted.severity is not None:
        query = query.where(_with_finding(wanted))
    return _records(connection, newest_first(query, changes, limit, older_than))


def _with_finding(wanted: RecordFilter) -> Any:
    query = select(findings.c.id).where(findings.c.change_id == changes.c.id)
    if wanted.topic is not None:
        query = query.where(findings.c.topic == wanted.topic)
    if wanted.severity is not None:
        query = query.where(findings.c.severity.in_(at_least(wanted.severity)))
    return query.exists()


def _records(connection: Connection, query: Select[Any]) -> list[ChangeRecord]:
    return _with_findings(connection, connection.execute(query).all())


def _with_findings(connection: Connection, rows: Sequence[Row[Any]]) -> list[ChangeRecord]:
    found = _findings(connection, [row.id for row in rows])
    return [_record(row, tuple(found.get(row.id, ()))) for row in rows]


def _findings(connection: Connection, change_ids: Sequence[int]) -> dict[int, list[Finding]]:
    found: dict[int, list[Finding]] = {}
    for batch in _batches(change_ids):
        query = select(findings).where(findings.c.change_id.in_(batch)).order_by(findings.c.id)
        for row in connection.execute(query):
            found.setdefault(row.change_id, []).append(_finding(row))
    return found


def _batches(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + 500] for start in range(0, len(ids), 500))


def _finding_row(change_id: int, finding: Finding) -> dict[str, Any]:
    return {
        "change_id": change_id,
        "rule": finding.rule,
        "topic": finding.topic,
        "effect": finding.effect,
        "severity": finding.severity.value,
        "direction": finding.direction.value,
        "quote": finding.quote,
        "before": finding.before,
        "matched": list(finding.matched),
        "heading": list(finding.heading),
        "reason": finding.reason,
        "title": finding.title,
    }


def _finding(row: Row[Any]) -> Finding:
    return Finding(
        rule=row.rule,
        topic=row.topic,
        effect=row.effect,
        severity=Severity(row.severity),
        direction=Direction(row.direction),
        quote=row.quote,
        before=row.before,
        matched=tuple(row.matched),
        heading=tuple(row.heading),
        reason=row.reason,
        title=row.title,
    )


def _record(row: Row[Any], found: tuple[Finding, ...]) -> ChangeRecord:
    return ChangeRecord(
        id=row.id,
        document_id=row.document_id,
        document=row.key,
        version_id=row.version_id,
        number=row.number,
        previous_id=row.previous_id,
        previous=row.previous,
        captured_at=row.captured_at,
        previous_seen_at=row.previous_seen_at,
        cause=Cause(row.cause),
        added=row.added,
        removed=row.removed,
        edited=row.edited,
        moved=row.moved,
        words_added=row.words_added,
        words_removed=row.words_removed,
        flags=tuple(row.flags),
        findings=found,
    )
