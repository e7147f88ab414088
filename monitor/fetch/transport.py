"""The guarded way out: resolves a host once, judges every answer, connects to an address that was judged."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import httpcore
import httpx

from monitor.fetch.addresses import Network, is_allowed
from monitor.fetch.stream import Stream, connect

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives the IP addresses of a host, best first; fails with `socket.gaierror`."""

_Origin = tuple[bytes, bytes, int]
"""Scheme, host and port."""

MOST_ADDRESSES_TRIED = 4
IDLE_CONNECTIONS = 20
IDLE_SECONDS = 5.0  # a page usually follows its robots.txt within this time


class AddressRefused(Exception):
    """A host leads to an address that must not be connected to."""

    def __init__(self, host: str, address: str) -> None:
        super().__init__(host, address)
        self.host = host
        self.address = address


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver, which also reads the old spellings of IPv4 (`0x7f.1`, `2130706433`)."""
    with suppress(ValueError):
        return [str(ip_address(host))]  # no resolver is asked for an address, and no thread for a resolver
    answers = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that verifies certificate and host name, against the public roots and `ca_file`."""
    context = httpx.create_ssl_context(trust_env=False)
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


class GuardedBackend:
    """Opens TCP connections; every connection of this package begins here.

    No second resolution can happen between the judgement and the connection.
    """

    def __init__(self, *, resolver: Resolver, allow_private: Sequence[Network]) -> None:
        self._resolver = resolver
        self._allow_private = tuple(allow_private)

    async def connect_tcp(self, host: str, port: int, timeout: float | None = None) -> Stream:  # noqa: ASYNC109 (passed on)
        """Connect to the first address of `host` that answers, within `timeout` seconds for each step.

        Raises:
            AddressRefused: one of its addresses may not be connected to.
        """
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._judged_addresses(host, port)
        except TimeoutError as error:
            raise socket.gaierror(socket.EAI_AGAIN, "no answer in time") from error
        # Together the tries take no longer than one: a dead first address leaves time for the next.
        share = timeout / len(addresses) if timeout else None
        for address in addresses[:-1]:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return await connect(address, port, share)
        return await connect(addresses[-1], port, share)

    async def _judged_addresses(self, host: str, port: int) -> list[str]:
        answers = list(await self._resolver(host, port))
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "no address")
        for answer in answers:
            if not is_allowed(answer, self._allow_private):
                raise AddressRefused(host, answer)
        return [str(ip_address(answer)) for answer in answers[:MOST_ADDRESSES_TRIED]]


class GuardedTransport(httpx.AsyncBaseTransport):
    """Guarded HTTP/1.1 connections under one TLS context; no proxies, redirects or cookies.

    A connection that is done waits a little for the next request to its origin: by host name, so that TLS is
    verified for each name although two names may share an address.
    """

    def __init__(self, backend: GuardedBackend, context: ssl.SSLContext) -> None:
        context.set_alpn_protocols(["http/1.1"])
        self._backend = backend
        self._context = context
        self._idle: dict[_Origin, httpcore.AsyncHTTP11Connection] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        core_url = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        origin = core_url.origin
        key = (origin.scheme, origin.host, origin.port)
        connection = await self._waiting(key) or await self._opened(origin, request)
        answer = await connection.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=core_url,
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer, partial(self._keep, key, connection)),
            extensions=dict(answer.extensions),
            request=request,
        )

    async def aclose(self) -> None:
        while self._idle:
            await self._idle.pop(next(iter(self._idle))).aclose()

    async def _opened(self, origin: httpcore.Origin, request: httpx.Request) -> httpcore.AsyncHTTP11Connection:
        host, timeout = origin.host.decode("ascii"), request.extensions["timeout"]["connect"]
        if origin.scheme not in (b"http", b"https"):
            raise httpcore.UnsupportedProtocol("the address begins with neither http:// nor https://")
        stream = await self._backend.connect_tcp(host, origin.port, timeout)
        if origin.scheme == b"https":
            stream = await stream.start_tls(self._context, host, timeout)
        return httpcore.AsyncHTTP11Connection(origin, stream, keepalive_expiry=IDLE_SECONDS)

    async def _waiting(self, key: _Origin) -> httpcore.AsyncHTTP11Connection | None:
        """A connection to this origin that can be used again; those that waited too long are closed."""
        while self._idle and (oldest := next(iter(self._idle.values()))).has_expired():
            self._idle.pop(next(iter(self._idle)))
            await oldest.aclose()
        connection = self._idle.pop(key, None)
        if connection is not None and connection.has_expired():
            await connection.aclose()
            return None
        return connection

    async def _keep(self, key: _Origin, connection: httpcore.AsyncHTTP11Connection) -> None:
        """Let a connection wait, if its answer was read to the end; it is closed already if not."""
        if not connection.is_idle():
            return
        surplus = [self._idle.pop(key)] if key in self._idle else []
        self._idle[key] = connection
        if len(self._idle) > IDLE_CONNECTIONS:
            surplus.append(self._idle.pop(next(iter(self._idle))))
        for each in surplus:
            await each.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response, closed: Callable[[], Awaitable[None]]) -> None:
        self._answer = answer
        self._closed = closed

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._answer.aiter_stream():
            yield part

    async def aclose(self) -> None:
        await self._answer.aclose()
        await self._closed()
