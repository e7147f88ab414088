"""The daemon: on every beat it starts the checks that are due, while the dispatcher empties the outbox."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from typing import Any

from monitor import agenda, outbox
from monitor.app import CHECKS_AT_ONCE, App, renewed, running, utc_now
from monitor.cadence import Due, Moment, is_due, overdue_seconds, reschedule_failed
from monitor.config import Settings, Target
from monitor.errors import PolicywatchError
from monitor.heartbeat import feed_watchdog, in_words, keep_status
from monitor.lock import only_one
from monitor.log import Log
from monitor.looks import STORAGE, Report
from monitor.progress import Mark
from monitor.schedule import beat
from monitor.systemd import ServiceManager
from monitor.urls import host_of
from storage.database import Database
from storage.errors import StorageError
from storage.records import CheckOutcome

BEAT_SECONDS = 0.5
BEAT_PATIENCE_SECONDS = 30.0
CHECKS_OF_ONE_HOST = 2
SWEEP_SECONDS = 60.0
"""How often, at most, we ask which documents went unseen beyond their limit."""

STOP_SECONDS = 8.0
"""How long a stop waits for what is under way; systemd and people expect it within 10 seconds."""

LONGEST_PAUSE_SECONDS = 120.0
"""Between two tries of one page; `monitor.fetch` waits for at most 90."""

READING_SECONDS = 120.0
"""For one page to be read and judged, of which the worker process has 30, while others wait for it too."""

Reread = Callable[[], Settings]
"""Reads the configuration anew, in another thread; raises PolicywatchError where that cannot be taken over."""


async def run(
    settings: Settings, database: Database, log: Log, reread: Reread, manager: ServiceManager
) -> None:
    """Watch until SIGTERM or SIGINT; SIGHUP takes over the configuration as it is then.

    Raises:
        TryLater: another daemon runs on this database.
        DatabaseDamaged: the file is damaged; nothing is written to it.
    """
    with only_one(database.path):
        database.check()
        stop, reload = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        loop.add_signal_handler(signal.SIGHUP, reload.set)
        async with running(settings, database, log) as app:
            await Daemon(app, reread, manager).run(stop, reload)


class Daemon:
    """What is due, what is under way. All its state can be rebuilt from the database."""

    def __init__(self, app: App, reread: Reread, manager: ServiceManager) -> None:
        self._app = app
        self._reread = reread
        self._manager = manager
        self._targets: dict[str, Target] = {}
        self._due: dict[str, Due] = {}
        self._agenda = asyncio.Lock()
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._dispatching: set[asyncio.Task[None]] = set()
        self._beside: set[asyncio.Task[None]] = set()
        self._failed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._reload_problem = ""
        self._beat_at = self._check_at = time.monotonic()

    async def run(self, stop: asyncio.Event, reload: asyncio.Event) -> None:
        """Watch until `stop` is set, then end what is under way within `STOP_SECONDS`."""
        app = self._app
        taken_back = await app.worker(lambda: outbox.take_back(app.database))
        await self._watch(app.settings)
        app.log.info("started", documents=len(self._targets), deliveries_taken_back=taken_back)
        self._keep(app.dispatcher.run(), self._dispatching)
        self._keep(app.storage_alarm.run(), self._beside)
        self._keep(self._reload_whenever(reload), self._beside)
        self._keep(self._sweep(time.monotonic()), self._beside)
        self._keep(keep_status(self._manager, self._status), self._beside)
        stopping: asyncio.Future[Any] = asyncio.create_task(stop.wait())
        self._beat_at = time.monotonic()
        async with beat(BEAT_SECONDS, self._start_due):
            self._manager.ready()
            self._keep(feed_watchdog(self._manager, self._marks, app.log), self._beside)
            await asyncio.wait([stopping, self._failed], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        await self._stop()

    async def _stop(self) -> None:
        app = self._app
        self._manager.stopping()
        app.log.info("stopping", checks=len(self._under_way))
        app.dispatcher.close()
        for task in self._beside:
            task.cancel()
        await _end({*self._beside, *self._dispatching, *self._under_way.values()})
        await self._app.fetcher.aclose()
        if self._failed.done():
            self._failed.result()

    def _keep(self, work: Coroutine[Any, Any, None], among: set[asyncio.Task[None]]) -> None:
        """Do this beside everything else; a fault in it ends the daemon, which its supervisor starts again."""

        def ended(task: asyncio.Task[None]) -> None:
            among.discard(task)
            fault = None if task.cancelled() else task.exception()
            if fault is not None and not self._failed.done():
                self._failed.set_exception(fault)

        task = asyncio.create_task(work)
        among.add(task)
        task.add_done_callback(ended)

    def _start_due(self) -> None:
        """Start what is due, the longest overdue first, and of one host but few: a slow one holds up itself."""
        now = _now()
        self._beat_at = now.monotonic
        due = [
            target
            for target in self._targets.values()
            if target.key not in self._under_way and is_due(self._due[target.key], now)
        ]
        busy = Counter(_host(self._targets[key]) for key in self._under_way if key in self._targets)
        for target in sorted(due, key=lambda target: self._due[target.key].monotonic):
            if len(self._under_way) >= CHECKS_AT_ONCE:
                return
            if busy[_host(target)] < CHECKS_OF_ONE_HOST:
                busy[_host(target)] += 1
                self._check_at = now.monotonic
                self._under_way[target.key] = asyncio.create_task(self._check(target))

    async def _check(self, target: Target) -> None:
        app = self._app
        try:
            report = await app.pipeline.check(target)
            tell(app.log, report)
            await self._move_on(report)
            self._app.dispatcher.wake()
            if report.error_class == STORAGE:
                self._app.storage_alarm.failed(target.key, report.reason)
            else:
                self._app.storage_alarm.worked(target.key)
        except StorageError as error:  # not even the failure could be written
            self._app.storage_alarm.failed(target.key, str(error))
            self._due[target.key] = reschedule_failed(target.cadence, _now(), 1, None, 0.0)
        except Exception as error:  # noqa: BLE001 (one document's fault must not stop the others)
            app.log.error("check_crashed", document=target.key, error=f"{type(error).__name__}: {error}")
            self._due[target.key] = reschedule_failed(target.cadence, _now(), 1, None, 0.0)
        finally:
            del self._under_way[target.key]
            self._check_at = time.monotonic()

    async def _move_on(self, report: Report) -> None:
        async with self._agenda:  # not while a reload decides what is watched
            app, target = self._app, self._targets.get(report.document)
            if target is None:
                return
            audience = app.pipeline.watch.audience
            self._due[target.key] = await app.worker(
                lambda: agenda.move_on(app.database, target, report, audience, _now(), random.random())
            )

    async def _watch(self, settings: Settings) -> None:
        """Watch what these settings say; a document that was watched so before is due when it was."""
        app = self._app
        targets = [target for target in settings.targets if not target.paused]
        async with self._agenda:
            begun = await app.worker(lambda: agenda.begin(app.database, targets, _now(), random.random))
            kept = {
                target.key: self._due[target.key]
                for target in targets
                if target.key in self._targets and target.cadence == self._targets[target.key].cadence
            }
            self._due = begun | kept
            self._targets = {target.key: target for target in targets}

    async def _reload_whenever(self, asked: asyncio.Event) -> None:
        while True:
            await asked.wait()
            asked.clear()
            self._manager.reloading(time.monotonic_ns() // 1000)
            try:
                await self._take_over(await asyncio.to_thread(self._reread))
                self._reload_problem = ""
            except Exception as error:  # noqa: BLE001 (whatever is wrong with the new configuration, the old one works)
                self._reload_problem = _in_one_line(error)
                self._app.log.error("reload_failed", error=self._reload_problem, effect="the old one stays")
            self._manager.ready()

    async def _take_over(self, settings: Settings) -> None:
        """Go on under other settings; checks and deliveries under way end under those they began with."""
        old = self._app
        new = await asyncio.to_thread(renewed, old, settings)
        before = set(self._targets)
        await self._watch(settings)
        self._app = new
        old.dispatcher.close()
        new.storage_alarm.renew(new.receivers, before - set(self._targets))
        ending = {*self._dispatching, *self._under_way.values()}
        self._keep(new.dispatcher.run(), self._dispatching)
        self._keep(_retire(old, new, ending), self._beside)
        new.log.info(
            "reloaded",
            documents=len(self._targets),
            added=len(set(self._targets) - before),
            removed=len(before - set(self._targets)),
            rules=len(settings.rules),
            channels=len(settings.channels),
        )

    def _marks(self) -> Iterable[Mark]:
        yield Mark("beat", self._beat_at, BEAT_PATIENCE_SECONDS)
        patience = _longest_check_seconds(self._app.settings)
        yield Mark("checks", self._check_at, patience, idle=not self._under_way)
        yield from self._app.dispatcher.marks

    async def _status(self) -> str:
        app = self._app
        failing, depth = await app.worker(lambda: agenda.standing(app.database))
        paused = len(app.settings.targets) - len(self._targets)
        told = in_words(len(self._targets), paused, failing, depth)
        return f"{told}; the last reload failed: {self._reload_problem}" if self._reload_problem else told

    def _sweep_seconds(self) -> float:
        shortest = min((target.fresh_within for target in self._targets.values()), default=SWEEP_SECONDS)
        return min(SWEEP_SECONDS, max(BEAT_SECONDS, shortest / 4))

    async def _sweep(self, began: float) -> None:
        """Tell of documents that went unseen too long, until cancelled; we run since `began` (monotonic)."""
        while True:
            await asyncio.sleep(self._sweep_seconds())
            app, targets, now = self._app, list(self._targets.values()), _now()
            overdue = [
                target
                for target in targets
                if overdue_seconds(self._due[target.key], now, began) >= target.fresh_within
            ]
            sweep = partial(
                agenda.tell_unseen, app.database, targets, overdue, app.pipeline.watch.audience, now.wall
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


def _longest_check_seconds(settings: Settings) -> float:
    """No check under way takes longer: each may wait for all others to talk to the same host."""
    fetch = settings.fetch
    addresses = max((len(target.urls) for target in settings.targets), default=1)
    hops = 2 * (fetch.max_redirects + 1)  # the page, and robots.txt before it
    parts = 3 if any(target.browser for target in settings.targets) else 2  # its scripts, after it came
    one_try = parts * fetch.total_seconds + hops * fetch.host_delay_seconds + LONGEST_PAUSE_SECONDS
    return CHECKS_AT_ONCE * addresses * ((fetch.retries + 1) * one_try + READING_SECONDS)


async def _retire(old: App, new: App, ending: set[asyncio.Task[None]]) -> None:
    """Once what was begun under the old settings has ended, close what only they needed."""
    if ending:
        await asyncio.wait(ending)
    if old.fetcher is not new.fetcher:
        await old.fetcher.aclose()
    await new.dispatcher.give_up_unreachable()


def _in_one_line(error: Exception) -> str:
    if not isinstance(error, PolicywatchError | StorageError):
        return f"this is a fault in policywatch: {type(error).__name__}: {error}"
    return "; ".join(str(error).splitlines())


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
    if not waiting:
        return
    _, late = await asyncio.wait(waiting, timeout=STOP_SECONDS)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
