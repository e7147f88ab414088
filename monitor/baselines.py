"""Tells what the rules already match in documents read for the first time: one summary for each channel."""

from __future__ import annotations

from datetime import datetime

from monitor import alerting, recording
from monitor.alerting import Audience
from storage import alerts, changes, documents
from storage.database import Transaction
from storage.records import Alert, AlertKind, NewAlert


def summarise(connection: Transaction, audience: Audience, now: datetime) -> int:
    """Write a summary alert for every channel that some waiting baseline concerns; returns how many.

    The baselines stop waiting in the same transaction, so that none is told twice and none forgotten.
    """
    waiting = alerts.awaiting_summary(connection)
    by_channel: dict[str, list[Alert]] = {}
    for alert in waiting:
        for channel in _channels(connection, alert, audience):
            by_channel.setdefault(channel, []).append(alert)
    for channel, members in by_channel.items():
        _write_summary(connection, channel, members, audience, now)
    alerts.stop_awaiting(connection, [alert.id for alert in waiting])
    return len(by_channel)


def _channels(connection: Transaction, alert: Alert, audience: Audience) -> tuple[str, ...]:
    if alert.document_id is None or alert.change_id is None:
        return ()
    document = recording.label(documents.get(connection, alert.document_id))
    return alerting.channels_for(document, changes.get(connection, alert.change_id).findings, audience)


def _write_summary(
    connection: Transaction, channel: str, members: list[Alert], audience: Audience, now: datetime
) -> None:
    severity = min((member.severity for member in members), key=lambda severity: severity.rank)
    plan = alerting.plan_summary(channel, len(members), severity, now, audience)
    recording.save_alert(
        connection,
        plan,
        NewAlert(
            kind=AlertKind.BASELINE,
            origin="live",
            document_id=None,
            change_id=None,
            severity=severity,
            title=plan.title,
            created_at=now,
            captured_at=now,
            details={"members": [member.id for member in members]},
        ),
    )
