"""The outbox: one row for each alert, channel and recipient, until it is sent or given up for good.

A try is written down before it is made and its end afterwards. Who dies in between leaves SENDING behind,
which is tried again: at least once, with the same message id. Several rows may share one message: the first
try settles which, in its own transaction; one of them carries the others, which wait and end as it does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, func, insert, select, update

from storage.records import (
    Alert,
    AlertKind,
    Delivery,
    DeliveryState,
    Earlier,
    Lately,
    NewDelivery,
    Severity,
    Waiting,
)
from storage.schema import alerts, deliveries

_OPEN = (DeliveryState.PENDING.value, DeliveryState.SENDING.value)
_RANK = case({severity.value: severity.rank for severity in Severity}, value=alerts.c.severity)


@dataclass(frozen=True, slots=True)
class OutboxDepth:
    """How many deliveries are open or dead, and since when the oldest open one is due.

    `later` of the open ones are not due yet: they wait for a group, a digest or the end of quiet hours.
    """

    open: int
    dead: int
    oldest_open_at: datetime | None
    later: int = 0


def add(connection: Connection, alert_id: int, new: Sequence[NewDelivery], now: datetime) -> None:
    rows = [
        {
            "alert_id": alert_id,
            "channel": delivery.channel,
            "recipient": delivery.recipient,
            "message_id": delivery.message_id,
            "attempts": 0,
            "created_at": now,
            "due_at": delivery.due_at or now,
            "grouping": delivery.grouping,
            "reminder": delivery.reminder,
            **_begun(delivery, now),
        }
        for delivery in new
    ]
    if rows:
        connection.execute(insert(deliveries), rows)


def _begun(new: NewDelivery, now: datetime) -> dict[str, Any]:
    if new.silence_id is None:
        waits = {"state": DeliveryState.PENDING.value, "next_attempt_at": new.due_at or now}
        return {**waits, "finished_at": None, "silence_id": None}
    ended = {"state": DeliveryState.SUPPRESSED.value, "next_attempt_at": None}
    return {**ended, "finished_at": now, "silence_id": new.silence_id}


def take_back(connection: Connection) -> int:
    """At a start: whatever was being sent when the last process ended is to be sent again. Returns how many."""
    result = connection.execute(
        update(deliveries)
        .where(deliveries.c.state == DeliveryState.SENDING.value)
        .values(state=DeliveryState.PENDING.value)
    )
    return result.rowcount


def next_due(connection: Connection, channel: str, now: datetime, *, busy: Collection[str] = ()) -> int | None:
    """The id of the delivery of a channel that is to be tried next: the most severe, then the oldest.

    A delivery waits while an earlier one of the same document to the same recipient is on its way, so that a
    reader gets the story in its order; other documents pass by, and so does it itself an earlier one whose time
    has not come. Recipients in `busy` are left for later.
    """
    query = (
        select(deliveries.c.id)
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .where(
            deliveries.c.channel == channel,
            deliveries.c.state == DeliveryState.PENDING.value,
            deliveries.c.carrier_id.is_(None),
            deliveries.c.next_attempt_at <= now,
            deliveries.c.recipient.not_in(list(busy)),
            ~_follows_another(now),
        )
        .order_by(_RANK, deliveries.c.id)
        .limit(1)
    )
    return connection.scalar(query)


def beside(connection: Connection, leader: Delivery, now: datetime, *, due_alone: bool) -> list[Waiting]:
    """What could share a message with a delivery that was never tried, most severe first.

    It has the same recipient and grouping, was never tried itself, and is due if `due_alone`.
    """
    due = deliveries.c.next_attempt_at <= now if due_alone else deliveries.c.id.is_not(None)
    query = (
        select(deliveries.c.id, alerts.c.severity)
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .where(
            deliveries.c.channel == leader.channel,
            deliveries.c.recipient == leader.recipient,
            deliveries.c.state == DeliveryState.PENDING.value,
            deliveries.c.grouping == leader.grouping,
            deliveries.c.carrier_id.is_(None),
            deliveries.c.attempts == 0,
            deliveries.c.id != leader.id,
            due,
            ~_follows_another(None),
        )
        .order_by(_RANK, deliveries.c.id)
    )
    return [Waiting(row.id, Severity(row.severity)) for row in connection.execute(query)]


def _follows_another(now: datetime | None) -> ColumnElement[bool]:
    """An earlier delivery of the same document to the same recipient is on its way, or due by `now`."""
    earlier, earlier_alert = deliveries.alias("earlier"), alerts.alias("earlier_alert")
    on_its_way = (earlier.c.attempts > 0) | earlier.c.carrier_id.is_not(None)
    return (
        select(earlier.c.id)
        .join(earlier_alert, earlier_alert.c.id == earlier.c.alert_id)
        .where(
            earlier.c.channel == deliveries.c.channel,
            earlier.c.recipient == deliveries.c.recipient,
            earlier.c.id < deliveries.c.id,
            earlier.c.state.in_(_OPEN),
            earlier_alert.c.document_id == alerts.c.document_id,
            on_its_way if now is None else on_its_way | (earlier.c.next_attempt_at <= now),
        )
        .exists()
    )


def severity_of(connection: Connection, delivery_id: int) -> Severity:
    """How severe the alert of a delivery is."""
    query = select(alerts.c.severity).join(deliveries, deliveries.c.alert_id == alerts.c.id)
    return Severity(connection.execute(query.where(deliveries.c.id == delivery_id)).scalar_one())


def lately(connection: Connection, channel: str, recipient: str, since: datetime) -> Lately:
    """The messages that a recipient got since then; what went out together counts as one."""
    count, last_at = connection.execute(
        select(func.count(), func.max(deliveries.c.finished_at)).where(
            deliveries.c.channel == channel,
            deliveries.c.recipient == recipient,
            deliveries.c.finished_at >= since,
            deliveries.c.state == DeliveryState.SENT.value,
            deliveries.c.carrier_id.is_(None),
        )
    ).one()
    return Lately(count, last_at)


def claim(connection: Connection, delivery_id: int, carried: Sequence[int] = ()) -> Delivery:
    """Begin a try: mark it SENDING with its attempt counted; from now on it carries `carried` as well."""
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id)
        .values(state=DeliveryState.SENDING.value, attempts=deliveries.c.attempts + 1)
    )
    for start in range(0, len(carried), 500):
        connection.execute(
            update(deliveries)
            .where(deliveries.c.id.in_(carried[start : start + 500]))
            .values(carrier_id=delivery_id)
        )
    return get(connection, delivery_id)


def carried_by(connection: Connection, delivery_id: int) -> list[int]:
    """The alerts that go out in a delivery's message, its own among them, most severe first."""
    query = (
        select(alerts.c.id)
        .join(deliveries, deliveries.c.alert_id == alerts.c.id)
        .where(_in_message(delivery_id))
        .order_by(_RANK, deliveries.c.id)
    )
    return list(connection.scalars(query))


def _in_message(delivery_id: int) -> ColumnElement[bool]:
    return (deliveries.c.id == delivery_id) | (deliveries.c.carrier_id == delivery_id)


def mark_sent(connection: Connection, delivery_id: int, now: datetime, receipt: str | None = None) -> None:
    _finish(connection, delivery_id, DeliveryState.SENT, now, None)
    if receipt is not None:
        connection.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(receipt=receipt))


def earlier(connection: Connection, delivery: Delivery, alert: Alert) -> Earlier:
    """What the receiver of a delivery calls the earlier messages that one on `alert` belongs to."""
    if alert.document_id is None:
        return Earlier()
    shared = deliveries.alias("shared")
    query = (
        select(deliveries.c.receipt)
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .where(
            deliveries.c.channel == delivery.channel,
            deliveries.c.recipient == delivery.recipient,
            deliveries.c.receipt.is_not(None),
            deliveries.c.id < delivery.id,
            alerts.c.document_id == alert.document_id,
            ~select(shared.c.id).where(shared.c.carrier_id == deliveries.c.id).exists(),
        )
    )
    first = connection.scalar(query.order_by(deliveries.c.id).limit(1))
    settled = None
    if alert.kind is AlertKind.RECOVERY:
        troubles = alerts.c.kind.in_((AlertKind.OUTAGE.value, AlertKind.WITHDRAWN.value))
        settled = connection.scalar(query.where(troubles).order_by(deliveries.c.id.desc()).limit(1))
    return Earlier(first or "", settled or "")


def mark_dead(connection: Connection, delivery_id: int, now: datetime, error: str) -> None:
    _finish(connection, delivery_id, DeliveryState.DEAD, now, error)


def retry_at(connection: Connection, delivery_id: int, at: datetime, error: str) -> None:
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id)
        .values(state=DeliveryState.PENDING.value, next_attempt_at=at, last_error=error)
    )


def next_due_at(connection: Connection) -> datetime | None:
    """When the next open delivery may be tried."""
    query = select(func.min(deliveries.c.next_attempt_at)).where(
        deliveries.c.state == DeliveryState.PENDING.value
    )
    due_at: datetime | None = connection.scalar(query)
    return due_at


def depth(connection: Connection, now: datetime) -> OutboxDepth:
    row = connection.execute(
        select(
            func.count(),
            func.min(deliveries.c.due_at),
            func.count().filter(deliveries.c.due_at > now),
        ).where(deliveries.c.state.in_(_OPEN))
    ).one()
    dead = connection.scalar(select(func.count()).where(deliveries.c.state == DeliveryState.DEAD.value))
    oldest = row[1] if row[0] > row[2] else None
    return OutboxDepth(open=row[0], dead=dead or 0, oldest_open_at=oldest, later=row[2])


def unheard_since(connection: Connection) -> datetime | None:
    """Since when the oldest delivery is due that is open, or was given up after the last that arrived."""
    arrived = select(func.max(deliveries.c.finished_at)).where(deliveries.c.state == DeliveryState.SENT.value)
    given_up = (deliveries.c.state == DeliveryState.DEAD.value) & (
        func.coalesce(deliveries.c.finished_at > arrived.scalar_subquery(), True)
    )
    since: datetime | None = connection.scalar(
        select(func.min(deliveries.c.due_at)).where(deliveries.c.state.in_(_OPEN) | given_up)
    )
    return since


def open_elsewhere(connection: Connection, channels: Collection[str]) -> list[Delivery]:
    """Deliveries that wait for any other channel than these; what is being sent may still arrive."""
    query = select(deliveries).where(
        deliveries.c.state == DeliveryState.PENDING.value,
        deliveries.c.carrier_id.is_(None),
        deliveries.c.channel.not_in(list(channels)),
    )
    return [_delivery(row) for row in connection.execute(query.order_by(deliveries.c.id))]


def get(connection: Connection, delivery_id: int) -> Delivery:
    return _delivery(connection.execute(select(deliveries).where(deliveries.c.id == delivery_id)).one())


def of_alert(connection: Connection, alert_id: int) -> list[Delivery]:
    query = select(deliveries).where(deliveries.c.alert_id == alert_id).order_by(deliveries.c.id)
    return [_delivery(row) for row in connection.execute(query)]


def of_alerts(connection: Connection, alert_ids: Collection[int]) -> dict[int, list[Delivery]]:
    """By alert; one without any is left out."""
    found: dict[int, list[Delivery]] = {}
    query = select(deliveries).where(deliveries.c.alert_id.in_(list(alert_ids))).order_by(deliveries.c.id)
    for row in connection.execute(query):
        found.setdefault(row.alert_id, []).append(_delivery(row))
    return found


def _finish(
    connection: Connection, delivery_id: int, state: DeliveryState, now: datetime, error: str | None
) -> None:
    connection.execute(
        update(deliveries)
        .where(_in_message(delivery_id))
        .values(state=state.value, finished_at=now, next_attempt_at=None, last_error=error)
    )


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        alert_id=row.alert_id,
        channel=row.channel,
        recipient=row.recipient,
        message_id=row.message_id,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        created_at=row.created_at,
        next_attempt_at=row.next_attempt_at,
        finished_at=row.finished_at,
        last_error=row.last_error,
        due_at=row.due_at,
        grouping=row.grouping,
        carrier_id=row.carrier_id,
        reminder=row.reminder,
        silence_id=row.silence_id,
        receipt=row.receipt,
    )
