"""Documents that are not seen at present, and whether somebody was told: follows from checks and alerts."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, func, select

from storage import alerts, checks
from storage.records import GOOD_LOOKS, Alert, AlertKind, Blindness, Check
from storage.schema import alerts as alert_rows
from storage.schema import checks as check_rows
from storage.schema import schedule

TROUBLES = frozenset({AlertKind.OUTAGE, AlertKind.WITHDRAWN})
"""The alerts that hold until a recovery follows them."""

_KINDS = TROUBLES | {AlertKind.RECOVERY}
_GOOD = [outcome.value for outcome in GOOD_LOOKS]


def untold(connection: Connection) -> list[Blindness]:
    """The scheduled documents that their last look did not see and that no open alert tells of."""
    other = check_rows.alias("other")
    last = select(func.max(other.c.id)).where(other.c.document_id == schedule.c.document_id).scalar_subquery()
    query = (
        select(check_rows.c.document_id)
        .select_from(schedule)
        .join(check_rows, check_rows.c.id == last)
        .where(check_rows.c.outcome.not_in(_GOOD), ~_is_told())
    )
    found = [of_document(connection, document_id) for document_id in connection.scalars(query).all()]
    return [blindness for blindness in found if blindness is not None]


def of_document(connection: Connection, document_id: int) -> Blindness | None:
    """None where the last look saw the document, or none was made."""
    last = checks.latest(connection, document_id)
    if last is None or last.outcome in GOOD_LOOKS:
        return None
    return _blindness(connection, last)


def trouble_of(connection: Connection, document_id: int) -> Alert | None:
    """The alert that tells that this document is not seen, while that goes on."""
    last = alerts.latest_of(connection, document_id, _KINDS)
    return last if last is not None and last.kind in TROUBLES else None


def troubles(connection: Connection) -> dict[int, AlertKind]:
    """By document id, what people were told of each document that is not seen."""
    query = select(alert_rows.c.document_id, alert_rows.c.kind).where(alert_rows.c.kind.in_(_KINDS))
    last = {row.document_id: AlertKind(row.kind) for row in connection.execute(query.order_by(alert_rows.c.id))}
    return {document_id: kind for document_id, kind in last.items() if kind in TROUBLES}


def _is_told() -> ColumnElement[bool]:
    newest = (
        select(alert_rows.c.kind)
        .where(alert_rows.c.document_id == schedule.c.document_id, alert_rows.c.kind.in_(_KINDS))
        .order_by(alert_rows.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(newest, "").in_(TROUBLES)


def _blindness(connection: Connection, last: Check) -> Blindness:
    of_this = check_rows.c.document_id == last.document_id
    good = connection.execute(
        select(check_rows.c.id, check_rows.c.last_at)
        .where(of_this, check_rows.c.outcome.in_(_GOOD))
        .order_by(check_rows.c.id.desc())
        .limit(1)
    ).first()
    since, looks = connection.execute(
        select(func.min(check_rows.c.first_at), func.sum(check_rows.c.looks)).where(
            of_this, check_rows.c.id > (good.id if good else 0)
        )
    ).one()
    return Blindness(
        document_id=last.document_id,
        last_good_at=good.last_at if good else None,
        since=since,
        until=last.last_at,
        looks=looks,
        error_class=last.error_class,
        reason=last.reason,
    )
