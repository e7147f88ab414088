"""The daemon: on every beat it starts the checks that are due, while the dispatcher empties the outbox."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from monitor import agenda, attention, outbox
from monitor.app import CHECKS_AT_ONCE, App, renewed, running, utc_now
from monitor.cadence import Due, Moment, overdue_seconds, reschedule_failed, resume
from monitor.config import Settings, Target
from monitor.dead_man import DeadMan
from monitor.due import DueQueue
from monitor.ending import STOPS, end_undisturbed, leave_at_last
from monitor.errors import PolicywatchError
from monitor.heartbeat import feed_watchdog, in_words, keep_status
from monitor.lock import only_one
from monitor.log import Log
from monitor.looks import STORAGE, Report
from monitor.progress import Mark
from monitor.schedule import beat
from monitor.systemd import ServiceManager
from monitor.upkeep import Upkeep
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

LEAVE_SECONDS = STOP_SECONDS + 1.0
"""How long a stop takes at most, whatever still waits for a disk, another writer or a name server."""

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

        def end() -> None:
            end_undisturbed(loop)
            leave_at_last(LEAVE_SECONDS, code=0)
            stop.set()

        for number in STOPS:
            loop.add_signal_handler(number, end)
        loop.add_signal_handler(signal.SIGHUP, reload.set)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
        async with running(settings, database, log) as app:
            try:
                await Daemon(app, reread, manager).run(stop, reload)
            except Exception:
                leave_at_last(LEAVE_SECONDS, code=PolicywatchError.exit_code)
                raise


class Daemon:
    """What is due, what is under way. All its state can be rebuilt from the database."""

    def __init__(self, app: App, reread: Reread, manager: ServiceManager) -> None:
        self._app = app
        self._reread = reread
        self._manager = manager
        self._targets: dict[str, Target] = {}
        self._due: dict[str, Due] = {}
        self._queue = DueQueue(CHECKS_OF_ONE_HOST)
        self._stopping = False
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._dispatching: set[asyncio.Task[None]] = set()
        self._beside: set[asyncio.Task[None]] = set()
        self._failed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._reload_problem = ""
        self._upkeep = Upkeep(
            app.database, app.worker, app.metrics, app.log, utc_now,
            keep=lambda: self._app.settings.storage.keep,
        )  # fmt: skip
        self._beat_at = self._check_at = time.monotonic()

    async def run(self, stop: asyncio.Event, reload: asyncio.Event) -> None:
        """Watch until `stop` is set, then end what is under way within `STOP_SECONDS`."""
        app = self._app
        taken_back = await app.worker(lambda: outbox.take_back(app.database))
        await self._watch(app)
        app.log.info("started", documents=len(self._targets), deliveries_taken_back=taken_back)
        self._keep(app.dispatcher.run(), self._dispatching)
        self._keep(app.storage_alarm.run(), self._beside)
        self._keep(self._reload_whenever(reload), self._beside)
        self._keep(self._sweep(time.monotonic()), self._beside)
        self._keep(keep_status(self._manager, self._status), self._beside)
        self._keep(self._upkeep.run(), self._beside)
        self._keep(self._dead_man(time.monotonic()).run(), self._beside)
        stopping: asyncio.Future[Any] = asyncio.create_task(stop.wait())
        self._beat_at = time.monotonic()
        async with beat(BEAT_SECONDS, self._on_beat):
            self._manager.ready()
            self._keep(feed_watchdog(self._manager, self._marks, app.log), self._beside)
            await asyncio.wait([stopping, self._failed], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        await self._stop()

    async def _stop(self) -> None:
        app = self._app
        self._stopping = True
        self._manager.stopping()
        app.log.info("stopping", checks=len(self._under_way))
        app.dispatcher.close()
        for task in self._beside:
            task.cancel()
        await _end({*self._beside, *self._dispatching, *self._under_way.values()})
        await self._upkeep.end(in_order=not self._failed.done())
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

    def _on_beat(self) -> None:
        self._beat_at = time.monotonic()
        self._start_due()

    def _start_due(self) -> None:
        """Start what is due, the longest overdue first, and of one host but few: a slow one holds up itself."""
        now = _now()
        while len(self._under_way) < CHECKS_AT_ONCE and not self._stopping:
            key = self._queue.take(now)
            if key is None:
                return
            self._check_at = now.monotonic
            self._under_way[key] = asyncio.create_task(self._check(self._targets[key]))

    async def _check(self, target: Target) -> None:
        app, began = self._app, time.monotonic()
        appointment = agenda.Appointment(target, app.pipeline.watch.audience, _now, random.random())
        try:
            report = await app.pipeline.check(target, appointment)
            app.metrics.checked(report.outcome.value, time.monotonic() - began)
            tell(app.log, report)
            self._app.dispatcher.wake()
            if report.error_class == STORAGE:
                self._app.storage_alarm.failed(target.key, report.reason)
            else:
                self._app.storage_alarm.worked(target.key)
        except Exception as error:  # noqa: BLE001 (one document's fault must not stop the others)
            app.metrics.checked("crashed", time.monotonic() - began)
            appointment.due = reschedule_failed(target.cadence, _now(), 1, None, 0.0)
            if isinstance(error, StorageError):  # not even the failure could be written
                self._app.storage_alarm.failed(target.key, str(error))
            else:
                app.log.error("check_crashed", document=target.key, error=f"{type(error).__name__}: {error}")
        finally:
            del self._under_way[target.key]
            self._queue.done(_host(target))
            self._check_at = time.monotonic()
        if appointment.due is not None:
            self._wait_for(target, appointment.due)
        self._start_due()  # rather than at the next beat: many short checks would wait for that

    def _wait_for(self, checked: Target, due: Due) -> None:
        """The document's next look, unless a reload took it away; by another cadence if it changed that."""
        target = self._targets.get(checked.key)
        if target is None:
            return
        if target.cadence != checked.cadence:
            due = resume(target.cadence, due.wall, _now(), random.random())
        self._due[target.key] = due
        self._queue.put(target.key, _host(target), due)

    async def _watch(self, app: App) -> None:
        """Watch what the settings of `app` say; a document that was watched so before is due when it was."""
        targets = [target for target in app.settings.targets if not target.paused]
        audience = app.pipeline.watch.audience
        begun = await app.worker(lambda: agenda.begin(app.database, targets, audience, _now(), random.random))
        kept = {
            target.key: self._due[target.key]
            for target in targets
            if target.key in self._targets and target.cadence == self._targets[target.key].cadence
        }
        self._due = begun | kept
        self._targets = {target.key: target for target in targets}
        self._queue.clear()
        for target in targets:
            if target.key not in self._under_way:
                self._queue.put(target.key, _host(target), self._due[target.key])

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
            self._app.metrics.reloaded(successful=not self._reload_problem)
            self._manager.ready()

    async def _take_over(self, settings: Settings) -> None:
        """Go on under other settings; checks and deliveries under way end under those they began with."""
        old = self._app
        new = await asyncio.to_thread(renewed, old, settings)
        before = set(self._targets)
        await self._watch(new)
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
        failing, depth = await app.worker(lambda: agenda.standing(app.database, utc_now()))
        paused = len(app.settings.targets) - len(self._targets)
        told = in_words(len(self._targets), paused, failing, depth)
        return f"{told}; the last reload failed: {self._reload_problem}" if self._reload_problem else told

    def _dead_man(self, began: float) -> DeadMan:
        def overdue() -> list[str]:
            return [target.key for target in self._overdue(_now(), began)]

        return DeadMan(lambda: self._app, self._upkeep, self._marks, overdue)

    def _overdue(self, now: Moment, began: float) -> list[Target]:
        """What should have been looked at a whole limit ago, while we ran."""
        return [
            target
            for target in self._targets.values()
            if overdue_seconds(self._due[target.key], now, began) >= target.fresh_within
        ]

    def _sweep_seconds(self) -> float:
        shortest = min((target.fresh_within for target in self._targets.values()), default=SWEEP_SECONDS)
        return min(SWEEP_SECONDS, max(BEAT_SECONDS, shortest / 4))

    async def _sweep(self, began: float) -> None:
        """Tell of documents that went unseen too long, until cancelled; we run since `began` (monotonic).

        At once after a start as well: a daemon that is started again and again would never tell otherwise.
        """
        while True:
            app, targets, now = self._app, list(self._targets.values()), _now()
            overdue = self._overdue(now, began)
            sweep = partial(
                agenda.tell_unseen, app.database, targets, overdue, app.pipeline.watch.audience, now.wall
            )
            try:
                unseen = await app.worker(sweep)
            except StorageError as error:
                unseen = []
                app.log.error("freshness_unknown", error=str(error))
            for key in unseen:
                app.log.error("document_stale", document=key)
            if unseen:
                app.dispatcher.wake()
            await self._attend(app, now.wall)
            await asyncio.sleep(self._sweep_seconds())

    async def _attend(self, app: App, now: datetime) -> None:
        """Remind people, and tell of channels in trouble and silences that have ended."""
        turn = partial(attention.attend, app.database, app.pipeline.watch.audience, now)
        try:
            attended = await app.worker(turn)
        except StorageError as error:
            app.log.error("attention_failed", error=str(error))
            return
        for channel in attended.channels:
            app.log.error("channel_failing", channel=channel)
        for silence in attended.silences:
            app.log.info("silence_ended", silence=silence)
        if attended != attention.Attended():
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
