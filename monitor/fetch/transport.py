"""The guarded way out: resolves a host once, judges every answer, connects to an address that was judged."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpcore
import httpx

from monitor.fetch.addresses import Network, is_allowed

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives the IP addresses of a host, best first; fails with `socket.gaierror`."""

MOST_ADDRESSES_TRIED = 4
MOST_CONNECTIONS = 100
IDLE_CONNECTIONS = 20
ADDRESS = "policywatch.address"
"""What to ask a response's `network_stream` for, to learn the IP address that was connected to."""

IDLE_SECONDS = 5.0  # a page usually follows its robots.txt within this time


class AddressRefused(Exception):
    """A host leads to an address that must not be connected to."""

    def __init__(self, host: str, address: str) -> None:
        super().__init__(host, address)
        self.host = host
        self.address = address


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver, which also reads the old spellings of IPv4 (`0x7f.1`, `2130706433`)."""
    answers = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that verifies certificate and host name, against the public roots and `ca_file`."""
    context = httpx.create_ssl_context(trust_env=False)
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens TCP connections for the pool; every connection of this package begins here.

    The pool keeps its connections by host name, so that TLS is verified for each name although two names may
    share an address; and no second resolution can happen between the judgement and the connection.
    """

    def __init__(self, *, resolver: Resolver, allow_private: Sequence[Network]) -> None:
        self._resolver = resolver
        self._allow_private = tuple(allow_private)
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._judged_addresses(host, port)
        except TimeoutError as error:
            raise socket.gaierror(socket.EAI_AGAIN, "no answer in time") from error
        # Together the tries take no longer than one: a dead first address leaves time for the next.
        share = timeout / len(addresses) if timeout else None
        for address in addresses[:-1]:
            try:
                return await self._connect(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._connect(addresses[-1], port, share, local_address, socket_options)

    async def _connect(self, address: str, port: int, *options: Any) -> httpcore.AsyncNetworkStream:
        return _Stream(await self._inner.connect_tcp(address, port, *options), address)

    async def _judged_addresses(self, host: str, port: int) -> list[str]:
        answers = list(await self._resolver(host, port))
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "no address")
        for answer in answers:
            if not is_allowed(answer, self._allow_private):
                raise AddressRefused(host, answer)
        return [str(ip_address(answer)) for answer in answers[:MOST_ADDRESSES_TRIED]]


class _Stream(httpcore.AsyncNetworkStream):
    """A connection that knows its address when it is closed already, which httpcore's own has forgotten then.

    It is also closed when its TLS handshake is cancelled, which httpcore's own is not.
    """

    def __init__(self, inner: httpcore.AsyncNetworkStream, address: str) -> None:
        self._inner = inner
        self._address = address

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
    ) -> httpcore.AsyncNetworkStream:
        try:
            encrypted = await self._inner.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._inner.aclose()
            raise
        return _Stream(encrypted, self._address)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - as above
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as above
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._address if info == ADDRESS else self._inner.get_extra_info(info)


class GuardedTransport(httpx.AsyncBaseTransport):
    """One pool of guarded HTTP/1.1 connections under one TLS context; no proxies, redirects or cookies."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend, context: ssl.SSLContext) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=MOST_CONNECTIONS,
            max_keepalive_connections=IDLE_CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=backend,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            extensions=dict(answer.extensions),
            request=request,
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._answer.aiter_stream():
            yield part

    async def aclose(self) -> None:
        await self._answer.aclose()
