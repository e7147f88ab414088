"""What a report asks of the tables beside what other questions ask: counts, deadlines, what was given up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import Connection, case, func, select

from storage.records import LIVE, Cause, DeliveryState, Severity
from storage.schema import alerts, appearances, changes, deliveries, documents, findings, versions

_RANK = case({severity.value: severity.rank for severity in Severity}, value=findings.c.severity)
_OF_THE_PAGE = (Cause.PAGE_CHANGED.value, Cause.RETURNED.value)


def changed(
    connection: Connection, since: datetime, until: datetime
) -> Iterator[tuple[datetime, Severity | None]]:
    """When watched documents changed, and how severe the strongest finding is; `until` is not within."""
    query = (
        select(changes.c.captured_at, func.min(_RANK).label("rank"))
        .join(documents, documents.c.id == changes.c.document_id)
        .outerjoin(findings, findings.c.change_id == changes.c.id)
        .where(
            documents.c.origin == LIVE,
            changes.c.cause.in_(_OF_THE_PAGE),
            changes.c.captured_at >= since,
            changes.c.captured_at < until,
        )
        .group_by(changes.c.id)
        .order_by(changes.c.captured_at)
    )
    for row in connection.execute(query):
        yield row.captured_at, None if row.rank is None else list(Severity)[row.rank]


def deadlines(connection: Connection, after: date) -> list[tuple[int, date, int]]:
    """Document, effective date and number of each standing version that comes into force after a day."""
    latest = select(func.max(appearances.c.id)).group_by(appearances.c.document_id)
    query = (
        select(versions.c.document_id, versions.c.effective_date, versions.c.number)
        .join(appearances, appearances.c.version_id == versions.c.id)
        .join(documents, documents.c.id == versions.c.document_id)
        .where(
            documents.c.origin == LIVE,
            appearances.c.id.in_(latest),
            versions.c.effective_date > after,
        )
        .order_by(versions.c.effective_date, versions.c.document_id)
    )
    return [(row.document_id, row.effective_date, row.number) for row in connection.execute(query)]


def given_up(connection: Connection, since: datetime, until: datetime) -> list[tuple[int, int]]:
    """Delivery and alert of each message that was given up in that time, oldest first."""
    query = (
        select(deliveries.c.id, deliveries.c.alert_id)
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .where(
            deliveries.c.state == DeliveryState.DEAD.value,
            deliveries.c.finished_at >= since,
            deliveries.c.finished_at < until,
        )
        .order_by(deliveries.c.id)
    )
    return [(row.id, row.alert_id) for row in connection.execute(query)]
