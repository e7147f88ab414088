"""Tells that a document is not seen, is gone, or is seen again: once each, with the look that found it out.

What was told stands in the alerts: an outage or a withdrawal is open until a recovery follows it.
"""

from __future__ import annotations

from datetime import datetime

from monitor import alerting, recording
from monitor.alerting import AlertPlan, Audience
from monitor.freshness import LOOKS_TO_CONFIRM, is_stale
from monitor.messages import title_of_sight
from storage import alerts, blindness, checks
from storage.database import Transaction
from storage.records import LIVE, AlertKind, AlertStatus, Blindness, CheckOutcome, Document, NewAlert

MISSING = ("http_404", "http_410")
"""The answers that say that there is no such page."""


def tell_if_stale(
    transaction: Transaction, document: Document, limit_seconds: float, audience: Audience, now: datetime
) -> bool:
    """Raise the outage alert if a document went unseen beyond its limit and nobody was told yet."""
    found = blindness.of_document(transaction, document.id)
    if found is None or not is_stale(found, limit_seconds, now):
        return False
    if blindness.trouble_of(transaction, document.id) is not None:
        return False
    _tell_outage(transaction, document, found, audience, now)
    return True


def tell_overdue(transaction: Transaction, document: Document, audience: Audience, now: datetime) -> bool:
    """Note that a look never came to its end, and raise the outage alert unless one is open."""
    if blindness.trouble_of(transaction, document.id) is not None:
        return False
    reason = "a look has been due for longer than the document's limit and has not ended"
    checks.record(transaction, document.id, CheckOutcome.FAILED, now, reason=reason, error_class="overdue")
    found = blindness.of_document(transaction, document.id)
    assert found is not None  # noqa: S101 (a failed look was written just above)
    _tell_outage(transaction, document, found, audience, now)
    return True


def tell_if_withdrawn(transaction: Transaction, document: Document, audience: Audience, now: datetime) -> bool:
    """Whether "not found" is confirmed by a second look in a row; people are told of it once."""
    if checks.looks_in_a_row(transaction, document.id, MISSING) < LOOKS_TO_CONFIRM:
        return False
    told = blindness.trouble_of(transaction, document.id)
    found = blindness.of_document(transaction, document.id)
    if found is not None and (told is None or told.kind is not AlertKind.WITHDRAWN):
        what = f"withdrawn ({found.error_class}) – {now.date().isoformat()}"
        _tell_trouble(transaction, document, AlertKind.WITHDRAWN, what, found, audience, now)
    return True


def tell_recovery(
    transaction: Transaction,
    document: Document,
    audience: Audience,
    *,
    seen_at: datetime,
    now: datetime,
    version: int,
    previous: int | None,
) -> None:
    """Raise the recovery alert if an outage or a withdrawal is open, and resolve that."""
    trouble = blindness.trouble_of(transaction, document.id)
    if trouble is None:
        return
    withdrawn = trouble.kind is AlertKind.WITHDRAWN
    what = f"{'back' if withdrawn else 'readable again'} since {seen_at.date().isoformat()}"
    plan = _plan(document, AlertKind.RECOVERY, what, seen_at, audience)
    details = {
        "withdrawn": withdrawn,
        "since": trouble.details["since"],
        "last_good": trouble.details["last_good"],
        "version": version,
        "previous": previous,
    }
    new = NewAlert(
        plan.kind, LIVE, document.id, None, plan.severity, plan.title, now, seen_at,
        AlertStatus.RESOLVED, details,
    )  # fmt: skip
    recording.save_alert(transaction, plan, new, document.key)
    alerts.resolve(transaction, document.id, blindness.TROUBLES)


def _tell_outage(
    transaction: Transaction, document: Document, found: Blindness, audience: Audience, now: datetime
) -> None:
    what = f"not readable since {found.since.date().isoformat()} ({found.error_class or 'held'})"
    _tell_trouble(transaction, document, AlertKind.OUTAGE, what, found, audience, now)


def _tell_trouble(
    transaction: Transaction,
    document: Document,
    kind: AlertKind,
    what: str,
    found: Blindness,
    audience: Audience,
    now: datetime,
) -> None:
    plan = _plan(document, kind, what, found.since, audience)
    details = {
        "since": found.since.isoformat(),
        "last_good": found.last_good_at.isoformat() if found.last_good_at else None,
        "looks": found.looks,
        "error_class": found.error_class or "held",
        "error": found.reason,
    }
    new = NewAlert(kind, LIVE, document.id, None, plan.severity, plan.title, now, now, details=details)
    recording.save_alert(transaction, plan, new, document.key)


def _plan(document: Document, kind: AlertKind, what: str, at: datetime, audience: Audience) -> AlertPlan:
    label = recording.label(document)
    return alerting.plan_sight(kind, label, title_of_sight(label, what), at, audience)
