"""Alerts: what someone must be told, whether or not it has been delivered yet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from storage.filters import at_least, narrow
from storage.records import Alert, AlertKind, AlertStatus, NewAlert, RecordFilter, Severity
from storage.schema import alerts, changes, documents, findings


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


def of_change(connection: Connection, change_id: int) -> Alert | None:
    row = connection.execute(_select().where(alerts.c.change_id == change_id)).first()
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


def resolve(connection: Connection, document_id: int, kinds: Collection[AlertKind]) -> None:
    """What alerts of these kinds told of a document has passed."""
    connection.execute(
        update(alerts)
        .where(alerts.c.document_id == document_id, alerts.c.kind.in_([kind.value for kind in kinds]))
        .values(status=AlertStatus.RESOLVED.value)
    )


def awaiting_summary(connection: Connection) -> list[Alert]:
    """Baseline alerts of single documents that no summary has told anybody of yet."""
    query = _select().where(alerts.c.kind == AlertKind.BASELINE.value, alerts.c.status == AlertStatus.NEW.value)
    found = [_alert(row) for row in connection.execute(query.order_by(alerts.c.id))]
    return [alert for alert in found if alert.details.get("awaits_summary")]


def stop_awaiting(connection: Connection, alert_ids: Sequence[int]) -> None:
    connection.execute(update(alerts).where(alerts.c.id.in_(list(alert_ids))).values(details={}))


def listed(connection: Connection, wanted: RecordFilter, limit: int | None = None) -> list[Alert]:
    """Alerts that `wanted` lets pass, newest first."""
    query = narrow(_select(), wanted, alerts.c.captured_at)
    if wanted.severity is not None:
        query = query.where(alerts.c.severity.in_(at_least(wanted.severity)))
    if wanted.topic is not None:
        about = select(findings.c.id).where(
            findings.c.change_id == alerts.c.change_id, findings.c.topic == wanted.topic
        )
        query = query.where(about.exists())
    newest_first = query.order_by(alerts.c.captured_at.desc(), alerts.c.id.desc())
    return [_alert(row) for row in connection.execute(newest_first.limit(limit))]


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
    )
