"""Gathers from the database what a message about an alert has to say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from monitor import recording, related, reporting, timing
from monitor.alerting import Audience, Subject, leading
from monitor.messages.beside import beside
from monitor.messages.model import (
    Around,
    BaselineNotice,
    ChangeNotice,
    ChannelNotice,
    Company,
    DeliveryNotice,
    DocumentLabel,
    Evidence,
    GroupNotice,
    Headline,
    LinkedPage,
    Notice,
    OutageNotice,
    RecoveryNotice,
    ReturnNotice,
    SilenceNotice,
    StoredPage,
)
from monitor.messages.names import name_of_kind
from monitor.messages.report import Report
from storage import alerts, changes, checks, deliveries, documents, snapshots, versions
from storage.database import Database, Transaction
from storage.records import (
    Alert,
    AlertKind,
    ChangeRecord,
    Delivery,
    Earlier,
    Finding,
    RecordFilter,
    Version,
)

LATELY = timedelta(days=7)
MOST_NEARBY = 100
"""Other alerts that are looked at for what else happened."""

MOST_WHOLE = 30
"""Of several alerts in one message, so many are told with what changed; the others by their titles."""

_TOLD_WHOLE = frozenset({AlertKind.CHANGE, AlertKind.RETURNED})


def load(database: Database, alert_id: int) -> Notice:
    """The notice for an alert.

    Raises:
        LookupError: there is no such alert.
    """
    with database.read() as transaction:
        return _notice(transaction, _alert(transaction, alert_id))


def load_delivery(database: Database, delivery: Delivery) -> Notice | GroupNotice:
    """The notice that a delivery's message is about: its alert, or all that it carries.

    Raises:
        LookupError: one of them is not there.
    """
    with database.read() as transaction:
        carried = [_alert(transaction, each) for each in deliveries.carried_by(transaction, delivery.id)]
        if len(carried) == 1 and delivery.grouping not in (*timing.DIGESTS, timing.AGAIN):
            return _notice(transaction, carried[0])
        whole = [each for each in carried if each.kind in _TOLD_WHOLE][:MOST_WHOLE]
        return GroupNotice(
            message=delivery.id,
            grouping=delivery.grouping,
            headlines=_headlines(transaction, carried),
            whole=tuple(_notice(transaction, each) for each in whole),
            report=_report_of(transaction, delivery),
        )


def _report_of(transaction: Transaction, delivery: Delivery) -> Report | None:
    """The week before a weekly digest."""
    if delivery.grouping != "weekly":
        return None
    return reporting.gather(transaction, delivery.due_at - timedelta(weeks=1), delivery.due_at)


def _alert(transaction: Transaction, alert_id: int) -> Alert:
    alert = alerts.find(transaction, alert_id)
    if alert is None:
        raise LookupError(f"there is no alert {alert_id}")
    return alert


def _headlines(transaction: Transaction, told: Sequence[Alert]) -> tuple[Headline, ...]:
    incidents = related.incidents_of(transaction, told)
    shared = {alert_id: each.number for alert_id, each in incidents.items() if len(each.members) > 1}
    return tuple(
        Headline(each.id, each.severity, each.title, each.document or "", each.captured_at, shared.get(each.id))
        for each in told
    )


def _notice(transaction: Transaction, alert: Alert) -> Notice:
    if alert.kind in _OF_ITSELF:
        return _OF_ITSELF[alert.kind](alert)
    return _OF_MORE[alert.kind](transaction, alert)


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
        around=_around(transaction, change),
        evidence=(_evidence(transaction, earlier) if earlier else None, _evidence(transaction, version)),
        company=_company(transaction, alert),
        promise=related.promise_before(transaction, change),
    )


def _around(transaction: Transaction, change: ChangeRecord) -> tuple[Around, ...]:
    """What stands beside each clause that a rule fired on, in the text that holds it."""
    quoted = {each.quote for each in change.findings if each.quote}
    gone = {each.before for each in change.findings if each.before and not each.quote}
    found = list(beside(versions.load_clauses(transaction, change.version_id), quoted)) if quoted else []
    if gone and change.previous_id is not None:
        found += beside(versions.load_clauses(transaction, change.previous_id), gone)
    return tuple(found)


def _evidence(transaction: Transaction, version: Version) -> Evidence:
    stored = (snapshots.get(transaction, snapshot_id) for snapshot_id in version.snapshot_ids)
    pages = tuple(StoredPage(each.sha256, each.meta.status) for each in stored)
    return Evidence(version.clauses_sha256, pages)


def _company(transaction: Transaction, alert: Alert) -> Company:
    """What else changed at the same company in the week before, and at which others; days are those of UTC."""
    week = RecordFilter(since=alert.captured_at - LATELY, until=alert.captured_at, service=alert.service)
    day = alert.captured_at.replace(hour=0, minute=0, second=0, microsecond=0)
    same_day = RecordFilter(since=day, until=day + timedelta(days=1))
    lately = alerts.listed(transaction, week, MOST_NEARBY)
    others = alerts.listed(transaction, same_day, MOST_NEARBY)
    incident = related.incidents_of(transaction, [alert])[alert.id]
    topics = related.topics_of(transaction, incident)
    also = [_alert(transaction, each) for each in incident.members if each != alert.id]
    return Company(
        tuple(each.title for each in lately if each.id not in incident.members and each.kind in _TOLD_WHOLE),
        tuple(
            dict.fromkeys(
                each.service
                for each in others
                if each.kind in _TOLD_WHOLE and each.service and each.service != alert.service
            )
        ),
        incident.number if also else None,
        tuple(f"{name_of_kind(_label(transaction, each).kind)} (alert {each.id})" for each in also),
        tuple(dict.fromkeys(each.service or "" for each in related.elsewhere(transaction, incident, topics))),
    )


def routes_to(database: Database, delivery: Delivery, audience: Audience) -> tuple[int, ...]:
    """The numbers of the routes by which what a delivery's message tells comes to its recipient now."""
    with database.read() as transaction:
        carried = (_alert(transaction, each) for each in deliveries.carried_by(transaction, delivery.id))
        subjects = (_subject(transaction, each) for each in carried if each.document_id is not None)
        return leading(subjects, audience, (delivery.channel, delivery.recipient))


def _subject(transaction: Transaction, alert: Alert) -> Subject:
    label = _label(transaction, alert)
    if alert.change_id is None:
        return Subject(label)
    change = changes.get(transaction, alert.change_id)
    return Subject(label, change.findings, change.flags)


def earlier(database: Database, delivery: Delivery) -> Earlier:
    """What the receiver calls the messages that a delivery belongs to; nothing where alerts share it."""
    with database.read() as transaction:
        carried = deliveries.carried_by(transaction, delivery.id)
        if len(carried) != 1:
            return Earlier()
        return deliveries.earlier(transaction, delivery, _alert(transaction, carried[0]))


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


def _channel(alert: Alert) -> ChannelNotice:
    return ChannelNotice(
        alert_id=alert.id,
        severity=alert.severity,
        title=alert.title,
        channel=alert.details["channel"],
        error=alert.details["error"],
        since=datetime.fromisoformat(alert.details["since"]),
        until=_time(alert.details.get("until")),
    )


def _silence(transaction: Transaction, alert: Alert) -> SilenceNotice:
    details = alert.details
    return SilenceNotice(
        alert_id=alert.id,
        severity=alert.severity,
        title=alert.title,
        covers=details["covers"],
        author=details["author"],
        reason=details["reason"],
        since=datetime.fromisoformat(details["since"]),
        until=datetime.fromisoformat(details["until"]),
        ended_by=details["ended_by"],
        kept_back=_headlines(transaction, [_alert(transaction, each) for each in details["members"]]),
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


_OF_ITSELF: dict[AlertKind, Callable[[Alert], Notice]] = {
    AlertKind.DELIVERY: _delivery,
    AlertKind.CHANNEL: _channel,
}
_OF_MORE: dict[AlertKind, Callable[[Transaction, Alert], Notice]] = {
    AlertKind.CHANGE: _change,
    AlertKind.RETURNED: _returned,
    AlertKind.BASELINE: _baseline,
    AlertKind.OUTAGE: _outage,
    AlertKind.WITHDRAWN: _outage,
    AlertKind.RECOVERY: _recovery,
    AlertKind.SILENCE: _silence,
}
