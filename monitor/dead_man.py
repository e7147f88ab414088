"""The dead man's switch: pings an address while all is well, so that silence raises an alarm elsewhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from monitor.app import App, utc_now
from monitor.cycle import Cycle, doubts
from monitor.progress import Mark, stuck
from monitor.upkeep import Upkeep
from notifiers.base import DeliveryError
from storage import deliveries
from storage.errors import StorageError

TICK_SECONDS = 1.0
"""How soon a reload that changes the address or the interval is noticed."""


class DeadMan:
    """Asks after each interval whether all is well. The first ping comes one interval after the start.

    So a daemon that dies again and again, sooner than that, is noticed as well.
    """

    def __init__(
        self,
        app: Callable[[], App],
        upkeep: Upkeep,
        marks: Callable[[], Iterable[Mark]],
        overdue: Callable[[], Sequence[str]],
    ) -> None:
        self._app = app
        self._upkeep = upkeep
        self._marks = marks
        self._overdue = overdue
        self._withheld: tuple[str, ...] = ()
        self._failed = False

    async def run(self) -> None:
        """Ping until cancelled; nothing that goes wrong with it disturbs anything else."""
        last = time.monotonic()
        while True:
            setting = self._app().settings.dead_man
            await asyncio.sleep(min(TICK_SECONDS, setting.every))
            if setting.url is not None and time.monotonic() - last >= setting.every:
                last = time.monotonic()
                await self.turn()

    async def turn(self) -> None:
        """Ping if the cycle that ends now was good; say once why not."""
        app = self._app()
        limit = timedelta(seconds=app.settings.dead_man.delivered_within)
        why = doubts(await self._cycle(app), utc_now(), limit)
        if why and why != self._withheld:
            app.log.error("ping_withheld", reason="; ".join(why))
        elif self._withheld and not why:
            app.log.info("ping_resumed")
        self._withheld = why
        if why:
            app.metrics.pinged("withheld")
        else:
            await self._ping(app)

    async def _cycle(self, app: App) -> Cycle:
        written = await self._upkeep.save()
        try:
            unheard = await app.worker(lambda: _unheard_since(app))
        except StorageError:
            written, unheard = False, None
        parts = stuck(self._marks(), asyncio.get_running_loop().time())
        return Cycle(parts, written, self._overdue(), unheard)

    async def _ping(self, app: App) -> None:
        url = app.settings.dead_man.url
        if url is None:  # taken away by a reload meanwhile
            return
        try:
            reply = await app.fetcher.ping(url.reveal())
            problem = "" if 200 <= reply.status < 300 else f"the receiver answered with status {reply.status}"
        except DeliveryError as error:
            problem = error.reason
        except Exception as error:  # noqa: BLE001 (no fault of a ping may end the daemon)
            problem = f"{type(error).__name__}; this is a fault in policywatch"
        if problem and not self._failed:
            app.log.warning("ping_failed", error=problem)
        app.metrics.pinged("failed" if problem else "sent")
        self._failed = bool(problem)


def _unheard_since(app: App) -> datetime | None:
    with app.database.read() as transaction:
        return deliveries.unheard_since(transaction)
