"""The one thread in which everything that waits for the database runs, in the order asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

Result = TypeVar("Result")


class InThread(Protocol):
    """Runs `work` elsewhere and waits for it without holding up the event loop."""

    async def __call__(self, work: Callable[[], Result]) -> Result: ...


class DatabaseThread:
    """An `InThread` over one thread: SQLite has one writer, and a queue is fairer than a lock."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")

    async def __call__(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def close(self) -> None:
        self._executor.shutdown(wait=True)
