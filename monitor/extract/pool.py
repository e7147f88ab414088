"""Reads pages in a few worker processes, so that no page can take the daemon down."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from monitor.extract.failures import ExtractionFailed
from monitor.extract.model import Extraction, ExtractOptions, Link, Reading, Source
from monitor.extract.wire import (
    decode_answer,
    decode_links,
    decode_reading,
    encode_request,
    read_message,
    write_message,
)

DEADLINE = 30.0
"""Seconds of wall time for one page, including the start of a worker."""

_DEFAULT_OPTIONS = ExtractOptions()
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ")
_COMMAND = (sys.executable, "-P", "-m", "monitor.extract.worker")
_T = TypeVar("_T")
_SOURCES = Path(__file__).resolve().parent.parent.parent


class ExtractionPool:
    """`workers` processes, each started at its first page and replaced after a crash or a passed deadline.

    Workers are fresh interpreters with an environment of their own: nothing of the daemon's memory, secrets or
    open files reaches the process that parses hostile pages.
    """

    def __init__(self, workers: int = 2, deadline: float = DEADLINE) -> None:
        self._slots = [_Slot(deadline) for _ in range(workers)]
        self._free: SimpleQueue[_Slot] = SimpleQueue()
        for slot in self._slots:
            self._free.put(slot)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="extract")

    async def extract(self, source: Source, options: ExtractOptions = _DEFAULT_OPTIONS) -> Extraction:
        """As `monitor.extract.extract`, elsewhere; raises ExtractionRefused or ExtractionFailed."""
        return await self._run(partial(encode_request, source, options), decode_answer)

    def begin(self, source: Source, options: ExtractOptions = _DEFAULT_OPTIONS) -> Future[Extraction]:
        """As `extract`, for those who have no event loop."""
        return self._threads.submit(self._ask, partial(encode_request, source, options), decode_answer)

    async def explain(self, source: Source, options: ExtractOptions = _DEFAULT_OPTIONS) -> Reading:
        """As `monitor.extract.explain.explain`, elsewhere; raises ExtractionRefused or ExtractionFailed."""
        return await self._run(partial(encode_request, source, options, "explain"), decode_reading)

    async def links(self, source: Source) -> tuple[Link, ...]:
        """As `monitor.extract.explain.read_links`, elsewhere; raises ExtractionRefused or ExtractionFailed."""
        return await self._run(partial(encode_request, source, _DEFAULT_OPTIONS, "links"), decode_links)

    def close(self) -> None:
        """End all workers at once; pages that are being read fail as crashed."""
        for slot in self._slots:
            slot.close()
        self._threads.shutdown(cancel_futures=True)

    async def _run(self, encode: Callable[[], bytes], decode: Callable[[bytes], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, encode, decode)

    def _ask(self, encode: Callable[[], bytes], decode: Callable[[bytes], _T]) -> _T:
        slot = self._free.get()
        try:
            return slot.ask(encode(), decode)
        finally:
            self._free.put(slot)


class _Slot:
    """At most one worker process at a time, used by one thread at a time."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._lock = threading.Lock()

    def ask(self, request: bytes, decode: Callable[[bytes], _T]) -> _T:
        """The worker's answer to `request`, read by `decode`."""
        process = self._started()
        late = threading.Event()
        timer = threading.Timer(self._deadline, _kill_late, (process, late))
        timer.start()
        try:
            answer = _ask(process, request)
        finally:
            timer.cancel()
        if answer is None or late.is_set():
            raise self._failure(process, late=late.is_set())
        try:
            return decode(answer)
        except ExtractionFailed:
            _end(process)  # a worker that ran out of memory is on its way out
            raise

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._process is not None:
                _end(self._process)

    def _started(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._closed:
                raise ExtractionFailed("crashed", "the extraction pool is closed")
            if self._process is None or self._process.poll() is not None:
                if self._process is not None:
                    _end(self._process)
                self._process = _start()
            return self._process

    def _failure(self, process: subprocess.Popen[bytes], *, late: bool) -> ExtractionFailed:
        _end(process)
        if late or process.returncode == -signal.SIGXCPU:
            return ExtractionFailed("timeout", f"the page could not be read within {self._deadline:g} seconds")
        return ExtractionFailed(
            "crashed", f"the worker that read the page ended with status {process.returncode}"
        )


def _kill_late(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def _start() -> subprocess.Popen[bytes]:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        _COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**kept, "PYTHONPATH": os.pathsep.join([str(_SOURCES), *filter(os.path.isabs, sys.path)])},
        cwd="/",
    )


def _ask(process: subprocess.Popen[bytes], request: bytes) -> bytes | None:
    """The worker's answer, or None where it died first."""
    if process.stdin is None or process.stdout is None:
        return None
    try:
        write_message(process.stdin, request)  # type: ignore[arg-type]
        return read_message(process.stdout)  # type: ignore[arg-type]
    except (OSError, ValueError):
        return None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill and reap; a thread that reads from the process then sees the end of its answers."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
