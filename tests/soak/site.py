"""The sites of a long run: one page on each of many loopback addresses, told what to say and how to fail."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import socket
import struct
import threading
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

from tests.servers.http import response
from tests.servers.ports import free_port
from tests.soak.answers import BEFORE_ANY_ANSWER, DRIPS, ENDLESS, FAULTY, HEAD_WITHOUT_LENGTH, RESET, SILENT
from tests.soak.ledger import UNMODIFIED, WHOLE, Answered, Ledger, Said
from tests.soak.model import Plan, Watched
from tests.soak.texts import html

PATH = "/privacy"
_PATIENCE_SECONDS = 30.0


class Sites:
    """Serves every document of a plan; `say` and `fail` may be called from any thread."""

    def __init__(self, plan: Plan, ledger: Ledger) -> None:
        self._plan = plan
        self._ledger = ledger
        self._documents = plan.setting.watched
        self._revisions = [0] * len(self._documents)
        self._faults: list[str | None] = [None] * len(self._documents)
        self._listeners: dict[int, asyncio.Server] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.port = free_port()

    def url(self, document: Watched) -> str:
        return f"http://{document.address}:{self.port}{PATH}"

    def say(self, document: int, revision: int) -> None:
        self._revisions[document] = revision
        self._ledger.said.append(Said(time.time(), document, revision))

    def fail(self, document: int, kind: str | None) -> None:
        """The page fails in this way from now on, or no more."""
        self._faults[document] = kind
        self._run(self._listen(document, accept=kind != "refused"))

    def __enter__(self) -> Self:
        self._thread.start()
        for document in self._documents:
            self._run(self._listen(document.number, accept=True))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE_SECONDS)
        self._loop.close()

    def _run(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE_SECONDS)

    async def _listen(self, number: int, *, accept: bool) -> None:
        listener = self._listeners.get(number)
        if accept and listener is None:
            address = self._documents[number].address
            self._listeners[number] = await asyncio.start_server(self._served(number), address, self.port)
        if not accept and listener is not None:
            listener.close()
            del self._listeners[number]

    async def _close(self) -> None:
        for listener in self._listeners.values():
            listener.close()
        here = asyncio.current_task()
        talks = [task for task in asyncio.all_tasks() if task is not here]
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)

    def _served(self, number: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(
                OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.CancelledError
            ):
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                    await self._answer(number, head, reader, writer)
            writer.close()

        return serve

    async def _answer(
        self, number: int, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        fault, revision = self._faults[number], self._revisions[number]
        if f" {PATH} " not in head.partition("\r\n")[0] and fault not in BEFORE_ANY_ANSWER:
            await _send(writer, response(b"not found", status="404 Not Found"))
            return
        page = html(number, self._plan.notices[number], revision).encode()
        tag = f'"{hashlib.sha256(page).hexdigest()[:16]}"'
        if fault is not None:
            self._ledger.answered.append(Answered(time.time(), number, fault, revision))
            await _break(fault, page, reader, writer)
        elif number % 2 == 0 and f"if-none-match: {tag}" in head.lower():
            await _send(writer, response(status="304 Not Modified", headers={"ETag": tag}))
            self._ledger.answered.append(Answered(time.time(), number, UNMODIFIED, revision))
        else:
            await _send(writer, response(page, headers={"ETag": tag}))
            self._ledger.answered.append(Answered(time.time(), number, WHOLE, revision))


async def _break(fault: str, page: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if fault == SILENT:
        await reader.read()
    elif fault == RESET:
        await _send(writer, response(page)[: -len(page) // 2])
        _reset(writer)
    elif fault == DRIPS:
        for byte in response(page):
            await _send(writer, bytes((byte,)))
            await asyncio.sleep(0.3)
    elif fault == ENDLESS:
        await _send(writer, HEAD_WITHOUT_LENGTH)
        while True:
            await _send(writer, page)
    else:
        await _send(writer, FAULTY[fault](page))


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN."""
    stream = writer.get_extra_info("socket")
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
