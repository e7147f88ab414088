"""What the daemon writes down of itself, once a minute and at its end: a sign of life.

Nothing of it is written for a check, so that the path of an unchanged page stays free of it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version

from monitor.log import Log
from monitor.thread import InThread
from storage import life
from storage.database import Database
from storage.errors import StorageError

EVERY_SECONDS = 60.0
LAST_SECONDS = 2.0
"""How long the end may wait for the last line; whoever stops us waits for all of it."""


class Upkeep:
    """`clock` tells the time in UTC."""

    def __init__(
        self, database: Database, in_thread: InThread, log: Log, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._in_thread = in_thread
        self._log = log
        self._clock = clock
        self._life = life.Life(os.getpid(), version("policywatch"), clock(), clock())

    async def run(self) -> None:
        """Save at once and then once a minute, until cancelled."""
        while True:
            await self.save()
            await asyncio.sleep(EVERY_SECONDS)

    async def save(self) -> bool:
        """Write down how it stands; False where the database did not take it."""
        self._life = replace(self._life, alive_at=self._clock())
        try:
            await self._in_thread(self._write)
        except StorageError as error:
            self._log.error("upkeep_unwritable", error=str(error))
            return False
        return True

    async def end(self, *, in_order: bool) -> None:
        """The last save; a daemon that did not end `in_order` leaves no word of having stopped."""
        if in_order:
            self._life = replace(self._life, stopped_at=self._clock())
        try:
            async with asyncio.timeout(LAST_SECONDS):
                await self.save()
        except TimeoutError:
            self._log.error("upkeep_unwritable", error="the database does not answer")

    def _write(self) -> None:
        with self._database.write() as transaction:
            life.write(transaction, self._life)
