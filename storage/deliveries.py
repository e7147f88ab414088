"""The outbox: one row for each alert, channel and recipient, until it is sent or given up for good.

A try is written down before it is made and its end afterwards. Who dies in between leaves SENDING behind,
which is tried again: at least once, with the same message id.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from storage.records import Delivery, DeliveryState, NewDelivery
from storage.schema import alerts, deliveries

_OPEN = (DeliveryState.PENDING.value, DeliveryState.SENDING.value)


@dataclass(frozen=True, slots=True)
class OutboxDepth:
    """How many deliveries are open or dead, and since when the oldest open one waits."""

    open: int
    dead: int
    oldest_open_at: datetime | None


def add(connection: Connection, alert_id: int, new: Sequence[NewDelivery], now: datetime) -> None:
    rows = [
        {
            "alert_id": alert_id,
            "channel": delivery.channel,
            "recipient": delivery.recipient,
            "message_id": delivery.message_id,
            "state": DeliveryState.PENDING.value,
            "attempts": 0,
            "created_at": now,
            "next_attempt_at": now,
        }
        for delivery in new
    ]
    if rows:
        connection.execute(insert(deliveries), rows)


def take_back(connection: Connection) -> int:
    """At a start: whatever was being sent when the last process ended is to be sent again. Returns how many."""
    result = connection.execute(
        update(deliveries)
        .where(deliveries.c.state == DeliveryState.SENDING.value)
        .values(state=DeliveryState.PENDING.value)
    )
    return result.rowcount


def next_due(connection: Connection, channel: str, now: datetime, *, busy: Collection[str] = ()) -> int | None:
    """The id of the oldest delivery of a channel that may be tried now.

    A delivery waits while an earlier one of the same document to the same recipient is open, so that a reader
    gets the story in its order; other documents pass by. Recipients in `busy` are left for later.
    """
    earlier, earlier_alert = deliveries.alias("earlier"), alerts.alias("earlier_alert")
    blocked = (
        select(earlier.c.id)
        .join(earlier_alert, earlier_alert.c.id == earlier.c.alert_id)
        .where(
            earlier.c.channel == deliveries.c.channel,
            earlier.c.recipient == deliveries.c.recipient,
            earlier.c.id < deliveries.c.id,
            earlier.c.state.in_(_OPEN),
            earlier_alert.c.document_id == alerts.c.document_id,
        )
        .exists()
    )
    query = (
        select(deliveries.c.id)
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .where(
            deliveries.c.channel == channel,
            deliveries.c.state == DeliveryState.PENDING.value,
            deliveries.c.next_attempt_at <= now,
            deliveries.c.recipient.not_in(list(busy)),
            ~blocked,
        )
        .order_by(deliveries.c.id)
        .limit(1)
    )
    return connection.scalar(query)


def claim(
    connection: Connection, channel: str, now: datetime, *, busy: Collection[str] = ()
) -> Delivery | None:
    """Begin the next try on a channel: what is `next_due`, marked SENDING with its attempt counted."""
    delivery_id = next_due(connection, channel, now, busy=busy)
    if delivery_id is None:
        return None
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id)
        .values(state=DeliveryState.SENDING.value, attempts=deliveries.c.attempts + 1)
    )
    return get(connection, delivery_id)


def mark_sent(connection: Connection, delivery_id: int, now: datetime) -> None:
    _finish(connection, delivery_id, DeliveryState.SENT, now, None)


def mark_dead(connection: Connection, delivery_id: int, now: datetime, error: str) -> None:
    _finish(connection, delivery_id, DeliveryState.DEAD, now, error)


def retry_at(connection: Connection, delivery_id: int, at: datetime, error: str) -> None:
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id)
        .values(state=DeliveryState.PENDING.value, next_attempt_at=at, last_error=error)
    )


def hold_channel(connection: Connection, channel: str, until: datetime) -> None:
    """Nothing more goes out over this channel before `until`."""
    connection.execute(
        update(deliveries)
        .where(
            deliveries.c.channel == channel,
            deliveries.c.state == DeliveryState.PENDING.value,
            deliveries.c.next_attempt_at < until,
        )
        .values(next_attempt_at=until)
    )


def next_due_at(connection: Connection) -> datetime | None:
    """When the next open delivery may be tried."""
    query = select(func.min(deliveries.c.next_attempt_at)).where(
        deliveries.c.state == DeliveryState.PENDING.value
    )
    due_at: datetime | None = connection.scalar(query)
    return due_at


def depth(connection: Connection) -> OutboxDepth:
    row = connection.execute(
        select(func.count(), func.min(deliveries.c.created_at)).where(deliveries.c.state.in_(_OPEN))
    ).one()
    dead = connection.scalar(select(func.count()).where(deliveries.c.state == DeliveryState.DEAD.value))
    return OutboxDepth(open=row[0], dead=dead or 0, oldest_open_at=row[1])


def unheard_since(connection: Connection) -> datetime | None:
    """Since when the oldest delivery waits that is open, or was given up after the last that arrived."""
    arrived = select(func.max(deliveries.c.finished_at)).where(deliveries.c.state == DeliveryState.SENT.value)
    given_up = (deliveries.c.state == DeliveryState.DEAD.value) & (
        func.coalesce(deliveries.c.finished_at > arrived.scalar_subquery(), True)
    )
    since: datetime | None = connection.scalar(
        select(func.min(deliveries.c.created_at)).where(deliveries.c.state.in_(_OPEN) | given_up)
    )
    return since


def open_elsewhere(connection: Connection, channels: Collection[str]) -> list[Delivery]:
    """Deliveries that wait for any other channel than these; what is being sent may still arrive."""
    query = select(deliveries).where(
        deliveries.c.state == DeliveryState.PENDING.value, deliveries.c.channel.not_in(list(channels))
    )
    return [_delivery(row) for row in connection.execute(query.order_by(deliveries.c.id))]


def get(connection: Connection, delivery_id: int) -> Delivery:
    return _delivery(connection.execute(select(deliveries).where(deliveries.c.id == delivery_id)).one())


def of_alert(connection: Connection, alert_id: int) -> list[Delivery]:
    query = select(deliveries).where(deliveries.c.alert_id == alert_id).order_by(deliveries.c.id)
    return [_delivery(row) for row in connection.execute(query)]


def _finish(
    connection: Connection, delivery_id: int, state: DeliveryState, now: datetime, error: str | None
) -> None:
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id)
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
    )
