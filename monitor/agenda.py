"""Keeps the table of what is due when: filled from the targets at a start, moved on after every check."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from monitor import baselines, looks
from monitor.alerting import Audience
from monitor.cadence import Due, Moment, reschedule, reschedule_failed, resume
from monitor.config import Target
from monitor.looks import Report
from storage import checks, documents
from storage.database import Database
from storage.records import CheckOutcome, ScheduleEntry


def begin(
    database: Database, targets: Sequence[Target], now: Moment, jitter: Callable[[], float]
) -> dict[str, Due]:
    """When each target is due, by its key; documents that are targets no more are due no more."""
    due: dict[str, Due] = {}
    document_ids: list[int] = []
    with database.write() as transaction:
        entries = checks.schedule_entries(transaction)
        for target in targets:
            document = looks.ensure_document(transaction, target, now.wall)
            entry = entries.get(document.id)
            due[target.key] = resume(target.cadence, entry.next_due_at if entry else None, now, jitter())
            document_ids.append(document.id)
            if entry is None:
                checks.set_next(transaction, ScheduleEntry(document.id, now.wall, None, 0))
        checks.unschedule_others(transaction, document_ids)
    return due


def move_on(
    database: Database, target: Target, report: Report, audience: Audience, now: Moment, jitter: float
) -> Due:
    """When the document is due after this check; once no document waits for its first, baselines are told."""
    with database.write() as transaction:
        document = documents.find(transaction, target.key)
        if document is None:
            raise LookupError(f"{target.key} was checked but never stored")
        entry = checks.schedule_entry(transaction, document.id)
        failures = (entry.failures if entry else 0) + 1 if report.outcome is CheckOutcome.FAILED else 0
        due = _next(target, report, failures, now, jitter)
        checks.set_next(transaction, ScheduleEntry(document.id, due.wall, now.wall, failures))
        if not checks.first_checks_outstanding(transaction):
            baselines.summarise(transaction, audience, now.wall)
    return due


def _next(target: Target, report: Report, failures: int, now: Moment, jitter: float) -> Due:
    if failures:
        return reschedule_failed(target.cadence, now, failures, report.retry_after, jitter)
    return reschedule(target.cadence, now, jitter)
