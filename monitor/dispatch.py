"""Empties the outbox: claims a delivery, renders it, sends it, records the end; at least once.

Each channel has its own workers, so that a slow or broken one holds up nobody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from monitor import notices, outbox
from monitor.alerting import Audience, is_told_of
from monitor.log import Log
from monitor.messages import render, render_plainly
from monitor.messages.model import DocumentLabel, Envelope, GroupNotice, Notice
from monitor.messages.report import narrowed
from monitor.metrics import Metrics
from monitor.progress import Mark
from monitor.retry import gives_up, retry_delay
from monitor.storage_alarm import StorageAlarm, outbox_of
from monitor.thread import InThread
from notifiers.base import DeliveryError, Message, Notifier
from storage.database import Database
from storage.errors import StorageError
from storage.records import Delivery

POLL_SECONDS = 2.0
"""How soon an idle worker sees what another process put into the outbox."""

PATIENCE_SECONDS = 900.0
"""No delivery keeps its worker for longer: a mail has a minute, a webhook at most the ten of `fetch`."""


@dataclass(frozen=True, slots=True)
class ChannelWorkers:
    """A channel's notifier and how many of its recipients may be served at a time."""

    notifier: Notifier
    at_once: int = 1


class Dispatcher:
    """Delivers what is due until cancelled; `clock` tells the time in UTC, `jitter` a number from 0 to 1."""

    def __init__(  # noqa: PLR0913 (everything that comes from outside)
        self,
        database: Database,
        channels: Mapping[str, ChannelWorkers],
        audience: Audience,
        *,
        timezone: str,
        public_url: str = "",
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
        in_thread: InThread,
        storage_alarm: StorageAlarm,
        log: Log,
        metrics: Metrics,
    ) -> None:
        self._database = database
        self._channels = channels
        self._audience = audience
        self._timezone = timezone
        self._public_url = public_url
        self._clock = clock
        self._jitter = jitter
        self._in_thread = in_thread
        self._storage_alarm = storage_alarm
        self._log = log
        self._metrics = metrics
        self._closing = False
        self._wake = {name: asyncio.Event() for name in channels}
        self._busy: dict[str, set[str]] = {name: set() for name in channels}
        self._claiming = {name: asyncio.Lock() for name in channels}
        self._steps: dict[asyncio.Task[Any], Mark] = {}

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The latest step of every worker."""
        return tuple(self._steps.values())

    def wake(self) -> None:
        """Something new may be in the outbox."""
        for event in self._wake.values():
            event.set()

    def close(self) -> None:
        """Finish what is being sent, begin nothing more; `run` returns then."""
        self._closing = True
        self.wake()

    async def run(self) -> None:
        """Work until `close` is called."""
        await self.give_up_unreachable()
        async with asyncio.TaskGroup() as group:
            for name, workers in self._channels.items():
                for _ in range(workers.at_once):
                    group.create_task(self._work(name)).add_done_callback(self._forget)

    def _forget(self, worker: asyncio.Task[Any]) -> None:
        """A worker has ended; one that was told to close before it began took no step."""
        self._steps.pop(worker, None)

    async def drain(self, *, patient: bool = False) -> None:
        """Try everything that is due now once over, then return; unless `patient`, nothing waits for more."""
        await self.give_up_unreachable()
        tried = True
        while tried:  # a delivery given up on one channel is told over another, which may have been emptied
            tried = False
            for name in self._channels:
                while await self._deliver_next(name, patient=patient):
                    tried = True

    async def give_up_unreachable(self) -> None:
        """Report what waits for channels that the configuration no longer has."""
        given_up = await self._in_thread(
            lambda: outbox.give_up_unreachable(self._database, self._channels, self._audience, self._clock())
        )
        for delivery in given_up:
            self._log.error("delivery_dead", **_about(delivery), error="the channel is no longer configured")

    async def _work(self, channel: str) -> None:
        wake = self._wake[channel]
        while not self._closing:
            self._step(channel)
            wake.clear()  # before looking: whatever comes up meanwhile sets it again
            if await self._deliver_next(channel):
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await wake.wait()

    async def _deliver_next(self, channel: str, *, patient: bool = True) -> bool:
        delivery = await self._claim(channel, patient=patient)
        if delivery is None:
            return False
        try:
            await self._deliver(delivery)
        finally:
            self._busy[channel].discard(delivery.recipient)
        return True

    async def _claim(self, channel: str, *, patient: bool) -> Delivery | None:
        """The next delivery of a channel; its recipient is busy from here on."""
        busy = self._busy[channel]
        async with self._claiming[channel]:
            now = self._clock()
            try:
                delivery = await self._in_thread(
                    lambda: outbox.claim(self._database, channel, now, busy=busy, patient=patient)
                )
            except StorageError as error:
                self._storage_alarm.failed(outbox_of(channel), str(error))
                return None
            self._storage_alarm.worked(outbox_of(channel))
            if delivery is not None:
                busy.add(delivery.recipient)
            return delivery

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            notice, envelope = await self._in_thread(lambda: self._load(delivery))
            message = self._render(notice, envelope, delivery)
            self._metrics.tried(delivery.channel)
            receipt = await self._channels[delivery.channel].notifier.send(message, delivery.recipient)
        except DeliveryError as error:
            await self._failed(delivery, error)
        except Exception as error:  # noqa: BLE001 (one message or notifier at fault must not stop the others)
            reason = f"{type(error).__name__} while sending; this is a fault in policywatch"
            await self._failed(delivery, DeliveryError(reason, transient=True))
        else:
            await self._note(
                delivery, lambda: outbox.sent(self._database, delivery, self._audience, self._clock(), receipt)
            )
            self._log.info("delivery_sent", **_about(delivery))

    async def _note(self, delivery: Delivery, work: Callable[[], None]) -> None:
        """Write down how a try ended, however long the database refuses: else a second copy would go out."""
        what = f"delivery {delivery.id}"
        while True:
            try:
                await self._in_thread(work)
            except StorageError as error:
                self._storage_alarm.failed(what, str(error))
                self._step(delivery.channel)
                await asyncio.sleep(POLL_SECONDS)
            else:
                return self._storage_alarm.worked(what)

    def _step(self, channel: str) -> None:
        """The worker of a channel gets on."""
        worker = asyncio.current_task()
        if worker is not None:
            mark = Mark(f"channel {channel}", asyncio.get_running_loop().time(), PATIENCE_SECONDS)
            self._steps[worker] = mark

    def _load(self, delivery: Delivery) -> tuple[Notice | GroupNotice, Envelope]:
        """What is to be told; the routes are those that lead there now, a reminder may go elsewhere."""
        return notices.load_delivery(self._database, delivery), Envelope(
            message_id=delivery.message_id,
            channel=delivery.channel,
            recipient=delivery.recipient,
            created_at=delivery.due_at,
            timezone=self._timezone,
            reminder=delivery.reminder,
            public_url=self._public_url,
            routes=notices.routes_to(self._database, delivery, self._audience),
            earlier=notices.earlier(self._database, delivery),
        )

    def _render(self, notice: Notice | GroupNotice, envelope: Envelope, delivery: Delivery) -> Message:
        try:
            if isinstance(notice, GroupNotice) and notice.report is not None:
                notice = replace(notice, report=narrowed(notice.report, partial(self._may_know, delivery)))
            return render(notice, envelope)
        except Exception as error:  # noqa: BLE001 (whatever a page's text did to the layout, its news goes out)
            self._metrics.rendered_plainly()
            self._log.error("render_failed", alert=delivery.alert_id, error=type(error).__name__)
            return render_plainly(notice, envelope)

    def _may_know(self, delivery: Delivery, document: DocumentLabel) -> bool:
        """Whether a report tells the recipient of a document: some route would."""
        return is_told_of(document, self._audience, (delivery.channel, delivery.recipient))

    async def _failed(self, delivery: Delivery, error: DeliveryError) -> None:
        now = self._clock()
        self._metrics.failed(delivery.channel, channel_wide=error.channel_wide)
        if not error.transient or gives_up(delivery.due_at, now, delivery.attempts):
            await self._note(
                delivery, lambda: outbox.dead(self._database, delivery, error.reason, self._audience, now)
            )
            self._log.error("delivery_dead", **_about(delivery), error=error.reason)
            self.wake()
            return
        delay = retry_delay(delivery.attempts, error.retry_after, self._jitter())
        until = now + timedelta(seconds=delay)
        await self._note(
            delivery,
            lambda: outbox.retry(
                self._database, delivery, error.reason, until, now, whole_channel=error.channel_wide
            ),
        )
        self._log.warning(
            "delivery_retry",
            **_about(delivery),
            attempt=delivery.attempts,
            retry_in_seconds=round(delay),
            error=error.reason,
        )


def _about(delivery: Delivery) -> dict[str, str | int]:
    return {"channel": delivery.channel, "recipient": delivery.recipient, "alert": delivery.alert_id}
