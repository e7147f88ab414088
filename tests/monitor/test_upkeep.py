"""The daemon's sign of life, and what becomes of it where the database refuses."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from monitor.metrics import Metrics
from monitor.thread import DatabaseThread
from monitor.upkeep import Upkeep
from storage import checks, life, metrics, snapshots
from storage.database import Database
from storage.files import sizes
from storage.life import Life
from storage.metrics import Series
from storage.records import CheckOutcome
from tests.monitor.stage import NOON, Clock
from tests.storage.builders import a_document, capture_meta, hours


class Told:
    """A log to look at."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def _write(self, event: str, **_values: Any) -> None:
        self.events.append(event)

    debug = info = warning = error = _write


def written(database: Database) -> Life | None:
    with database.read() as transaction:
        return life.read(transaction)


async def test_sign_of_life_is_there_at_once_and_its_end_says_whether_it_was_in_order(tmp_path: Path) -> None:
    database, thread, clock = Database.open(tmp_path / "p.db"), DatabaseThread(), Clock()
    assert written(database) is None
    upkeep = Upkeep(database, thread, Metrics(), Told(), clock)
    running = asyncio.create_task(upkeep.run())
    await asyncio.sleep(0)
    await thread(lambda: None)  # after its first save, in the one thread there is
    clock.advance(seconds=60)
    await upkeep.save()
    found = written(database)
    assert found is not None
    assert (found.process_id, found.stopped_at) == (os.getpid(), None)
    assert (found.started_at, found.alive_at) == (NOON, NOON + timedelta(seconds=60))
    running.cancel()
    await upkeep.end(in_order=False)
    assert written(database) == found
    await upkeep.end(in_order=True)
    assert written(database) == Life(found.process_id, found.version, NOON, found.alive_at, found.alive_at)
    thread.close()
    database.close()


async def test_database_that_refuses_is_told_and_the_next_save_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    Database.open(path).close()
    database, thread, told = Database.open(path, busy_timeout=0.1), DatabaseThread(), Told()
    upkeep = Upkeep(database, thread, Metrics(), told, Clock())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert not await upkeep.save()
        assert told.events == ["upkeep_unwritable"]
        assert written(database) is None
    assert await upkeep.save()
    assert written(database) is not None
    thread.close()
    database.close()


async def test_counts_add_up_over_restarts_and_survive_a_save_that_failed(tmp_path: Path) -> None:
    path, thread = tmp_path / "p.db", DatabaseThread()
    Database.open(path).close()
    database = Database.open(path, busy_timeout=0.1)
    for _ in range(2):
        counts = Metrics()
        upkeep = Upkeep(database, thread, counts, Told(), Clock())
        counts.checked("unchanged", 0.5)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert not await upkeep.save()
        counts.reloaded(successful=False)
        counts.checked("unchanged", 0.25)
        assert await upkeep.save()
        assert await upkeep.save()
    with database.read() as transaction:
        found = metrics.every(transaction)
    assert found == {
        Series("policywatch_checks_total", (("result", "unchanged"),)): 4.0,
        Series("policywatch_check_duration_seconds_count"): 4.0,
        Series("policywatch_check_duration_seconds_sum"): 1.5,
        Series("policywatch_config_last_reload_successful"): 0.0,
    }
    thread.close()
    database.close()


async def test_wal_that_a_long_reader_makes_grow_is_told_once_and_shrinks_when_the_reader_ends(
    tmp_path: Path,
) -> None:
    """Row B9."""
    database, thread, told = Database.open(tmp_path / "p.db"), DatabaseThread(), Told()
    upkeep = Upkeep(database, thread, Metrics(), told, Clock(), wal_bound=50_000)
    reader = Database.open(database.path, read_only=True)
    with reader.read() as transaction:
        assert life.read(transaction) is None
        assert await upkeep.save()
        while sizes(database.path).wal <= 50_000:
            assert await upkeep.save()
        await upkeep.look_at_wal()
        await upkeep.look_at_wal()
        assert life.read(transaction) is None
    assert told.events == ["wal_large"]
    await upkeep.look_at_wal()
    assert sizes(database.path).wal == 0
    assert written(database) is not None
    assert await upkeep.save()
    assert told.events == ["wal_large"]
    thread.close()
    database.close()


async def test_wal_under_its_bound_is_left_alone(tmp_path: Path) -> None:
    database, thread = Database.open(tmp_path / "p.db"), DatabaseThread()
    upkeep = Upkeep(database, thread, Metrics(), Told(), Clock())
    assert await upkeep.save()
    before = sizes(database.path).wal
    await upkeep.look_at_wal()
    assert sizes(database.path).wal == before > 0
    thread.close()
    database.close()


async def test_bytes_of_looks_that_changed_nothing_are_let_go_of_as_configured(tmp_path: Path) -> None:
    database, thread, told = Database.open(tmp_path / "p.db"), DatabaseThread(), Told()
    with database.write() as transaction:
        document = a_document(transaction)
        for number in range(60):
            meta = capture_meta(at=hours(number))
            snapshots.store(transaction, document.id, 0, b"Page %d." % number, meta, None)
            checks.record(transaction, document.id, CheckOutcome.UNCHANGED, hours(number), reason="the same")
    await Upkeep(database, thread, Metrics(), told, Clock(), keep=lambda: "all").let_go()
    assert told.events == []
    await Upkeep(database, thread, Metrics(), told, Clock()).let_go()
    assert told.events == ["bytes_let_go"]
    with database.read() as transaction:
        assert transaction.scalar(text("SELECT count(*) FROM bodies")) == 1
    thread.close()
    database.close()
