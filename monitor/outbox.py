"""The outbox's transactions: one for the claim before a try, one for its end."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from monitor import alerting, recording
from monitor.alerting import Audience
from storage import alerts, deliveries
from storage.database import Database, Transaction
from storage.records import AlertKind, Delivery, NewAlert


def claim(database: Database, channel: str, now: datetime, *, busy: Collection[str]) -> Delivery | None:
    """The next due delivery of a channel, its attempt written down; None where nothing is due."""
    with database.read() as transaction:
        if deliveries.next_due(transaction, channel, now, busy=busy) is None:
            return None
    with database.write() as transaction:
        return deliveries.claim(transaction, channel, now, busy=busy)


def sent(database: Database, delivery: Delivery, now: datetime) -> None:
    with database.write() as transaction:
        deliveries.mark_sent(transaction, delivery.id, now)


def retry(database: Database, delivery: Delivery, error: str, until: datetime, *, whole_channel: bool) -> None:
    """Try again at `until`; where the whole channel is at fault, its other messages wait as long."""
    with database.write() as transaction:
        deliveries.retry_at(transaction, delivery.id, until, error)
        if whole_channel:
            deliveries.hold_channel(transaction, delivery.channel, until)


def dead(database: Database, delivery: Delivery, error: str, audience: Audience, now: datetime) -> None:
    """Give a delivery up, and raise the alert that says so in the same transaction."""
    with database.write() as transaction:
        deliveries.mark_dead(transaction, delivery.id, now, error)
        _report(transaction, delivery, error, audience, now)


def give_up_unreachable(
    database: Database, channels: Collection[str], audience: Audience, now: datetime
) -> list[Delivery]:
    """Deliveries over channels that the configuration no longer has are dead, not pending for ever."""
    with database.read() as transaction:
        unreachable = deliveries.open_elsewhere(transaction, channels)
    for delivery in unreachable:
        reason = f"the channel {delivery.channel} is no longer configured"
        dead(database, delivery, reason, audience, now)
    return unreachable


def take_back(database: Database) -> int:
    """What an earlier process was sending when it ended is to be sent again; returns how many."""
    with database.write() as transaction:
        return deliveries.take_back(transaction)


def _report(
    transaction: Transaction, delivery: Delivery, error: str, audience: Audience, now: datetime
) -> None:
    failed = alerts.find(transaction, delivery.alert_id)
    # A report that cannot be delivered is not reported again: `status` and `alerts` show it.
    if failed is None or failed.kind is AlertKind.DELIVERY:
        return
    plan = alerting.plan_dead_delivery(delivery, now, audience)
    if plan is None:
        return
    recording.save_alert(
        transaction,
        plan,
        NewAlert(
            kind=plan.kind,
            origin="live",
            document_id=None,
            change_id=None,
            severity=plan.severity,
            title=plan.title,
            created_at=now,
            captured_at=now,
            details={
                "channel": delivery.channel,
                "recipient": delivery.recipient,
                "title": failed.title,
                "error": error,
                "attempts": delivery.attempts,
            },
        ),
    )
