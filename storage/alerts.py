"""Alerts: what someone must be told, whether or not it has been delivered yet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from storage.filters import at_least, narrow, newest_first
from storage.records import (
    Alert,
    AlertEntry,
    AlertKind,
    AlertMark,
    AlertStatus,
    DeliveryState,
    NewAlert,
    RecordFilter,
    Severity,
)
from storage.schema import alert_entries, alerts, changes, deliveries, documents, findings


@dataclass(frozen=True, slots=True)
class Unanswered:
    """An alert that nobody acknowledged: how often people were reminded, and when they were told last."""

    alert: Alert
    reminders: int
    told_at: datetime


def save(connection: Connection, new: NewAlert) -> int:
    """Store an alert; returns its id."""
    alert_id: int = connection.execute(
        insert(alerts)
        .values(
            kind=new.kind.value,
            origin=new.origin,
            document_id=new.document_id,
            change_id=new.change_id,
            severity=new.severity.value,
            title=new.title,
            created_at=new.created_at,
            captured_at=new.captured_at,
            status=new.status.value,
            details=new.details,
        )
        .returning(alerts.c.id)
    ).scalar_one()
    return alert_id


def find(connection: Connection, alert_id: int) -> Alert | None:
    row = connection.execute(_select().where(alerts.c.id == alert_id)).first()
    return _alert(row) if row else None


def latest_of(connection: Connection, document_id: int, kinds: Collection[AlertKind]) -> Alert | None:
    """The last alert of these kinds on a document."""
    query = _select().where(
        alerts.c.document_id == document_id, alerts.c.kind.in_([kind.value for kind in kinds])
    )
    row = connection.execute(query.order_by(alerts.c.id.desc()).limit(1)).first()
    return _alert(row) if row else None


def on_changes_after(
    connection: Connection, document_id: int, kinds: Collection[AlertKind], appearance_id: int
) -> list[Alert]:
    """The alerts of these kinds on what changed after an appearance had begun, oldest first."""
    query = (
        _select()
        .join(changes, changes.c.id == alerts.c.change_id)
        .where(
            alerts.c.document_id == document_id,
            alerts.c.kind.in_([kind.value for kind in kinds]),
            changes.c.appearance_id > appearance_id,
        )
    )
    return [_alert(row) for row in connection.execute(query.order_by(alerts.c.id))]


def changes_since(connection: Connection, document_id: int, since: datetime) -> list[int]:
    """The changes of a document that were alerted since then, oldest first."""
    query = select(alerts.c.change_id).where(
        alerts.c.document_id == document_id,
        alerts.c.kind == AlertKind.CHANGE.value,
        alerts.c.created_at > since,
        alerts.c.change_id.is_not(None),
    )
    return list(connection.scalars(query.order_by(alerts.c.id)))


def resolve(connection: Connection, document_id: int, kinds: Collection[AlertKind]) -> None:
    """What alerts of these kinds told of a document has passed."""
    connection.execute(
        update(alerts)
        .where(alerts.c.document_id == document_id, alerts.c.kind.in_([kind.value for kind in kinds]))
        .values(status=AlertStatus.RESOLVED.value)
    )


def enter(
    connection: Connection,
    alert_id: int,
    entry: AlertEntry,
    *,
    status: AlertStatus | None = None,
    assignee: str | None = None,
) -> None:
    """Write into an alert's history what was done about it, and what that changes of the alert."""
    connection.execute(
        insert(alert_entries).values(
            alert_id=alert_id, at=entry.at, author=entry.author, action=entry.action, text=entry.text
        )
    )
    changed = {name: value for name, value in (("status", status), ("assignee", assignee)) if value is not None}
    if changed:
        connection.execute(update(alerts).where(alerts.c.id == alert_id).values(changed))


def entries(connection: Connection, alert_id: int) -> list[AlertEntry]:
    """An alert's history, oldest first."""
    query = select(alert_entries).where(alert_entries.c.alert_id == alert_id).order_by(alert_entries.c.id)
    return [AlertEntry(row.at, row.author, row.action, row.text) for row in connection.execute(query)]


def entries_of(connection: Connection, alert_ids: Collection[int]) -> dict[int, list[AlertEntry]]:
    """By alert, oldest first; one without any is left out."""
    found: dict[int, list[AlertEntry]] = {}
    query = select(alert_entries).where(alert_entries.c.alert_id.in_(list(alert_ids)))
    for row in connection.execute(query.order_by(alert_entries.c.id)):
        found.setdefault(row.alert_id, []).append(AlertEntry(row.at, row.author, row.action, row.text))
    return found


def worked_on(connection: Connection, document_id: int) -> list[Alert]:
    """The alerts of a document that a person has acknowledged or resolved, and that are not new again."""
    entered = select(alert_entries.c.id).where(alert_entries.c.alert_id == alerts.c.id).exists()
    query = _select().where(
        alerts.c.document_id == document_id, alerts.c.status != AlertStatus.NEW.value, entered
    )
    return [_alert(row) for row in connection.execute(query.order_by(alerts.c.id))]


def count_unacknowledged(connection: Connection) -> int:
    """The high alerts on changes and withdrawn documents that are new."""
    return connection.scalar(select(func.count()).select_from(_unacknowledged().subquery())) or 0


def _unacknowledged() -> Select[Any]:
    return select(alerts.c.id).where(
        alerts.c.status == AlertStatus.NEW.value,
        alerts.c.severity == Severity.HIGH.value,
        alerts.c.kind.in_((AlertKind.CHANGE.value, AlertKind.WITHDRAWN.value)),
    )


def unanswered(connection: Connection, before: datetime) -> list[Unanswered]:
    """High alerts of ours that are new and were told for the last time before then, oldest first.

    An alert of which a word is still on its way is not among them.
    """
    told = (
        select(
            deliveries.c.alert_id,
            func.max(deliveries.c.reminder).label("reminders"),
            func.max(deliveries.c.finished_at).label("told_at"),
        )
        .where(
            deliveries.c.alert_id.in_(_unacknowledged()),
            deliveries.c.state.in_((DeliveryState.SENT.value, *_ON_THEIR_WAY)),
        )
        .group_by(deliveries.c.alert_id)
        .having(func.count().filter(deliveries.c.state.in_(_ON_THEIR_WAY)) == 0)
        .subquery()
    )
    query = _select().add_columns(told.c.reminders, told.c.told_at).join(told, told.c.alert_id == alerts.c.id)
    found = connection.execute(query.where(told.c.told_at <= before).order_by(alerts.c.id))
    return [Unanswered(_alert(row), row.reminders, row.told_at) for row in found]


_ON_THEIR_WAY = (DeliveryState.PENDING.value, DeliveryState.SENDING.value)


def awaiting_summary(connection: Connection) -> list[Alert]:
    """Baseline alerts of single documents that no summary has told anybody of yet."""
    query = _select().where(alerts.c.kind == AlertKind.BASELINE.value, alerts.c.status == AlertStatus.NEW.value)
    found = [_alert(row) for row in connection.execute(query.order_by(alerts.c.id))]
    return [alert for alert in found if alert.details.get("awaits_summary")]


def stop_awaiting(connection: Connection, alert_ids: Sequence[int]) -> None:
    connection.execute(update(alerts).where(alerts.c.id.in_(list(alert_ids))).values(details={}))


def listed(
    connection: Connection, wanted: RecordFilter, limit: int | None = None, *, older_than: int | None = None
) -> list[Alert]:
    """Alerts that `wanted` lets pass, newest first; `older_than` as `changes.listed` says."""
    query = narrow(_select(), wanted, alerts.c.captured_at)
    if wanted.severity is not None:
        query = query.where(alerts.c.severity.in_(at_least(wanted.severity)))
    if wanted.topic is not None:
        about = select(findings.c.id).where(
            findings.c.change_id == alerts.c.change_id, findings.c.topic == wanted.topic
        )
        query = query.where(about.exists())
    return [_alert(row) for row in connection.execute(newest_first(query, alerts, limit, older_than))]


def marks(connection: Connection, services: Collection[str], kinds: Collection[AlertKind]) -> list[AlertMark]:
    """Every alert of these kinds on documents of these services, as their keys begin."""
    query = (
        select(alerts.c.id, _SERVICE.label("service"), alerts.c.captured_at)
        .join(documents, documents.c.id == alerts.c.document_id)
        .where(alerts.c.kind.in_([kind.value for kind in kinds]), _SERVICE.in_(list(services)))
    )
    return [AlertMark(row.id, row.service, row.captured_at) for row in connection.execute(query)]


_SERVICE = func.substr(documents.c.key, 1, func.instr(documents.c.key, "/") - 1)
"""A document's service as its key begins."""


def topics_of(connection: Connection, alert_ids: Sequence[int]) -> frozenset[str]:
    """The topics on which these alerts have findings."""
    query = (
        select(findings.c.topic)
        .join(alerts, alerts.c.change_id == findings.c.change_id)
        .where(alerts.c.id.in_(list(alert_ids)))
    )
    return frozenset(connection.scalars(query.distinct()))


def _select() -> Select[Any]:
    return select(alerts, documents.c.key, documents.c.service).outerjoin(
        documents, documents.c.id == alerts.c.document_id
    )


def _alert(row: Row[Any]) -> Alert:
    return Alert(
        id=row.id,
        kind=AlertKind(row.kind),
        origin=row.origin,
        document_id=row.document_id,
        document=row.key,
        service=row.service,
        change_id=row.change_id,
        severity=Severity(row.severity),
        title=row.title,
        created_at=row.created_at,
        captured_at=row.captured_at,
        status=AlertStatus(row.status),
        details=row.details,
        assignee=row.assignee,
    )
