"""A TCP connection, with or without TLS, as httpcore wants it: straight over asyncio's transports.

httpcore's own goes through anyio, whose tasks for one connection cost as much as the request on it.
"""

from __future__ import annotations

import asyncio
import select
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpcore

ADDRESS = "policywatch.address"
"""What to ask a response's `network_stream` for, to learn the IP address that was connected to."""

MOST_BUFFERED = 256 * 1024
"""Bytes read ahead of the caller; above that the sender has to wait."""


class Stream(httpcore.AsyncNetworkStream):
    """Bytes to and from one peer. It is closed when its TLS handshake fails or is cancelled."""

    def __init__(self, transport: asyncio.Transport, protocol: _Buffer, address: str) -> None:
        self._transport = transport
        self._protocol = protocol
        self._address = address

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 (httpcore's)
        with _as_httpcore(httpcore.ReadError, httpcore.ReadTimeout):
            async with asyncio.timeout(timeout):
                return await self._protocol.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 (httpcore's)
        if not buffer:
            return
        with _as_httpcore(httpcore.WriteError, httpcore.WriteTimeout):
            async with asyncio.timeout(timeout):
                self._protocol.raise_fault()
                self._transport.write(buffer)
                await self._protocol.drained()

    async def aclose(self) -> None:
        self._transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's)
    ) -> Stream:
        try:
            with _as_httpcore(httpcore.ConnectError, httpcore.ConnectTimeout):
                async with asyncio.timeout(timeout):
                    encrypted = await asyncio.get_running_loop().start_tls(
                        self._transport, self._protocol, ssl_context, server_hostname=server_hostname
                    )
        except BaseException:
            self._transport.abort()
            raise
        if encrypted is None:
            raise httpcore.ConnectError("the connection ended during the TLS handshake")
        self._protocol.transport = encrypted
        return Stream(encrypted, self._protocol, self._address)

    def get_extra_info(self, info: str) -> Any:
        """The address, also once it is closed; or what httpcore asks, as far as it matters to us."""
        if info == ADDRESS:
            return self._address
        return self._is_readable() if info == "is_readable" else None

    def _is_readable(self) -> bool:
        """Whether something comes that nobody asked for: then the peer has closed a waiting connection."""
        if self._protocol.has_something or self._transport.is_closing():
            return True
        poll = select.poll()  # for what the event loop has not seen yet
        poll.register(self._transport.get_extra_info("socket").fileno(), select.POLLIN)
        return bool(poll.poll(0))


async def connect(host: str, port: int, timeout: float | None) -> Stream:  # noqa: ASYNC109 (httpcore's)
    """Open a connection to an IP address.

    Raises:
        httpcore.ConnectError: it is refused or unreachable.
        httpcore.ConnectTimeout: it took longer than `timeout` seconds.
    """
    with _as_httpcore(httpcore.ConnectError, httpcore.ConnectTimeout):
        async with asyncio.timeout(timeout):
            transport, protocol = await asyncio.get_running_loop().create_connection(_Buffer, host, port)
    return Stream(transport, protocol, host)


@contextmanager
def _as_httpcore(error: type[Exception], timeout: type[Exception]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as late:
        raise timeout(str(late)) from late
    except OSError as fault:  # includes ssl.SSLError
        raise error(str(fault)) from fault


class _Buffer(asyncio.Protocol):
    """What has arrived and was not read yet; stops the sender where that becomes too much."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._arrived = bytearray()
        self._ended = False
        self._fault: Exception | None = None
        self._reading: asyncio.Future[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()

    @property
    def has_something(self) -> bool:
        """Whether `read` would return at once."""
        return bool(self._arrived) or self._ended

    async def read(self, max_bytes: int) -> bytes:
        """At most so many bytes, as soon as there are any; none at the end."""
        if not self.has_something:
            self._reading = asyncio.get_running_loop().create_future()
            try:
                await self._reading
            finally:
                self._reading = None
        if not self._arrived:
            self.raise_fault()
        data = bytes(self._arrived[:max_bytes])
        del self._arrived[:max_bytes]
        if len(self._arrived) < MOST_BUFFERED and not self._ended:
            self.transport.resume_reading()
        return data

    async def drained(self) -> None:
        """Wait until more may be written."""
        await self._writable.wait()
        self.raise_fault()

    def raise_fault(self) -> None:
        if self._fault is not None:
            raise self._fault

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 (a TCP connection has one)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._arrived += data
        if len(self._arrived) >= MOST_BUFFERED:
            self.transport.pause_reading()
        self._wake_reader()

    def eof_received(self) -> None:
        self._ended = True
        self._wake_reader()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._fault = exc
        self._writable.set()
        self._wake_reader()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def _wake_reader(self) -> None:
        if self._reading is not None and not self._reading.done():
            self._reading.set_result(None)
