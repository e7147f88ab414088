"""Tells the service manager that we live, while every part gets on, and in words how things stand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from monitor.log import Log
from monitor.progress import Mark, stuck
from monitor.systemd import ServiceManager
from storage.deliveries import OutboxDepth
from storage.errors import StorageError

STATUS_SECONDS = 2.0


async def feed_watchdog(manager: ServiceManager, marks: Callable[[], Iterable[Mark]], log: Log) -> None:
    """Say that we live at half the time that the manager waits for it (sd_watchdog_enabled(3)), or be silent.

    It runs in the event loop that everything else runs in, so that a blocked loop is silent as well.
    """
    if manager.watchdog_seconds is None:
        return
    while True:
        parts = stuck(marks(), asyncio.get_running_loop().time())
        if parts:
            log.error("watchdog_not_fed", stuck=", ".join(parts))
        else:
            manager.alive()
        await asyncio.sleep(manager.watchdog_seconds / 2)


async def keep_status(manager: ServiceManager, status: Callable[[], Awaitable[str]]) -> None:
    """Say how things stand whenever that has changed."""
    told = ""
    while manager.listens:
        try:
            text = await status()
        except StorageError as error:
            text = f"The database does not answer: {error}"
        if text != told:
            manager.status(text)
            told = text
        await asyncio.sleep(STATUS_SECONDS)


def in_words(documents: int, paused: int, failing: int, outbox: OutboxDepth) -> str:
    """How things stand, in one line for people."""
    watched = f"Watching {_count(documents, 'document')}"
    told = [f"{paused} paused"] if paused else []
    told += [f"{failing} cannot be read"] if failing else []
    if told:
        watched += f" ({', '.join(told)})"
    waiting = (
        f"{_count(outbox.open, 'delivery', 'deliveries')} waiting" if outbox.open else "nothing to deliver"
    )
    dead = f", {outbox.dead} given up" if outbox.dead else ""
    return f"{watched}; {waiting}{dead}"


def _count(number: int, one: str, more: str = "") -> str:
    return f"{number} {one if number == 1 else more or one + 's'}"
