"""Every metric as it stands now: what the daemon wrote down, and what follows from the other tables."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from monitor import exposition, lock
from monitor.views import standing_state
from storage import deliveries, life, metrics, standings
from storage.database import Database
from storage.deliveries import OutboxDepth
from storage.files import sizes
from storage.life import Life
from storage.metrics import Series
from storage.records import LIVE
from storage.standings import Standing

Readings = dict[Series, float]


def read(path: Path, paused: frozenset[str], now: datetime, *, running: bool) -> Readings:
    """All of one moment, but for the sizes of files; raises StorageError where the database cannot be read."""
    database = Database.open(path, read_only=True)
    try:
        with database.read() as transaction:
            found = metrics.every(transaction)
            found |= _documents(standings.every(transaction), paused)
            found |= _outbox(deliveries.depth(transaction, now), now)
            found |= _daemon(life.read(transaction), running=running)
            found[Series(exposition.VERSIONS)] = metrics.count_versions(transaction)
            by_silence = (("reason", "silence"),)
            found[Series(exposition.SUPPRESSED, by_silence)] = metrics.count_suppressed(transaction)
            for severity, count in metrics.count_alerts(transaction).items():
                found[Series(exposition.ALERTS, (("severity", severity),))] = count
    finally:
        database.close()
    size = sizes(path)
    found |= {Series(exposition.DB_SIZE): size.database, Series(exposition.WAL_SIZE): size.wal}
    return {series: float(value) for series, value in (found | _build()).items()}


def runs(path: Path) -> bool:
    """Whether a daemon runs on the database at `path`, as far as this user may know."""
    try:
        return lock.holder(path) is not None
    except LookupError:  # held, by whomever
        return True
    except OSError:
        return False


def _documents(found: Sequence[Standing], paused: frozenset[str]) -> Readings:
    states = {standing.key: standing_state(standing, paused) for standing in found}
    readings: Readings = {
        Series(exposition.DOCUMENTS, (("state", state),)): count
        for state, count in sorted(Counter(states.values()).items())
    }
    for standing in found:
        if standing.origin != LIVE or standing.next_due_at is None:
            continue
        labels = (("document", standing.key),)
        readings[Series(exposition.STALE, labels)] = float(standing.told is not None)
        if standing.last_good_at is not None:
            readings[Series(exposition.LAST_SUCCESS, labels)] = standing.last_good_at.timestamp()
    return readings


def _outbox(depth: OutboxDepth, now: datetime) -> Readings:
    age = (now - depth.oldest_open_at).total_seconds() if depth.oldest_open_at else 0.0
    return {
        Series(exposition.OUTBOX_PENDING): depth.open,
        Series(exposition.OUTBOX_AGE): max(age, 0.0),
        Series(exposition.OUTBOX_DEAD): depth.dead,
    }


def _daemon(last: Life | None, *, running: bool) -> Readings:
    found: Readings = {Series(exposition.RUNNING): float(running)}
    if last is not None:
        found[Series(exposition.STARTED)] = last.started_at.timestamp()
        found[Series(exposition.ALIVE)] = last.alive_at.timestamp()
    return found


def _build() -> Readings:
    labels = (
        ("python", platform.python_version()),
        ("sqlite", metrics.engine_version()),
        ("version", version("policywatch")),
    )
    return {Series(exposition.BUILD, labels): 1.0}
