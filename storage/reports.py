"""What a report asks of the tables beside what other questions ask: counts, deadlines, what was given up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, case, func, select

from storage.documents import document_of, of_service
from storage.filters import of_document
from storage.records import LIVE, Cause, DeliveryState, Document, RecordFilter, Severity
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


@dataclass(frozen=True, slots=True)
class EffectiveDate:
    """A day on which a text comes into force by its own words; `version` is the first that named it."""

    document: Document
    day: date
    version: int
    captured_at: datetime
    stated_date: date | None


def effective_dates(
    connection: Connection,
    wanted: RecordFilter,
    *,
    since: date | None = None,
    until: date | None = None,
    before: tuple[date, str] | None = None,
    limit: int | None = None,
) -> list[EffectiveDate]:
    """The latest day first; of `wanted` only what it says of documents counts.

    Day and key in `before` name the last one of the page before.
    """
    first = (
        select(versions.c.document_id, versions.c.effective_date, func.min(versions.c.number).label("number"))
        .where(versions.c.effective_date.is_not(None))
        .group_by(versions.c.document_id, versions.c.effective_date)
        .subquery()
    )
    captured_at = select(func.min(appearances.c.captured_at)).where(
        appearances.c.document_id == documents.c.id, appearances.c.version_id == versions.c.id
    )
    day = versions.c.effective_date
    query = (
        select(documents, day, versions.c.number, versions.c.stated_date, captured_at.scalar_subquery())
        .join(first, first.c.document_id == documents.c.id)
        .join(
            versions,
            (versions.c.document_id == documents.c.id) & (versions.c.number == first.c.number),
        )
        .order_by(day.desc(), documents.c.key.desc())
        .limit(limit)
    )
    query = of_document(query, wanted)
    if since is not None:
        query = query.where(day >= since)
    if until is not None:
        query = query.where(day <= until)
    if before is not None:
        query = query.where((day < before[0]) | ((day == before[0]) & (documents.c.key < before[1])))
    return [
        EffectiveDate(document_of(row), row.effective_date, row.number, row[-1], row.stated_date)
        for row in connection.execute(query)
    ]


@dataclass(frozen=True, slots=True)
class TopicCount:
    """How often rules found something on a topic, and when last; imported records count as well."""

    topic: str
    findings: int
    last_at: datetime


def topics(connection: Connection, service: str) -> list[TopicCount]:
    """Of all documents of a service, the topics with most findings first."""
    number = func.count(findings.c.id)
    query = (
        select(findings.c.topic, number, func.max(changes.c.captured_at))
        .join(changes, changes.c.id == findings.c.change_id)
        .join(documents, documents.c.id == changes.c.document_id)
        .where(of_service(service))
        .group_by(findings.c.topic)
        .order_by(number.desc(), findings.c.topic)
    )
    return [TopicCount(*row) for row in connection.execute(query)]


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
