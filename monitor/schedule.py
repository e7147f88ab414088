"""Wakes the daemon at a steady beat; the only home of APScheduler.

What is due follows from our own table (`monitor.cadence`). APScheduler plans by the wall clock, so after the
clock is set back it would sleep until it has caught up: a monotonic guard moves its next beat up.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

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
        IntervalTrigger(seconds=seconds),
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


def _as_coroutine(work: Callable[[], None]) -> Callable[[], Any]:
    """APScheduler runs a plain function in a thread, a coroutine in the loop."""

    async def run() -> None:
        work()

    return run
