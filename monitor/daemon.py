"""The daemon: on every beat it starts the checks that are due, while the dispatcher empties the outbox."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Iterable
from functools import partial

from monitor import agenda, outbox
from monitor.app import CHECKS_AT_ONCE, App, running, utc_now
from monitor.cadence import Due, Moment, is_due, overdue_seconds, reschedule_failed
from monitor.config import Settings, Target
from monitor.lock import only_one
from monitor.log import Log
from monitor.looks import Report
from monitor.schedule import beat
from monitor.urls import host_of
from storage.database import Database
from storage.errors import StorageError
from storage.records import CheckOutcome

BEAT_SECONDS = 0.5
CHECKS_OF_ONE_HOST = 2
SWEEP_SECONDS = 60.0
"""How often, at most, we ask which documents went unseen beyond their limit."""

STOP_SECONDS = 8.0
"""How long a stop waits for what is under way; systemd and people expect it within 10 seconds."""


async def run(settings: Settings, database: Database, log: Log) -> None:
    """Watch until SIGTERM or SIGINT.

    Raises:
        TryLater: another daemon runs on this database.
    """
    with only_one(database.path):
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        async with running(settings, database, log) as app:
            await Daemon(app).run(stop)


class Daemon:
    """What is due, what is under way. All its state can be rebuilt from the database."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._targets = [target for target in app.settings.targets if not target.paused]
        self._due: dict[str, Due] = {}
        self._under_way: dict[str, asyncio.Task[None]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Watch until `stop` is set, then end what is under way within `STOP_SECONDS`."""
        app = self._app
        taken_back = await app.worker(lambda: outbox.take_back(app.database))
        self._due = await app.worker(lambda: agenda.begin(app.database, self._targets, _now(), random.random))
        app.log.info("started", documents=len(self._targets), deliveries_taken_back=taken_back)
        dispatching = asyncio.create_task(app.dispatcher.run())
        stopping = asyncio.create_task(stop.wait())
        sweeping = asyncio.create_task(self._sweep(time.monotonic()))
        async with beat(BEAT_SECONDS, self._start_due):
            await asyncio.wait({stopping, dispatching}, return_when=asyncio.FIRST_COMPLETED)
        app.log.info("stopping", checks=len(self._under_way))
        app.dispatcher.close()
        stopping.cancel()
        sweeping.cancel()
        await _end({dispatching, *self._under_way.values()})
        if dispatching.done() and not dispatching.cancelled():
            dispatching.result()

    def _start_due(self) -> None:
        """Start what is due, the longest overdue first, and of one host but few: a slow one holds up itself."""
        now = _now()
        busy = Counter(_host(target) for target in self._targets if target.key in self._under_way)
        for target in sorted(self._targets, key=lambda target: self._due[target.key].monotonic):
            if len(self._under_way) >= CHECKS_AT_ONCE:
                return
            idle = target.key not in self._under_way and busy[_host(target)] < CHECKS_OF_ONE_HOST
            if idle and is_due(self._due[target.key], now):
                busy[_host(target)] += 1
                self._under_way[target.key] = asyncio.create_task(self._check(target))

    async def _check(self, target: Target) -> None:
        app = self._app
        try:
            report = await app.pipeline.check(target)
            tell(app.log, report)
            audience = app.pipeline.watch.audience
            self._due[target.key] = await app.worker(
                lambda: agenda.move_on(app.database, target, report, audience, _now(), random.random())
            )
            app.dispatcher.wake()
        except Exception as error:  # noqa: BLE001 (one document's fault must not stop the others)
            app.log.error("check_crashed", document=target.key, error=f"{type(error).__name__}: {error}")
            self._due[target.key] = reschedule_failed(target.cadence, _now(), 1, None, 0.0)
        finally:
            del self._under_way[target.key]

    async def _sweep(self, began: float) -> None:
        """Tell of documents that went unseen too long, until cancelled; we run since `began` (monotonic)."""
        app = self._app
        shortest = min((target.fresh_within for target in self._targets), default=SWEEP_SECONDS)
        while True:
            await asyncio.sleep(min(SWEEP_SECONDS, max(BEAT_SECONDS, shortest / 4)))
            now = _now()
            overdue = [
                target
                for target in self._targets
                if overdue_seconds(self._due[target.key], now, began) >= target.fresh_within
            ]
            sweep = partial(
                agenda.tell_unseen, app.database, self._targets, overdue, app.pipeline.watch.audience, now.wall
            )
            try:
                unseen = await app.worker(sweep)
            except StorageError as error:
                app.log.error("freshness_unknown", error=str(error))
                continue
            for key in unseen:
                app.log.error("document_stale", document=key)
            if unseen:
                app.dispatcher.wake()


def _host(target: Target) -> str:
    return host_of(target.urls[0])


def _now() -> Moment:
    return Moment(utc_now(), time.monotonic())


def tell(log: Log, report: Report) -> None:
    """Log how a check ended; a page that stayed as it was is told to the curious alone."""
    values: dict[str, str | int] = {"document": report.document, "outcome": report.outcome.value}
    if report.outcome in (CheckOutcome.FAILED, CheckOutcome.HELD):
        log.warning("check_finished", **values, reason=report.reason)
    elif report.outcome is CheckOutcome.UNCHANGED:
        log.debug("check_finished", **values)
    else:
        log.info("check_finished", **values, version=report.version or 0, findings=len(report.findings))


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    waiting = set(tasks)
    _, late = await asyncio.wait(waiting, timeout=STOP_SECONDS)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
