"""Tells what the rules already match in documents read for the first time: one summary for each recipient."""

from __future__ import annotations

from datetime import datetime

from monitor import alerting, recording
from monitor.alerting import Audience, Planned
from storage import alerts, changes, documents
from storage.database import Transaction
from storage.records import Alert, AlertKind, NewAlert


def summarise(connection: Transaction, audience: Audience, now: datetime) -> int:
    """Write a summary alert for all of a channel whom the same waiting baselines concern; returns how many.

    The baselines stop waiting in the same transaction, so that none is told twice and none forgotten.
    """
    waiting = alerts.awaiting_summary(connection)
    by_person: dict[tuple[str, str], list[Alert]] = {}
    for alert in waiting:
        for told in _told(connection, alert, audience):
            by_person.setdefault((told.channel, told.recipient), []).append(alert)
    summaries: dict[tuple[str, tuple[int, ...]], list[str]] = {}
    for (channel, recipient), members in by_person.items():
        summaries.setdefault((channel, tuple(member.id for member in members)), []).append(recipient)
    by_id = {alert.id: alert for alert in waiting}
    for (channel, ids), recipients in summaries.items():
        _write_summary(connection, channel, recipients, [by_id[member] for member in ids], audience, now)
    alerts.stop_awaiting(connection, [alert.id for alert in waiting])
    return len(summaries)


def _told(connection: Transaction, alert: Alert, audience: Audience) -> tuple[Planned, ...]:
    if alert.document_id is None or alert.change_id is None:
        return ()
    document = recording.label(documents.get(connection, alert.document_id))
    findings = changes.get(connection, alert.change_id).findings
    return alerting.told_of(document, findings, (), audience, token="")


def _write_summary(
    connection: Transaction,
    channel: str,
    recipients: list[str],
    members: list[Alert],
    audience: Audience,
    now: datetime,
) -> None:
    severity = min((member.severity for member in members), key=lambda severity: severity.rank)
    plan = alerting.plan_summary(channel, recipients, len(members), severity, now, audience)
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
