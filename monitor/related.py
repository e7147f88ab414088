"""Reads what belongs to an alert: its incident, the same topics elsewhere, a promise to tell of changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from monitor.detect.flags import NOTICE_PROMISED, promise_of_notice
from monitor.incidents import KINDS, Incident, by_member, same_week
from storage import alerts, versions
from storage.database import Transaction
from storage.records import Alert, AlertKind, ChangeRecord, RecordFilter

MOST_ELSEWHERE = 100
"""Alerts of other services that are looked at for each topic."""


def incidents_of(transaction: Transaction, wanted: Iterable[Alert]) -> dict[int, Incident]:
    """The incident of each alert that belongs to one; an alert without a document has none."""
    services = {alert.id: service_of(alert) for alert in wanted if alert.kind in KINDS}
    found = by_member(alerts.marks(transaction, set(services.values()), KINDS))
    return {alert_id: found[alert_id] for alert_id in services if alert_id in found}


def elsewhere(transaction: Transaction, incident: Incident, topics: Collection[str]) -> list[Alert]:
    """The alerts of other services on one of these topics in the same week, newest first."""
    since, until = same_week(incident)
    found = {
        alert.id: alert
        for topic in topics
        for alert in alerts.listed(
            transaction, RecordFilter(topic=topic, since=since, until=until), MOST_ELSEWHERE
        )
        if alert.kind is AlertKind.CHANGE and service_of(alert) != incident.service
    }
    return sorted(found.values(), key=lambda alert: (alert.captured_at, alert.id), reverse=True)


def service_of(alert: Alert) -> str:
    """A service as keys begin with it."""
    return (alert.document or "").partition("/")[0]


def topics_of(transaction: Transaction, incident: Incident) -> frozenset[str]:
    """The topics on which an incident's alerts have findings."""
    return alerts.topics_of(transaction, incident.members)


def promise_before(transaction: Transaction, change: ChangeRecord) -> str:
    """The clause of the old text that promised to tell people of changes; empty where none did."""
    if NOTICE_PROMISED not in change.flags or change.previous_id is None:
        return ""
    promise = promise_of_notice(versions.load_clauses(transaction, change.previous_id))
    return promise.text if promise is not None else ""
