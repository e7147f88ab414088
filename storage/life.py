"""The daemon's sign of life: who ran last on this database, since when, and when it last got on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from storage.schema import daemon

_ONLY = 1


@dataclass(frozen=True, slots=True)
class Life:
    """`stopped_at` is None while it runs, and for ever if it ended without a word."""

    process_id: int
    version: str
    started_at: datetime
    alive_at: datetime
    stopped_at: datetime | None = None


def write(connection: Connection, life: Life) -> None:
    values = asdict(life)
    statement = insert(daemon).values(id=_ONLY, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=[daemon.c.id], set_=values))


def read(connection: Connection) -> Life | None:
    """None where no daemon ever ran."""
    row = connection.execute(select(daemon)).first()
    if row is None:
        return None
    return Life(row.process_id, row.version, row.started_at, row.alive_at, row.stopped_at)
