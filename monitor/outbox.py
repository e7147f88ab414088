"""The outbox's transactions: one for the claim before a try, one for its end."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from monitor import alerting, attention, pacing, recording, timing
from monitor.alerting import Audience
from storage import alerts, channels, deliveries
from storage.database import Database, Transaction
from storage.records import Delivery, NewAlert


def claim(
    database: Database, channel: str, now: datetime, *, busy: Collection[str], patient: bool = True
) -> Delivery | None:
    """The next due delivery of a channel, its attempt written down; None where nothing is to go out now.

    With its first try it is settled what shares its message. Unless `patient`, nothing waits for more to share
    it with, because nobody would look again.
    """
    with database.read() as transaction:
        if _next(transaction, channel, now, busy, patient=patient) is None:
            return None
    with database.write() as transaction:
        found = _next(transaction, channel, now, busy, patient=patient)
        return deliveries.claim(transaction, found[0], found[1]) if found else None


def _next(
    transaction: Transaction, channel: str, now: datetime, busy: Collection[str], *, patient: bool
) -> tuple[int, list[int]] | None:
    """The delivery to try next, and what shares its message."""
    if channels.rests(transaction, channel, now):
        return None
    passed_by = set(busy)
    while True:
        delivery_id = deliveries.next_due(transaction, channel, now, busy=passed_by)
        if delivery_id is None:
            return None
        leader = deliveries.get(transaction, delivery_id)
        if leader.attempts:  # what shares its message is settled
            return leader.id, []
        carried = _to_share(transaction, leader, now, patient=patient)
        if carried is not None:
            return leader.id, carried
        passed_by.add(leader.recipient)


def _to_share(transaction: Transaction, leader: Delivery, now: datetime, *, patient: bool) -> list[int] | None:
    """What goes out with a delivery that was never tried; None where its recipient is left alone for now."""
    beside = deliveries.beside(transaction, leader, now, due_alone=leader.grouping not in timing.GATHERED)
    carried = [waiting.id for waiting in beside]
    if leader.grouping in timing.DIGESTS:
        return carried
    lately = deliveries.lately(transaction, leader.channel, leader.recipient, now - pacing.LATELY)
    severities = [deliveries.severity_of(transaction, leader.id), *(waiting.severity for waiting in beside)]
    not_before = pacing.not_before(lately, severities)
    if patient and not_before is not None and now < not_before:
        return None
    shares = leader.grouping != timing.ALONE or pacing.shares(1 + len(carried), lately)
    return carried if shares else []


def sent(
    database: Database, delivery: Delivery, audience: Audience, now: datetime, receipt: str | None = None
) -> None:
    with database.write() as transaction:
        deliveries.mark_sent(transaction, delivery.id, now, receipt)
        trouble = channels.find(transaction, delivery.channel)
        if trouble is not None:
            attention.tell_channel_works(transaction, trouble, audience, now)


def retry(
    database: Database, delivery: Delivery, error: str, until: datetime, now: datetime, *, whole_channel: bool
) -> None:
    """Try again at `until`; where the whole channel is at fault, its other messages wait as long."""
    with database.write() as transaction:
        deliveries.retry_at(transaction, delivery.id, until, error)
        if whole_channel:
            channels.hold(transaction, delivery.channel, until, error, now)


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
    carried = (alerts.find(transaction, each) for each in deliveries.carried_by(transaction, delivery.id))
    # A report that cannot be delivered is not reported again: `status` and `alerts` show it.
    failed = [each for each in carried if each is not None and each.kind not in attention.WATCH_KINDS]
    plan = alerting.plan_dead_delivery(delivery, len(failed), now, audience) if failed else None
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
                "title": failed[0].title,
                "alerts": [each.id for each in failed],
                "error": error,
                "attempts": delivery.attempts,
            },
        ),
    )
