"""Keeps the table of what is due when: filled from the targets at a start, moved on after every check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from monitor import baselines, looks, outages
from monitor.alerting import Audience
from monitor.cadence import Due, Moment, look_again, reschedule, reschedule_failed, resume
from monitor.config import Target
from monitor.freshness import is_stale
from monitor.looks import Report
from storage import blindness, checks, deliveries, documents
from storage.database import Database, Transaction
from storage.deliveries import OutboxDepth
from storage.records import CheckOutcome, ScheduleEntry


def begin(
    database: Database, targets: Sequence[Target], now: Moment, jitter: Callable[[], float]
) -> dict[str, Due]:
    """When each target is due, by its key; documents that are targets no more are due no more."""
    with database.write() as transaction:
        entries = _enrol(transaction, targets, now.wall)
        checks.unschedule_others(transaction, [entry.document_id for entry in entries])
    return {
        target.key: resume(target.cadence, entry.next_due_at, now, jitter())
        for target, entry in zip(targets, entries, strict=True)
    }


def enrol(database: Database, targets: Sequence[Target], now: datetime) -> None:
    """Note targets never seen before as due now; baselines are told once each of them was looked at."""
    with database.write() as transaction:
        _enrol(transaction, targets, now)


def move_on(
    database: Database, target: Target, report: Report, audience: Audience, now: Moment, jitter: float
) -> Due:
    """When the document is due after this check; once no document waits for its first, baselines are told."""
    with database.write() as transaction:
        document = documents.find(transaction, target.key)
        if document is None:
            raise LookupError(f"{target.key} was checked but never stored")
        entry = checks.schedule_entry(transaction, document.id)
        failures = _failures(entry, report)
        due = _next(target, report, failures, now, jitter)
        checks.set_next(transaction, ScheduleEntry(document.id, due.wall, now.wall, failures))
        if not checks.first_checks_outstanding(transaction):
            baselines.summarise(transaction, audience, now.wall)
    return due


def standing(database: Database) -> tuple[int, OutboxDepth]:
    """How many documents failed when last looked at, and how much waits in the outbox."""
    with database.read() as transaction:
        return checks.failing(transaction), deliveries.depth(transaction)


def _enrol(transaction: Transaction, targets: Sequence[Target], now: datetime) -> list[ScheduleEntry]:
    entries = checks.schedule_entries(transaction)
    found: list[ScheduleEntry] = []
    for target in targets:
        document = looks.ensure_document(transaction, target, now)
        entry = entries.get(document.id)
        if entry is None:
            entry = ScheduleEntry(document.id, now, None, 0)
            checks.set_next(transaction, entry)
        found.append(entry)
    return found


def tell_unseen(
    database: Database, targets: Sequence[Target], overdue: Sequence[Target], audience: Audience, now: datetime
) -> list[str]:
    """Tell of targets that went unseen beyond their limit, or whose look is `overdue`; returns their keys."""
    limits = {target.key: target.fresh_within for target in targets}
    with database.read() as transaction:
        found = [(each, documents.get(transaction, each.document_id)) for each in blindness.untold(transaction)]
    stale = [
        document
        for each, document in found
        if document.key in limits and is_stale(each, limits[document.key], now)
    ]
    if not stale and not overdue:
        return []
    with database.write() as transaction:
        told = [
            document.key
            for document in stale
            if outages.tell_if_stale(transaction, document, limits[document.key], audience, now)
        ]
        late = [looks.ensure_document(transaction, target, now) for target in overdue]
        return told + [each.key for each in late if outages.tell_overdue(transaction, each, audience, now)]


def _failures(entry: ScheduleEntry | None, report: Report) -> int:
    """Failed looks in a row; one that is to be confirmed counts as the first, so that a second comes soon."""
    in_vain = (CheckOutcome.FAILED, CheckOutcome.HELD)
    if report.outcome not in in_vain or report.look_again_after is not None:
        return 0
    return 1 if entry is None or report.to_confirm else entry.failures + 1


def _next(target: Target, report: Report, failures: int, now: Moment, jitter: float) -> Due:
    if report.look_again_after is not None:
        return look_again(target.cadence, now, report.look_again_after, jitter)
    if failures:
        return reschedule_failed(target.cadence, now, failures, report.retry_after, jitter)
    return reschedule(target.cadence, now, jitter)
