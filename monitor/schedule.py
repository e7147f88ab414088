"""Wakes the daemon at a steady beat; the only home of APScheduler.

What is due follows from our own table (`monitor.cadence`). APScheduler plans by the wall clock. After that is
set back it would sleep until it has caught up: a monotonic guard moves its next beat up. After that is set on
by a month it would count the beats in between for minutes: our trigger knows no beat but the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

LATE_AFTER_BEATS = 3
"""Beats missed on the monotonic clock before the guard steps in."""


@asynccontextmanager
async def beat(seconds: float, wake: Callable[[], Any]) -> AsyncIterator[None]:
    """Call `wake` in the running event loop every `seconds` while the block runs; missed beats are one beat."""
    loop = asyncio.get_running_loop()
    last = loop.time()

    def on_beat() -> None:
        nonlocal last
        last = loop.time()
        wake()

    async def guard() -> None:
        while True:
            await asyncio.sleep(seconds)
            if loop.time() - last > LATE_AFTER_BEATS * seconds:
                job.modify(next_run_time=datetime.now(UTC))

    scheduler = AsyncIOScheduler(timezone="UTC", event_loop=loop)
    job = scheduler.add_job(
        _as_coroutine(on_beat),
        _FromNow(seconds),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    scheduler.start()
    guarding = asyncio.create_task(guard())
    try:
        yield
    finally:
        guarding.cancel()
        with suppress(asyncio.CancelledError):
            await guarding
        scheduler.shutdown(wait=False)


class _FromNow(BaseTrigger):  # type: ignore[misc] # APScheduler publishes no types
    """The next beat is one interval from now, whenever the last one was to be."""

    def __init__(self, seconds: float) -> None:
        self._interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        return now + self._interval


def _as_coroutine(work: Callable[[], None]) -> Callable[[], Any]:
    """APScheduler runs a plain function in a thread, a coroutine in the loop."""

    async def run() -> None:
        work()

    return run
