"""Runs checks side by side, each within its time; one that fails or hangs is a row, and stops no other."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from monitor.doctor.model import Diagnosis, Result

Probe = Callable[[], Awaitable[Diagnosis | None]]
"""Finds out one thing; None where there is nothing to ask."""


@dataclass(frozen=True, slots=True)
class Check:
    """A probe with its name and its time in seconds."""

    name: str
    seconds: float
    probe: Probe


async def examine(checks: Iterable[Check]) -> list[Diagnosis]:
    """What the checks say, in their order."""
    found = await asyncio.gather(*map(_examined, checks))
    return [diagnosis for diagnosis in found if diagnosis is not None]


def in_thread(work: Callable[[], Diagnosis | None]) -> Probe:
    """A probe out of what waits for a disk; a thread that never comes back does not keep the program alive."""

    async def probe() -> Diagnosis | None:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Diagnosis | None] = loop.create_future()

        def finish(found: Diagnosis | None, error: Exception | None) -> None:
            if done.done():
                return
            if error is None:
                done.set_result(found)
            else:
                done.set_exception(error)

        def run() -> None:
            found, error = None, None
            try:
                found = work()
            except Exception as caught:  # noqa: BLE001 (it becomes the row of this check)
                error = caught
            if not loop.is_closed():
                loop.call_soon_threadsafe(finish, found, error)

        threading.Thread(target=run, daemon=True).start()
        return await done

    return probe


async def _examined(check: Check) -> Diagnosis | None:
    try:
        async with asyncio.timeout(check.seconds):
            return await check.probe()
    except TimeoutError:
        found = f"no answer within {check.seconds:g} seconds"
        return Diagnosis(check.name, Result.ERROR, found, "what it asks hangs: see what this machine waits for")
    except Exception as error:  # noqa: BLE001 (every check has its row, whatever happens to it)
        return Diagnosis(check.name, Result.ERROR, f"could not be found out: {error}")
