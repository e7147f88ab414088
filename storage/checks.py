"""Proof that we looked: runs of equal checks, and when each document is due again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from storage.records import Check, CheckOutcome, ScheduleEntry
from storage.schema import checks, schedule

_LATEST = (
    select(checks).where(checks.c.document_id == bindparam("document")).order_by(checks.c.id.desc()).limit(1)
)
_REPEAT = (
    update(checks)
    .where(checks.c.id == bindparam("check"))
    .values(last_at=bindparam("at"), looks=checks.c.looks + 1, reason=bindparam("why"))
)
_last = checks.alias("last")
_REPEAT_UNCHANGED = (
    update(checks)
    .where(
        checks.c.id
        == select(func.max(_last.c.id)).where(_last.c.document_id == bindparam("document")).scalar_subquery(),
        checks.c.outcome == CheckOutcome.UNCHANGED.value,
        checks.c.reason == bindparam("why"),
    )
    .values(last_at=bindparam("at"), looks=checks.c.looks + 1, reason=bindparam("why"))
)
_ENTRY = select(schedule).where(schedule.c.document_id == bindparam("document"))
_MOVE_ON_GOOD = (
    update(schedule)
    .where(
        schedule.c.document_id == bindparam("document"),
        schedule.c.last_check_at.is_not(None),
    )
    .values(next_due_at=bindparam("next_due"), last_check_at=bindparam("last_check"), failures=0)
)
_MOVE_ON = (
    update(schedule)
    .where(schedule.c.document_id == bindparam("document"))
    .values(
        next_due_at=bindparam("next_due"), last_check_at=bindparam("last_check"), failures=bindparam("failed")
    )
)


def record(
    connection: Connection,
    document_id: int,
    outcome: CheckOutcome,
    at: datetime,
    *,
    reason: str,
    error_class: str | None = None,
    url: str | None = None,
) -> Check | None:
    """Note one look; looks that end like the one before share its row, so that quiet years stay small.

    Returns what the looks before it were.
    """
    last = latest(connection, document_id)
    repeats = outcome in (CheckOutcome.UNCHANGED, CheckOutcome.HELD, CheckOutcome.FAILED)
    if last and repeats and (last.outcome, last.error_class, last.url) == (outcome, error_class, url):
        connection.execute(_REPEAT, {"check": last.id, "at": at, "why": reason})
        return last
    values = {
        "document_id": document_id,
        "outcome": outcome.value,
        "first_at": at,
        "last_at": at,
        "looks": 1,
        "error_class": error_class,
        "reason": reason,
        "url": url,
    }
    connection.execute(insert(checks), values)
    return last


def repeat_unchanged(connection: Connection, document_id: int, at: datetime, reason: str) -> bool:
    """As `record` for a look that saw nothing new, if the one before it was so too, for this reason."""
    values = {"document": document_id, "at": at, "why": reason}
    return connection.execute(_REPEAT_UNCHANGED, values).rowcount == 1


def latest(connection: Connection, document_id: int) -> Check | None:
    row = connection.execute(_LATEST, {"document": document_id}).first()
    return check_of(row) if row else None


def last_look_at(connection: Connection) -> datetime | None:
    """When any document was last looked at."""
    at: datetime | None = connection.scalar(select(func.max(checks.c.last_at)))
    return at


def every(connection: Connection, document_id: int) -> list[Check]:
    query = select(checks).where(checks.c.document_id == document_id).order_by(checks.c.id)
    return [check_of(row) for row in connection.execute(query)]


def looks_in_a_row(connection: Connection, document_id: int, error_classes: Collection[str]) -> int:
    """How many looks, up to the last one, failed with one of these classes and nothing else between."""
    other = func.coalesce(checks.c.error_class, "").not_in(list(error_classes))
    break_off = select(func.coalesce(func.max(checks.c.id), 0)).where(
        checks.c.document_id == document_id, other
    )
    query = select(func.coalesce(func.sum(checks.c.looks), 0)).where(
        checks.c.document_id == document_id, checks.c.id > break_off.scalar_subquery()
    )
    looks: int = connection.execute(query).scalar_one()
    return looks


def schedule_entries(connection: Connection) -> dict[int, ScheduleEntry]:
    """By document id, when it is due next."""
    rows = connection.execute(select(schedule))
    return {
        row.document_id: ScheduleEntry(row.document_id, row.next_due_at, row.last_check_at, row.failures)
        for row in rows
    }


def first_checks_outstanding(connection: Connection) -> bool:
    """Whether some scheduled document has not been looked at even once."""
    query = select(schedule.c.document_id).where(schedule.c.last_check_at.is_(None)).limit(1)
    return connection.execute(query).first() is not None


def failing(connection: Connection) -> int:
    """How many of the scheduled documents failed when last looked at."""
    return connection.scalar(select(func.count()).where(schedule.c.failures > 0)) or 0


def schedule_entry(connection: Connection, document_id: int) -> ScheduleEntry | None:
    row = connection.execute(_ENTRY, {"document": document_id}).first()
    return ScheduleEntry(row.document_id, row.next_due_at, row.last_check_at, row.failures) if row else None


def enrol(connection: Connection, document_ids: Sequence[int], due_at: datetime) -> None:
    """Documents that are watched from now on are due then, and were never looked at."""
    rows = [
        {"document_id": document_id, "next_due_at": due_at, "last_check_at": None, "failures": 0}
        for document_id in document_ids
    ]
    if rows:
        connection.execute(insert(schedule), rows)


def move_on(connection: Connection, entry: ScheduleEntry) -> None:
    """Note when a document is due after a look; one that is watched no more is due no more."""
    values = {
        "document": entry.document_id,
        "next_due": entry.next_due_at,
        "last_check": entry.last_check_at,
        "failed": entry.failures,
    }
    connection.execute(_MOVE_ON, values)


def move_on_again(connection: Connection, document_id: int, due_at: datetime, at: datetime) -> bool:
    """As `move_on` after a look that did not fail, if it is not the document's first; else False."""
    values = {"document": document_id, "next_due": due_at, "last_check": at}
    return connection.execute(_MOVE_ON_GOOD, values).rowcount == 1


def unschedule_others(connection: Connection, document_ids: Iterable[int]) -> None:
    """Documents that the configuration no longer names are due no more."""
    kept = set(document_ids)
    found = connection.scalars(select(schedule.c.document_id)).all()
    dropped = [{"document": document_id} for document_id in found if document_id not in kept]
    if dropped:
        connection.execute(delete(schedule).where(schedule.c.document_id == bindparam("document")), dropped)


def check_of(row: Row[Any]) -> Check:
    return Check(
        id=row.id,
        document_id=row.document_id,
        outcome=CheckOutcome(row.outcome),
        first_at=row.first_at,
        last_at=row.last_at,
        looks=row.looks,
        error_class=row.error_class,
        reason=row.reason,
        url=row.url,
    )
