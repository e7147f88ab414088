"""Tells people, from memory, that the database cannot be written, and when it can be again.

An alert is stored before it is sent. Where nothing can be stored, the one thing that must still get out is
that: straight to every recipient of every channel, once, and once more when all that failed has worked again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from monitor.alerting import Audience, Planned, plan_storage
from monitor.log import Log
from monitor.messages import render, render_plainly
from monitor.messages.model import Envelope, Notice, StorageNotice
from monitor.retry import retry_delay
from notifiers.base import DeliveryError, Message, Notifier
from storage.records import Severity

PAUSE_SECONDS = 3600.0
"""How long after one trouble and its end the next waits: a fault that comes and goes is told hourly."""


@dataclass(frozen=True, slots=True)
class Receivers:
    """Whom to tell, and how; `timezone` is the one in which they read times, `public_url` the browser's."""

    notifiers: Mapping[str, Notifier]
    audience: Audience
    timezone: str
    public_url: str = ""


@dataclass(frozen=True, slots=True)
class _Trouble:
    since: datetime
    error: str
    until: datetime | None = None


class StorageAlarm:
    """Knows what could not be written; `run` tells it. Belongs to one event loop."""

    def __init__(
        self,
        receivers: Receivers,
        *,
        database: Path,
        clock: Callable[[], datetime],
        log: Log,
        pause_seconds: float = PAUSE_SECONDS,
    ) -> None:
        self._receivers = receivers
        self._database = database
        self._clock = clock
        self._log = log
        self._pause_seconds = pause_seconds
        self._failing: set[str] = set()
        self._trouble: _Trouble | None = None
        self._telling: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._broken, self._whole, self._renewed = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._whole.set()

    def failed(self, what: str, error: str) -> None:
        """The database refused `what`: the check of a document, the end of a delivery."""
        if what not in self._failing:
            self._log.error("storage_failed", what=what, error=error)
        if not self._failing:
            self._trouble = _Trouble(self._clock(), error)
            self._whole.clear()
            self._broken.set()
        self._failing.add(what)

    def worked(self, what: str) -> None:
        """The database took `what`; the trouble has ended when it took everything that it had refused."""
        if what not in self._failing:
            return
        self._failing.discard(what)
        if not self._failing and self._trouble is not None:
            self._trouble = replace(self._trouble, until=self._clock())
            self._log.info("storage_recovered", since=self._trouble.since.isoformat(timespec="seconds"))
            self._broken.clear()
            self._whole.set()

    def renew(self, receivers: Receivers, dropped: Iterable[str]) -> None:
        """Tell these from now on, and wait no more for the documents that were `dropped`."""
        gone = self._receivers.notifiers.keys() - receivers.notifiers.keys()
        self._receivers = receivers
        for each in self._telling.keys() - self._everybody():
            self._telling.pop(each).cancel()
        self._renewed.set()
        for what in [*dropped, *map(outbox_of, gone)]:
            self.worked(what)

    async def run(self) -> None:
        """Tell until cancelled; each recipient on its own, so that one broken channel holds up no other."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._renewed.clear()
                for each in self._everybody() - self._telling.keys():
                    self._telling[each] = group.create_task(self._keep_informed(*each))
                await self._renewed.wait()

    async def _keep_informed(self, channel: str, recipient: str) -> None:
        while True:
            await self._broken.wait()
            if await self._tell(channel, recipient, while_true=self._broken):
                await self._whole.wait()
                await self._tell(channel, recipient, while_true=self._whole)
            await asyncio.sleep(self._pause_seconds)

    async def _tell(self, channel: str, recipient: str, *, while_true: asyncio.Event) -> bool:
        """Send what is to be told now, again and again while it is true; returns whether it was accepted."""
        message = self._message(channel, recipient)
        attempts = 0
        while while_true.is_set():
            attempts += 1
            try:
                await self._receivers.notifiers[channel].send(message, recipient)
            except Exception as error:  # noqa: BLE001 (a fault in a notifier must not silence the others)
                known = error if isinstance(error, DeliveryError) else None
                reason = known.reason if known else type(error).__name__
                self._log.warning("storage_notice_failed", channel=channel, recipient=recipient, error=reason)
                if known is not None and not known.transient:
                    return False
                await asyncio.sleep(retry_delay(attempts, known.retry_after if known else None, 0.0))
            else:
                self._log.info("storage_notice_sent", channel=channel, recipient=recipient)
                return True
        return False

    def _message(self, channel: str, recipient: str) -> Message:
        trouble = self._trouble
        if trouble is None:
            raise ValueError("there is nothing to tell")
        at = trouble.until or trouble.since
        (delivery,) = (
            planned
            for planned in self._planned(at)
            if (planned.channel, planned.recipient) == (channel, recipient)
        )
        return _rendered(self._notice(trouble, at), _envelope(delivery, at, self._receivers.timezone))

    def _everybody(self) -> set[tuple[str, str]]:
        return {(each.channel, each.recipient) for each in self._planned(self._clock())}

    def _planned(self, at: datetime) -> Sequence[Planned]:
        return plan_storage(at, self._receivers.audience)

    def _notice(self, trouble: _Trouble, at: datetime) -> StorageNotice:
        state = "can be written again" if trouble.until else "cannot be written"
        return StorageNotice(
            severity=Severity.INFO if trouble.until else Severity.HIGH,
            title=f"The database of policywatch {state} – {at.date().isoformat()}",
            database=str(self._database),
            error=trouble.error,
            since=trouble.since,
            until=trouble.until,
        )


def outbox_of(channel: str) -> str:
    """How a channel's outbox is named among what may fail."""
    return f"outbox of {channel}"


def _envelope(delivery: Planned, at: datetime, timezone: str) -> Envelope:
    return Envelope(delivery.message_id, delivery.channel, delivery.recipient, at, timezone)


def _rendered(notice: Notice, envelope: Envelope) -> Message:
    try:
        return render(notice, envelope)
    except Exception:  # noqa: BLE001 (a disk that cannot be read may not even give us the template)
        return render_plainly(notice, envelope)
