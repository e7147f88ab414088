"""How each document stands at present, in one row and one query for all of them, however long their history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from storage import blindness
from storage.records import GOOD_LOOKS, AlertKind, CheckOutcome
from storage.schema import checks, documents, schedule

_GOOD = [outcome.value for outcome in GOOD_LOOKS]


@dataclass(frozen=True, slots=True)
class Standing:
    """A document as its last look left it; `outcome` is None before the first.

    `since` is when the first look after `last_good_at` was made, None while the document is seen. `told` is
    what people were told of it, while it is not.
    """

    document_id: int
    key: str
    origin: str
    next_due_at: datetime | None
    told: AlertKind | None
    outcome: CheckOutcome | None
    error_class: str | None
    reason: str
    last_good_at: datetime | None
    since: datetime | None


def every(connection: Connection) -> list[Standing]:
    """All documents in the order of their keys."""
    last = select(checks.c.document_id, func.max(checks.c.id).label("id")).group_by(checks.c.document_id)
    good = last.add_columns(func.max(checks.c.last_at).label("at")).where(checks.c.outcome.in_(_GOOD))
    last_look, good_look = last.subquery(), good.subquery()
    since = (
        select(checks.c.document_id, func.min(checks.c.first_at).label("at"))
        .outerjoin(good_look, good_look.c.document_id == checks.c.document_id)
        .where(checks.c.id > func.coalesce(good_look.c.id, 0))
        .group_by(checks.c.document_id)
        .subquery()
    )
    query = (
        select(
            documents.c.id, documents.c.key, documents.c.origin, schedule.c.next_due_at,
            checks.c.outcome, checks.c.error_class, checks.c.reason,
            good_look.c.at.label("last_good_at"), since.c.at.label("since"),
        )
        .outerjoin(schedule, schedule.c.document_id == documents.c.id)
        .outerjoin(last_look, last_look.c.document_id == documents.c.id)
        .outerjoin(checks, checks.c.id == last_look.c.id)
        .outerjoin(good_look, good_look.c.document_id == documents.c.id)
        .outerjoin(since, since.c.document_id == documents.c.id)
        .order_by(documents.c.key)
    )  # fmt: skip
    told = blindness.troubles(connection)
    return [
        Standing(
            document_id=row.id,
            key=row.key,
            origin=row.origin,
            next_due_at=row.next_due_at,
            told=told.get(row.id),
            outcome=CheckOutcome(row.outcome) if row.outcome else None,
            error_class=row.error_class,
            reason=row.reason or "",
            last_good_at=row.last_good_at,
            since=row.since,
        )
        for row in connection.execute(query)
    ]
