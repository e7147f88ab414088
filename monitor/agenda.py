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
from storage.records import CheckOutcome, Document, ScheduleEntry


def begin(
    database: Database,
    targets: Sequence[Target],
    audience: Audience,
    now: Moment,
    jitter: Callable[[], float],
) -> dict[str, Due]:
    """When each target is due, by its key; documents that are targets no more are due no more."""
    with database.write() as transaction:
        entries = _enrol(transaction, targets, now.wall)
        checks.unschedule_others(transaction, [entry.document_id for entry in entries])
        _summarise_once_all_are_read(transaction, audience, now.wall)
    return {
        target.key: resume(target.cadence, entry.next_due_at, now, jitter())
        for target, entry in zip(targets, entries, strict=True)
    }


def enrol(database: Database, targets: Sequence[Target], now: datetime) -> None:
    """Note targets never seen before as due now; baselines are told once each of them was looked at."""
    with database.write() as transaction:
        _enrol(transaction, targets, now)


class Appointment:
    """When a document is due after a look: written with the look, in its transaction (`looks.Then`).

    `due` is None until then. A transaction that is tried again asks again; what is asked last holds.
    """

    def __init__(self, target: Target, audience: Audience, clock: Callable[[], Moment], jitter: float) -> None:
        self.due: Due | None = None
        self._target = target
        self._audience = audience
        self._clock = clock
        self._jitter = jitter

    def __call__(self, transaction: Transaction, document_id: int, report: Report) -> None:
        now = self._clock()
        if report.outcome is CheckOutcome.UNCHANGED:
            self.due = reschedule(self._target.cadence, now, self._jitter)
            if checks.move_on_again(transaction, document_id, self.due.wall, now.wall):
                return
        entry = checks.schedule_entry(transaction, document_id)
        failures = _failures(entry, report)
        self.due = _next(self._target, report, failures, now, self._jitter)
        checks.move_on(transaction, ScheduleEntry(document_id, self.due.wall, now.wall, failures))
        was_first = entry is None or entry.last_check_at is None or report.outcome is CheckOutcome.FIRST
        if was_first:
            _summarise_once_all_are_read(transaction, self._audience, now.wall)


def standing(database: Database, now: datetime) -> tuple[int, OutboxDepth]:
    """How many documents failed when last looked at, and how much waits in the outbox."""
    with database.read() as transaction:
        return checks.failing(transaction), deliveries.depth(transaction, now)


def _enrol(transaction: Transaction, targets: Sequence[Target], now: datetime) -> list[ScheduleEntry]:
    held = _documents(transaction, targets, now)
    entries = checks.schedule_entries(transaction)
    checks.enrol(transaction, [document.id for document in held if document.id not in entries], now)
    return [entries.get(document.id) or ScheduleEntry(document.id, now, None, 0) for document in held]


def _documents(transaction: Transaction, targets: Sequence[Target], now: datetime) -> list[Document]:
    """The document of each target, in their order, made or brought up to date where need be."""
    held = {document.key: document for document in documents.every(transaction)}
    documents.add(transaction, [looks.described(target) for target in targets if target.key not in held], now)
    for target in targets:
        if target.key in held and not looks.is_described(held[target.key], target):
            looks.ensure_document(transaction, target, now)
    held = {document.key: document for document in documents.every(transaction)}
    return [held[target.key] for target in targets]


def _summarise_once_all_are_read(transaction: Transaction, audience: Audience, now: datetime) -> None:
    if not checks.first_checks_outstanding(transaction):
        baselines.summarise(transaction, audience, now)


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
