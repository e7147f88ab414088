"""The only way out that the browser has: a proxy on loopback that connects to judged addresses alone.

The browser never resolves a name: it asks for a host, we resolve once, judge every answer and connect to an
address that was judged, by the same code as every other fetch. A name that leads elsewhere a moment later
(rebinding) is judged again at the next connection.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import secrets
from collections.abc import Awaitable, Callable, Collection, Iterator
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlsplit

import httpcore

from monitor.fetch.failures import FOREIGN, classify
from monitor.fetch.model import ErrorClass
from monitor.fetch.transport import GuardedBackend
from monitor.fetch.urls import clean

HEAD_BYTES = 64 * 1024
STEP = 64 * 1024
CONNECTIONS = 64
REFUSALS_NAMED = 20

_HOP_HEADERS = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authorization",
        b"proxy-connection",
        b"proxy-authenticate",
        b"upgrade",
    }
)
_NO_SUCH_DOOR = (
    b'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="policywatch"\r\n'
)
_REFUSED = b"HTTP/1.1 403 Forbidden\r\n"
_UNREACHABLE = b"HTTP/1.1 502 Bad Gateway\r\n"
_EMPTY = b"Content-Length: 0\r\nConnection: close\r\n\r\n"


class _Refused(Exception):
    """The request is none that we carry out; the argument says why."""


class _Head(NamedTuple):
    """The first line and the headers of a request or an answer."""

    line: bytes
    headers: list[tuple[bytes, bytes]]

    def value(self, name: bytes) -> bytes:
        return next((value for key, value in self.headers if key.lower() == name), b"")

    def without_hops(self, line: bytes) -> bytes:
        kept = [b"%s: %s\r\n" % header for header in self.headers if header[0].lower() not in _HOP_HEADERS]
        return b"".join([line, b"\r\n", *kept, b"Connection: close\r\n\r\n"])


class GuardingProxy:
    """An async context manager: listens on a port of 127.0.0.1 for whoever knows `password`, until it is left.

    `refused` names what was refused, as `host: why`; `exhausted` tells that more than `wire_bytes` came in.
    """

    def __init__(
        self, backend: GuardedBackend, *, ports: Collection[int], wire_bytes: int, connect_seconds: float = 15.0
    ) -> None:
        self._backend = backend
        self._ports = frozenset(ports)
        self._bytes_left = wire_bytes
        self._connect_seconds = connect_seconds
        self._free = asyncio.Semaphore(CONNECTIONS)
        self._open: set[asyncio.Task[None]] = set()
        self.password = secrets.token_urlsafe(24)
        self.refused: dict[str, None] = {}
        self.exhausted = False
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=HEAD_BYTES)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.close()
        for task in tuple(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
            task.add_done_callback(self._open.discard)
        try:
            async with self._free:
                await self._serve(reader, writer)
        except (OSError, ValueError, EOFError, asyncio.LimitOverrunError):
            pass  # the browser went away, or does not speak HTTP
        except asyncio.CancelledError:
            pass  # we are closing
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await _read_head(reader.readuntil)
        if not self._knows_password(head):
            writer.write(_NO_SUCH_DOOR + _EMPTY)
            await writer.drain()
            return
        target = ""
        try:
            method, host, port, path = _destination(head.line)
            target = host
            upstream = await self._connect(host, port)
        except _Refused as error:
            self._note(target, str(error))
            writer.write(_REFUSED + _EMPTY)
        except FOREIGN as error:
            failure = classify(error, body_begun=False)
            guarded = failure.error_class is ErrorClass.BLOCKED_ADDRESS
            if guarded:
                self._note(target, "its address is not public")
            writer.write((_REFUSED if guarded else _UNREACHABLE) + _EMPTY)
        else:
            try:
                await self._carry(head, method, path, reader, writer, upstream)
            finally:
                await upstream.aclose()
        with contextlib.suppress(OSError):
            await writer.drain()

    def _knows_password(self, head: _Head) -> bool:
        expected = b"Basic " + base64.b64encode(b"policywatch:" + self.password.encode())
        return secrets.compare_digest(head.value(b"proxy-authorization"), expected)

    def _note(self, host: str, why: str) -> None:
        if len(self.refused) < REFUSALS_NAMED:
            self.refused[f"{clean(host, 100)}: {why}"] = None

    async def _connect(self, host: str, port: int) -> httpcore.AsyncNetworkStream:
        if port not in self._ports:
            raise _Refused(f"port {port} is unusual")
        if self.exhausted:
            raise _Refused("the page had loaded too much")
        return await self._backend.connect_tcp(host, port, timeout=self._connect_seconds)

    async def _carry(
        self,
        head: _Head,
        method: bytes,
        path: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        upstream: httpcore.AsyncNetworkStream,
    ) -> None:
        async def answers() -> bytes:
            return await self._received(upstream)

        if method == b"CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            await upstream.write(head.without_hops(b"%s %s HTTP/1.1" % (method, path)))
            buffered = _Buffered(answers)
            answer = await _read_head(buffered.readuntil)
            # One request a connection: the next one may be for another host.
            writer.write(answer.without_hops(answer.line) + buffered.rest)
        up = asyncio.ensure_future(_pump(lambda: reader.read(STEP), upstream.write))
        try:
            await _pump(answers, lambda data: _write(writer, data))
        finally:
            up.cancel()
            await asyncio.gather(up, return_exceptions=True)

    async def _received(self, upstream: httpcore.AsyncNetworkStream) -> bytes:
        try:
            data = await upstream.read(STEP)
        except httpcore.NetworkError:
            return b""
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            self.exhausted = True
            return b""
        return data


class _Buffered:
    """Reads up to a separator from a source of chunks; what came behind it is the `rest`."""

    def __init__(self, read: Callable[[], Awaitable[bytes]]) -> None:
        self._read = read
        self.rest = b""

    async def readuntil(self, separator: bytes) -> bytes:
        data = b""
        while separator not in data:
            chunk = await self._read()
            data += chunk
            if not chunk or len(data) > HEAD_BYTES:
                raise EOFError
        found, _, self.rest = data.partition(separator)
        return found + separator


async def _read_head(readuntil: Callable[[bytes], Awaitable[bytes]]) -> _Head:
    lines = (await readuntil(b"\r\n\r\n")).split(b"\r\n")
    return _Head(lines[0], list(_headers(lines[1:])))


def _headers(lines: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    for line in lines:
        name, colon, value = line.partition(b":")
        if colon and name == name.strip():
            yield name, value.strip()


def _destination(line: bytes) -> tuple[bytes, str, int, bytes]:
    """Method, host, port and path that a proxy's request names; raises _Refused where it is no such request."""
    try:
        method, target, _ = line.split(b" ")
        text = target.decode("ascii")
        parts = urlsplit(f"//{text}" if method == b"CONNECT" else text)
        port = parts.port or 80
    except ValueError:
        raise _Refused("the request is not readable") from None
    if not parts.hostname or (method != b"CONNECT" and parts.scheme != "http"):
        raise _Refused("the request is not for a web page")
    path = text.partition("://")[2].partition("/")[2]
    return method, parts.hostname, port, b"/" + path.encode()


async def _pump(read: Callable[[], Awaitable[bytes]], write: Callable[[bytes], Awaitable[None]]) -> None:
    with contextlib.suppress(OSError, httpcore.NetworkError):
        while data := await read():
            await write(data)


async def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()
