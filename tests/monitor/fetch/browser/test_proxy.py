"""The browser's way out, spoken to as a browser would, with a resolver that tests command."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from ipaddress import ip_network

import pytest

from monitor.fetch.browser.proxy import GuardingProxy
from monitor.fetch.transport import GuardedBackend
from tests.monitor.fetch.conftest import Names
from tests.servers.http import RawServer, response

PUBLIC = [ip_network("127.0.0.2/32")]
"""Stands for what is public: only the judgement differs, the connections are real."""

NAMES = {
    "good_example": [["127.0.0.2"]],
    "bad_example": [["127.0.0.1"]],
    "mixed_example": [["127.0.0.2", "10.0.0.1"]],
}


@pytest.fixture
def public() -> Iterator[RawServer]:
    with RawServer(response("hello", headers={"Connection": "keep-alive"}), host="127.0.0.2") as server:
        yield server


@asynccontextmanager
async def proxy_to(
    server: RawServer, names: Names | None = None, wire_bytes: int = 10_000
) -> AsyncIterator[GuardingProxy]:
    backend = GuardedBackend(resolver=names or Names(**NAMES), allow_private=PUBLIC)
    async with GuardingProxy(backend, ports={server.port}, wire_bytes=wire_bytes, connect_seconds=5) as proxy:
        yield proxy


async def ask(proxy: GuardingProxy, request: str, *, password: str | None = None) -> bytes:
    """The whole answer to `request`, to which the credentials are added."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    token = base64.b64encode(f"policywatch:{password or proxy.password}".encode()).decode()
    writer.write(f"{request}\r\nProxy-Authorization: Basic {token}\r\n\r\n".encode())
    try:
        async with asyncio.timeout(10):
            return await reader.read()
    finally:
        writer.close()


async def test_request_is_carried_without_what_is_ours_and_on_a_connection_of_its_own(
    public: RawServer,
) -> None:
    async with proxy_to(public) as proxy:
        line = f"GET http://good.example:{public.port}/a/b?c=d HTTP/1.1"
        answer = await ask(proxy, f"{line}\r\nHost: good.example\r\nConnection: keep-alive\r\nX-Own: 1")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\nhello")
    assert b"Connection: close" in answer
    assert b"keep-alive" not in answer
    (request,) = public.requests
    assert (request.path, request.headers["host"], request.headers["x-own"]) == (
        "/a/b?c=d",
        "good.example",
        "1",
    )
    assert "proxy-authorization" not in request.headers
    assert request.headers["connection"] == "close"


async def test_tunnel_reaches_what_is_public(public: RawServer) -> None:
    async with proxy_to(public) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        token = base64.b64encode(f"policywatch:{proxy.password}".encode()).decode()
        head = f"CONNECT good.example:{public.port} HTTP/1.1\r\nProxy-Authorization: Basic {token}\r\n\r\n"
        writer.write(head.encode())
        assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
        writer.write(b"GET /inside HTTP/1.1\r\nHost: good.example\r\n\r\n")
        assert (await reader.read()).endswith(b"hello")
        writer.close()


@pytest.mark.parametrize("form", ["CONNECT {host}:{port} HTTP/1.1", "GET http://{host}:{port}/ HTTP/1.1"])
@pytest.mark.parametrize(
    "host", ["bad.example", "mixed.example", "127.0.0.1", "[::ffff:127.0.0.1]", "10.0.0.1"]
)
async def test_address_that_is_not_public_is_refused_and_named(public: RawServer, form: str, host: str) -> None:
    with RawServer(response("secret"), host="127.0.0.1", port=public.port) as inside:
        async with proxy_to(public) as proxy:
            answer = await ask(proxy, form.format(host=host, port=public.port))
        assert answer.startswith(b"HTTP/1.1 403 ")
        assert [note.rpartition(":")[2] for note in proxy.refused] == [" its address is not public"]
        assert (inside.connections, public.connections) == (0, 0)


async def test_name_that_leads_elsewhere_a_moment_later_is_judged_again(public: RawServer) -> None:
    names = Names(turn_example=[["127.0.0.2"], ["127.0.0.1"]])
    line = f"GET http://turn.example:{public.port}/ HTTP/1.1"
    with RawServer(response("secret"), host="127.0.0.1", port=public.port) as inside:
        async with proxy_to(public, names) as proxy:
            answers = [await ask(proxy, line) for _ in range(2)]
        assert [answer.split()[1] for answer in answers] == [b"200", b"403"]
        assert inside.connections == 0


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("GET http://good.example:1/ HTTP/1.1", b"403"),
        ("CONNECT good.example:22 HTTP/1.1", b"403"),
        ("GET ftp://good.example/ HTTP/1.1", b"403"),
        ("GET / HTTP/1.1", b"403"),
        ("nonsense", b"403"),
        ("GET http://good.example:x/ HTTP/1.1", b"403"),
        ("GET http://gone.example:{port}/ HTTP/1.1", b"502"),
    ],
)
async def test_request_for_no_web_page_is_refused(public: RawServer, line: str, status: bytes) -> None:
    async with proxy_to(public) as proxy:
        answer = await ask(proxy, line.format(port=public.port))
    assert answer.split()[1] == status
    assert public.connections == 0


async def test_others_on_this_machine_cannot_use_it(public: RawServer) -> None:
    async with proxy_to(public) as proxy:
        line = f"GET http://good.example:{public.port}/ HTTP/1.1"
        assert (await ask(proxy, line, password="guess")).split()[1] == b"407"
    assert public.connections == 0


async def test_page_may_load_only_so_much(public: RawServer) -> None:
    public.scripts["*"] = response("x" * 50_000)
    async with proxy_to(public) as proxy:
        line = f"GET http://good.example:{public.port}/ HTTP/1.1"
        assert len(await ask(proxy, line)) < 50_000
        assert proxy.exhausted
        assert (await ask(proxy, line)).split()[1] == b"403"


async def test_leaving_it_ends_every_connection(public: RawServer) -> None:
    public.scripts["*"] = lambda connection: connection.wait_until_closed()
    async with proxy_to(public) as proxy:
        line = f"GET http://good.example:{public.port}/ HTTP/1.1"
        waiting = asyncio.ensure_future(ask(proxy, line))
        while not public.connections:  # noqa: ASYNC110 - the server is another thread
            await asyncio.sleep(0.05)
    assert await waiting == b""
