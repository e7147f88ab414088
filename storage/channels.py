"""Channels that do not work at present: until when each rests, and whether anybody was told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from storage.records import ChannelTrouble
from storage.schema import channel_troubles


def hold(connection: Connection, channel: str, until: datetime, error: str, now: datetime) -> None:
    """Nothing goes out over this channel before `until`; its trouble began `now`, unless it has begun."""
    new = insert(channel_troubles).values(channel=channel, since=now, held_until=until, error=error, told=False)
    connection.execute(
        new.on_conflict_do_update(
            index_elements=["channel"],
            set_={"held_until": new.excluded.held_until, "error": new.excluded.error},
        )
    )


def rests(connection: Connection, channel: str, now: datetime) -> bool:
    """Whether nothing may go out over a channel yet."""
    query = select(channel_troubles.c.channel).where(
        channel_troubles.c.channel == channel, channel_troubles.c.held_until > now
    )
    return connection.scalar(query) is not None


def find(connection: Connection, channel: str) -> ChannelTrouble | None:
    query = select(channel_troubles).where(channel_troubles.c.channel == channel)
    row = connection.execute(query).first()
    return _trouble(row) if row else None


def every(connection: Connection) -> list[ChannelTrouble]:
    """All troubles, the oldest first."""
    return [_trouble(row) for row in connection.execute(select(channel_troubles).order_by("since"))]


def mark_told(connection: Connection, channel: str) -> None:
    connection.execute(update(channel_troubles).where(channel_troubles.c.channel == channel).values(told=True))


def end(connection: Connection, channel: str) -> None:
    """The channel works, or is no more."""
    connection.execute(delete(channel_troubles).where(channel_troubles.c.channel == channel))


def _trouble(row: Row[Any]) -> ChannelTrouble:
    return ChannelTrouble(row.channel, row.since, row.held_until, row.error, row.told)
