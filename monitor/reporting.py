"""Gathers from the database what happened in a while, and what is open at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from monitor import recording
from monitor.messages.model import DocumentLabel
from monitor.messages.report import (
    Counted,
    DeadDelivery,
    Deadline,
    Report,
    ReportedChange,
    Silenced,
    Unseen,
)
from monitor.silencing import words_of
from storage import alerts, changes, deliveries, documents, reports, silences, standings
from storage.database import Transaction
from storage.records import LIVE, Cause, RecordFilter, Severity

WEEKS = 12
"""Weeks that the drawing shows, the last one being that in which the report ends."""

_OF_THE_PAGE = frozenset({Cause.PAGE_CHANGED, Cause.RETURNED})
_ORDER = (*Severity, None)


def gather(transaction: Transaction, since: datetime, until: datetime) -> Report:
    """The report on watched documents, from `since` on and before `until`."""
    labels = {each.id: recording.label(each) for each in documents.every(transaction) if each.origin == LIVE}
    return Report(
        since=since,
        until=until,
        changes=tuple(_changes(transaction, since, until, labels)),
        deadlines=tuple(
            Deadline(labels[document], day, number)
            for document, day, number in reports.deadlines(transaction, until.date())
            if document in labels
        ),
        unseen=tuple(_unseen(transaction, labels)),
        silenced=tuple(_silenced(transaction, since, until)),
        dead=tuple(_dead(transaction, since, until, labels)),
        weeks=tuple(_weeks(transaction, until)),
    )


def _changes(
    transaction: Transaction, since: datetime, until: datetime, labels: Mapping[int, DocumentLabel]
) -> Iterator[ReportedChange]:
    listed = changes.listed(transaction, RecordFilter(since=since, until=until))
    for each in sorted(listed, key=lambda change: (change.captured_at, change.id)):
        if each.document_id in labels and each.cause in _OF_THE_PAGE and each.captured_at < until:
            ranks = [finding.severity for finding in each.findings]
            yield ReportedChange(
                document=labels[each.document_id],
                at=each.captured_at,
                number=each.number,
                previous=each.previous,
                severity=min(ranks, key=lambda severity: severity.rank) if ranks else None,
                findings=each.findings,
                flags=each.flags,
                words_added=each.words_added,
                words_removed=each.words_removed,
            )


def _unseen(transaction: Transaction, labels: Mapping[int, DocumentLabel]) -> Iterator[Unseen]:
    for each in standings.every(transaction):
        if each.since is not None and each.next_due_at is not None and each.document_id in labels:
            yield Unseen(labels[each.document_id], each.since, each.error_class or "held")


def _silenced(transaction: Transaction, since: datetime, until: datetime) -> Iterator[Silenced]:
    kept_back = silences.suppressed(transaction)
    for each in silences.every(transaction):
        if each.created_at < until and each.ends_at >= since:
            kept = kept_back.get(each.id, 0)
            yield Silenced(words_of(each), each.author, each.reason, each.ends_at, kept)


def _dead(
    transaction: Transaction, since: datetime, until: datetime, labels: Mapping[int, DocumentLabel]
) -> Iterator[DeadDelivery]:
    for delivery_id, alert_id in reports.given_up(transaction, since, until):
        delivery, alert = deliveries.get(transaction, delivery_id), alerts.find(transaction, alert_id)
        if alert is not None:
            yield DeadDelivery(
                at=delivery.finished_at or until,
                channel=delivery.channel,
                recipient=delivery.recipient,
                title=alert.title,
                error=delivery.last_error or "",
                document=labels.get(alert.document_id or 0),
            )


def _weeks(transaction: Transaction, until: datetime) -> Iterator[Counted]:
    """Weeks begin on Monday in UTC; those without any change are there as well."""
    last = (until - timedelta(microseconds=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = last - timedelta(days=last.weekday())
    first = monday - timedelta(weeks=WEEKS - 1)
    found = Counter(
        ((at - first).days // 7, severity) for at, severity in reports.changed(transaction, first, until)
    )
    for week in range(WEEKS):
        counts = tuple((each, found[week, each]) for each in _ORDER if found[week, each])
        yield Counted((first + timedelta(weeks=week)).date(), counts)
