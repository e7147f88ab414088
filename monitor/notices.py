"""Gathers from the database what a message about an alert has to say."""

from __future__ import annotations

from datetime import datetime

from monitor import recording
from monitor.messages.model import (
    BaselineNotice,
    ChangeNotice,
    DeliveryNotice,
    DocumentLabel,
    LinkedPage,
    Notice,
    OutageNotice,
    RecoveryNotice,
    ReturnNotice,
)
from storage import alerts, changes, checks, documents, versions
from storage.blindness import TROUBLES
from storage.database import Database, Transaction
from storage.records import Alert, AlertKind, Finding


def load(database: Database, alert_id: int) -> Notice:
    """The notice for an alert.

    Raises:
        LookupError: there is no such alert.
    """
    with database.read() as transaction:
        alert = alerts.find(transaction, alert_id)
        if alert is None:
            raise LookupError(f"there is no alert {alert_id}")
        if alert.kind is AlertKind.DELIVERY:
            return _delivery(alert)
        if alert.kind is AlertKind.BASELINE:
            return _baseline(transaction, alert)
        if alert.kind in TROUBLES:
            return _outage(transaction, alert)
        if alert.kind is AlertKind.RECOVERY:
            return _recovery(transaction, alert)
        if alert.kind is AlertKind.RETURNED:
            return _returned(transaction, alert)
        return _change(transaction, alert)


def _change(transaction: Transaction, alert: Alert) -> ChangeNotice:
    label, change_id = _about(transaction, alert)
    change = changes.get(transaction, change_id)
    version = versions.get(transaction, change.version_id)
    earlier = versions.get(transaction, change.previous_id) if change.previous_id else None
    return ChangeNotice(
        alert_id=alert.id,
        severity=alert.severity,
        title=alert.title,
        document=label,
        findings=change.findings,
        version=change.number,
        previous=change.previous,
        first_seen=change.captured_at,
        previous_seen=change.previous_seen_at,
        stated_date=(earlier.stated_date if earlier else None, version.stated_date),
        effective_date=(earlier.effective_date if earlier else None, version.effective_date),
        added=change.added,
        removed=change.removed,
        edited=change.edited,
        moved=change.moved,
        words_added=change.words_added,
        words_removed=change.words_removed,
        flags=change.flags,
        new_links=tuple(LinkedPage(link["text"], link["url"]) for link in alert.details.get("new_links", ())),
    )


def _returned(transaction: Transaction, alert: Alert) -> ReturnNotice:
    label, change_id = _about(transaction, alert)
    change = changes.get(transaction, change_id)
    told = (alerts.find(transaction, undone) for undone in alert.details["undone"])
    return ReturnNotice(
        alert_id=alert.id,
        severity=alert.severity,
        title=alert.title,
        document=label,
        findings=change.findings,
        told=tuple(each.title for each in told if each is not None),
        version=change.number,
        previous=change.previous,
        first_seen=change.captured_at,
        previous_seen=change.previous_seen_at,
        flapping=alert.details["flapping"],
    )


def _baseline(transaction: Transaction, alert: Alert) -> BaselineNotice:
    members = [alert]
    if "members" in alert.details:
        found = (alerts.find(transaction, member) for member in alert.details["members"])
        members = [member for member in found if member is not None]
    told: list[tuple[DocumentLabel, tuple[Finding, ...]]] = []
    for member in members:
        label, change_id = _about(transaction, member)
        told.append((label, changes.get(transaction, change_id).findings))
    return BaselineNotice(
        alert_id=alert.id,
        severity=alert.severity,
        title=alert.title,
        documents=tuple(told),
        without_findings=0,
    )


def _delivery(alert: Alert) -> DeliveryNotice:
    return DeliveryNotice(
        alert_id=alert.id,
        severity=alert.severity,
        title=alert.title,
        failed_channel=alert.details["channel"],
        failed_recipient=alert.details["recipient"],
        failed_title=alert.details["title"],
        error=alert.details["error"],
        attempts=alert.details["attempts"],
    )


def _outage(transaction: Transaction, alert: Alert) -> OutageNotice:
    details = alert.details
    entry = checks.schedule_entry(transaction, alert.document_id) if alert.document_id is not None else None
    return OutageNotice(
        alert_id=alert.id,
        severity=alert.severity,
        title=alert.title,
        document=_label(transaction, alert),
        withdrawn=alert.kind is AlertKind.WITHDRAWN,
        since=datetime.fromisoformat(details["since"]),
        last_good=_time(details["last_good"]),
        looks=details["looks"],
        error_class=details["error_class"],
        error=details["error"],
        # A look that does not end leaves its own time in the table.
        next_try=entry.next_due_at if entry and entry.next_due_at > alert.created_at else None,
    )


def _recovery(transaction: Transaction, alert: Alert) -> RecoveryNotice:
    details = alert.details
    return RecoveryNotice(
        alert_id=alert.id,
        severity=alert.severity,
        title=alert.title,
        document=_label(transaction, alert),
        withdrawn=details["withdrawn"],
        since=datetime.fromisoformat(details["since"]),
        last_good=_time(details["last_good"]),
        back_at=alert.captured_at,
        version=details["version"],
        previous=details["previous"],
    )


def _time(stored: str | None) -> datetime | None:
    return datetime.fromisoformat(stored) if stored else None


def _about(transaction: Transaction, alert: Alert) -> tuple[DocumentLabel, int]:
    if alert.change_id is None:
        raise LookupError(f"alert {alert.id} is about no change")
    return _label(transaction, alert), alert.change_id


def _label(transaction: Transaction, alert: Alert) -> DocumentLabel:
    if alert.document_id is None:
        raise LookupError(f"alert {alert.id} is about no document")
    return recording.label(documents.get(transaction, alert.document_id))
