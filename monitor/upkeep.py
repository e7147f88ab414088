"""What the daemon does for itself at regular times and at its end: a sign of life, counts, room on the disk.

Nothing of it is written for a check, so that the path of an unchanged page stays free of it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from itertools import count

from monitor.log import Log
from monitor.metrics import Gathered, Metrics
from monitor.thread import InThread
from storage import life, metrics, retention
from storage.database import Database
from storage.errors import StorageError
from storage.files import WAL_BOUND_BYTES, sizes
from storage.records import Keep

EVERY_SECONDS = 60.0
PRUNE_EVERY = 60
"""How many times it saves between two looks for captured bytes that need not be kept."""

LAST_SECONDS = 2.0
"""How long the end may wait for the last line; whoever stops us waits for all of it."""


class Upkeep:
    """`clock` tells the time in UTC, `keep` which captured bytes are kept."""

    def __init__(
        self,
        database: Database,
        in_thread: InThread,
        counts: Metrics,
        log: Log,
        clock: Callable[[], datetime],
        wal_bound: int = WAL_BOUND_BYTES,
        keep: Callable[[], Keep] = lambda: "changed",
    ) -> None:
        self._database = database
        self._in_thread = in_thread
        self._metrics = counts
        self._wal_bound = wal_bound
        self._keep = keep
        self._wal_told = False
        self._log = log
        self._clock = clock
        self._life = life.Life(os.getpid(), version("policywatch"), clock(), clock())

    async def run(self) -> None:
        """Save at once and then once a minute, until cancelled; and once an hour make room."""
        for number in count():
            await self.save()
            await self.look_at_wal()
            if number % PRUNE_EVERY == 0:
                await self.let_go()
            await asyncio.sleep(EVERY_SECONDS)

    async def save(self) -> bool:
        """Write down how it stands; False where the database did not take it."""
        self._life = replace(self._life, alive_at=self._clock())
        gathered = self._metrics.take()
        try:
            await self._in_thread(lambda: self._write(gathered))
        except StorageError as error:
            self._metrics.give_back(gathered)
            self._log.error("upkeep_unwritable", error=str(error))
            return False
        return True

    async def look_at_wal(self) -> None:
        """Have a `-wal` over its bound taken into the database; say once if that cannot be done."""
        path = self._database.path
        if sizes(path).wal > self._wal_bound:
            try:
                await self._in_thread(self._database.checkpoint)
            except StorageError as error:
                self._log.error("upkeep_unwritable", error=str(error))
        grown = sizes(path).wal
        if grown > self._wal_bound and not self._wal_told:
            self._log.warning("wal_large", bytes=grown, bound=self._wal_bound)
        self._wal_told = grown > self._wal_bound

    async def let_go(self) -> None:
        """Let go of captured bytes that need not be kept, a few in each transaction."""
        gone = retention.Pruned()
        try:
            while (pruned := await self._in_thread(self._prune)).captures:
                gone += pruned
        except StorageError as error:
            self._log.error("upkeep_unwritable", error=str(error))
        if gone.captures:
            self._log.info("bytes_let_go", captures=gone.captures, bytes=gone.bytes)

    async def end(self, *, in_order: bool) -> None:
        """The last save; a daemon that did not end `in_order` leaves no word of having stopped."""
        if in_order:
            self._life = replace(self._life, stopped_at=self._clock())
        try:
            async with asyncio.timeout(LAST_SECONDS):
                await self.save()
        except TimeoutError:
            self._log.error("upkeep_unwritable", error="the database does not answer")

    def _prune(self) -> retention.Pruned:
        with self._database.write() as transaction:
            return retention.prune(transaction, self._keep(), self._clock())

    def _write(self, gathered: Gathered) -> None:
        with self._database.write() as transaction:
            life.write(transaction, self._life)
            metrics.add(transaction, gathered.counted)
            metrics.put(transaction, gathered.values)
