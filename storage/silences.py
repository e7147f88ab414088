"""Silences: what is not to be told for a while, and who says so. None is ever deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from storage.records import DeliveryState, NewSilence, Silence
from storage.schema import deliveries, silences


def add(connection: Connection, new: NewSilence) -> int:
    """Store a silence, which holds from now on; returns its id."""
    silence_id: int = connection.execute(
        insert(silences)
        .values(
            author=new.author,
            reason=new.reason,
            document=new.document,
            service=new.service,
            topic=new.topic,
            created_at=new.created_at,
            ends_at=new.ends_at,
            end_told=False,
        )
        .returning(silences.c.id)
    ).scalar_one()
    return silence_id


def find(connection: Connection, silence_id: int) -> Silence | None:
    row = connection.execute(select(silences).where(silences.c.id == silence_id)).first()
    return _silence(row) if row else None


def every(connection: Connection) -> list[Silence]:
    """All silences, those that ended too, the newest first."""
    return [_silence(row) for row in connection.execute(select(silences).order_by(silences.c.id.desc()))]


def in_force(connection: Connection, now: datetime) -> list[Silence]:
    query = select(silences).where(silences.c.ends_at > now).order_by(silences.c.id)
    return [_silence(row) for row in connection.execute(query)]


def end(connection: Connection, silence_id: int, author: str, now: datetime) -> None:
    """End a silence before its time."""
    connection.execute(update(silences).where(silences.c.id == silence_id).values(ends_at=now, ended_by=author))


def ended_untold(connection: Connection, now: datetime) -> list[Silence]:
    """The silences that have ended and of which nobody was told that they did."""
    query = select(silences).where(silences.c.ends_at <= now, silences.c.end_told.is_(False))
    return [_silence(row) for row in connection.execute(query.order_by(silences.c.id))]


def mark_end_told(connection: Connection, silence_id: int) -> None:
    connection.execute(update(silences).where(silences.c.id == silence_id).values(end_told=True))


def suppressed(connection: Connection) -> dict[int, int]:
    """How many alerts each silence has kept back, by its id."""
    query = (
        select(deliveries.c.silence_id, func.count(func.distinct(deliveries.c.alert_id)))
        .where(deliveries.c.state == DeliveryState.SUPPRESSED.value)
        .group_by(deliveries.c.silence_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def kept_back_by(connection: Connection, silence_id: int) -> list[tuple[int, str, str]]:
    """What a silence kept back: alert, channel and recipient of each delivery, oldest first."""
    query = (
        select(deliveries.c.alert_id, deliveries.c.channel, deliveries.c.recipient)
        .where(deliveries.c.silence_id == silence_id)
        .order_by(deliveries.c.id)
    )
    return [(row.alert_id, row.channel, row.recipient) for row in connection.execute(query)]


def _silence(row: Row[Any]) -> Silence:
    return Silence(
        id=row.id,
        author=row.author,
        reason=row.reason,
        document=row.document,
        service=row.service,
        topic=row.topic,
        created_at=row.created_at,
        ends_at=row.ends_at,
        ended_by=row.ended_by,
    )
