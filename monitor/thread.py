"""The one thread in which everything that waits for the database runs, in the order asked."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

Result = TypeVar("Result")

Transact = Callable[[], AbstractContextManager[Any]]
"""Opens a transaction, which is kept as a whole when the block ends."""


class InThread(Protocol):
    """Runs `work` elsewhere and waits for it without holding up the event loop."""

    async def __call__(self, work: Callable[[], Result]) -> Result: ...


class WritesTogether(InThread, Protocol):
    """An `InThread` in which writes that wait at the same time share one transaction."""

    async def write(self, transact: Transact, work: Callable[[Any], Result]) -> Result: ...


class DatabaseThread:
    """A `WritesTogether` over one thread: SQLite has one writer, and a queue is fairer than a lock."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")
        self._waiting: dict[Transact, list[_Write]] = {}
        self._lock = threading.Lock()

    async def __call__(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    async def write(self, transact: Transact, work: Callable[[Any], Result]) -> Result:
        """Do `work` in a transaction of `transact`, and return once that is kept.

        The transaction is shared with whatever else is to be written by the time the thread gets to it: one
        flush to the disk serves all. If one of them fails, each is done again alone, so that a fault stays with
        its own; `work` must bear being done twice. A transaction that cannot begin or be kept fails for all.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        with self._lock:
            waiting = self._waiting.setdefault(transact, [])
            waiting.append((work, future))
            is_first = len(waiting) == 1
        if is_first:
            ended = loop.run_in_executor(self._executor, self._write_all, transact)
            ended.add_done_callback(_tell)
        return await future

    def close(self) -> None:
        self._executor.shutdown(wait=True)

    def _write_all(self, transact: Transact) -> list[_Ended]:
        with self._lock:
            writes = self._waiting.pop(transact)  # whoever comes from here on waits for the next
        if len(writes) > 1:
            try:
                return _together(transact, writes)
            except _OneFailedError:
                pass
            except Exception as error:  # noqa: BLE001 (it is told to whoever asked)
                return [(future, None, error) for _, future in writes]
        return [_alone(transact, work, future) for work, future in writes]


_Write = tuple[Callable[[Any], Any], asyncio.Future[Any]]
_Ended = tuple[asyncio.Future[Any], Any, Exception | None]


class _OneFailedError(Exception):
    """One of several writes failed, so that none was kept."""


def _together(transact: Transact, writes: list[_Write]) -> list[_Ended]:
    with transact() as transaction:
        try:
            return [(future, work(transaction), None) for work, future in writes]
        except Exception as error:
            raise _OneFailedError from error


def _alone(transact: Transact, work: Callable[[Any], Any], future: asyncio.Future[Any]) -> _Ended:
    try:
        with transact() as transaction:
            result = work(transaction)
    except Exception as error:  # noqa: BLE001 (it is told to whoever asked)
        return future, None, error
    return future, result, None


def _tell(ended: asyncio.Future[list[_Ended]]) -> None:
    for future, result, error in ended.result():
        if future.done():
            continue  # whoever asked was cancelled
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
