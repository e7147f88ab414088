"""Rows E4, E6, E7, E8 of the fault matrix and their neighbours: each fault has its class and yields no page."""

import asyncio
import gzip
import socket
import threading
import time as real_time
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from monitor.fetch.decoding import STEP
from monitor.fetch.model import MEBIBYTE, Capture, ErrorClass, FetchLimits, FetchRequest
from tests.monitor.fetch.conftest import QUICK, MakeFetcher, Names, failure_of, server_tls
from tests.servers.http import RawConnection, RawServer, Script, SiteServer, response

HEAD = b"HTTP/1.1 200 OK\r\n"
HTTP2_GOAWAY = b"\x00\x00\x08\x07\x00\x00\x00\x00\x00" + bytes(8)
POLICY = b"<p>We keep your data for two years.</p>" * 50
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SHORT = FetchLimits(total_seconds=0.4, connect_seconds=0.4, host_delay_seconds=0.0, retries=0)


def reset_mid_body(connection: RawConnection) -> None:
    connection.send(response(POLICY)[:-20])
    connection.reset()


def gzip_cut() -> bytes:
    return response(gzip.compress(POLICY)[:-9], headers={"Content-Encoding": "gzip"})


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(reset_mid_body, id="reset mid body"),
        pytest.param(
            response(POLICY, headers={"Content-Length": str(len(POLICY) + 1)}), id="shorter than declared"
        ),
        pytest.param(CHUNKED + b"5\r\nhello\r\n", id="last chunk missing"),
        pytest.param(CHUNKED + b"50\r\nhello", id="chunk cut"),
        pytest.param(CHUNKED + b"5\r\nhello\r\nzz\r\n", id="chunk size garbled"),
        pytest.param(gzip_cut(), id="gzip cut, matching length"),
        pytest.param(response(b"", headers={"Content-Encoding": "gzip"}), id="gzip of nothing"),
    ],
)
async def test_a_body_that_breaks_off_is_truncated_and_no_page(
    make_fetcher: MakeFetcher, script: Script | bytes
) -> None:
    with RawServer(script) as server:
        error = await failure_of(make_fetcher(), server.url())
    assert (error.error_class, error.transient) == (ErrorClass.TRUNCATED, True)
    assert server.url() in error.reason


async def test_a_body_longer_than_declared_ends_where_it_was_declared(make_fetcher: MakeFetcher) -> None:
    with RawServer(response(POLICY + b"tail", headers={"Content-Length": str(len(POLICY))})) as server:
        async with make_fetcher() as fetcher:
            got = await fetcher.fetch(FetchRequest(server.url(), ignore_robots=True))
    assert isinstance(got, Capture)
    assert got.body == POLICY


async def test_an_endless_body_is_cut_at_the_cap(make_fetcher: MakeFetcher) -> None:
    sent = 0

    def endless(connection: RawConnection) -> None:
        nonlocal sent
        connection.send(CHUNKED)
        while True:
            connection.send(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
            sent += 0x4000

    limits = replace(QUICK, wire_bytes=256 * 1024, decoded_bytes=MEBIBYTE)
    with RawServer(endless) as server:
        error = await failure_of(make_fetcher(limits=limits), server.url())
    assert (error.error_class, error.transient) == (ErrorClass.TOO_LARGE, False)
    # What went beyond the cap are the buffers of both kernels.
    assert sent < 32 * MEBIBYTE


async def test_a_body_declared_too_large_is_not_begun(make_fetcher: MakeFetcher) -> None:
    def waits(connection: RawConnection) -> None:
        connection.send(response(headers={"Content-Length": "99999999999"}))
        connection.wait_until_closed()

    with RawServer(waits) as server:
        error = await failure_of(make_fetcher(), server.url())
    assert error.error_class is ErrorClass.TOO_LARGE


async def test_a_gzip_bomb_is_too_large(make_fetcher: MakeFetcher) -> None:
    bomb = response(gzip.compress(bytes(64 * MEBIBYTE), 9), headers={"Content-Encoding": "gzip"})
    assert len(bomb) < STEP
    with RawServer(bomb) as server:
        error = await failure_of(make_fetcher(), server.url())
    assert error.error_class is ErrorClass.TOO_LARGE


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip", "gzip, br"])
async def test_encodings_that_were_not_asked_for_are_refused_unread(
    make_fetcher: MakeFetcher, encoding: str
) -> None:
    def answer(connection: RawConnection) -> None:
        connection.send(response(headers={"Content-Encoding": encoding, "Content-Length": "1000"}))
        connection.wait_until_closed()

    with RawServer(answer) as server:
        error = await failure_of(make_fetcher(), server.url())
        assert server.requests[0].headers["accept-encoding"] == "gzip"
    assert (error.error_class, error.transient) == (ErrorClass.ENCODING, False)


async def test_a_second_encoding_header_counts_as_double_encoding(make_fetcher: MakeFetcher) -> None:
    with RawServer(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip\r\n\r\nx") as server:
        error = await failure_of(make_fetcher(), server.url())
    assert error.error_class is ErrorClass.ENCODING


def silent(connection: RawConnection) -> None:
    connection.wait_until_closed()


def drip(start: bytes) -> Script:
    def script(connection: RawConnection) -> None:
        connection.send(start)
        while True:
            connection.send(b"x")
            real_time.sleep(0.05)

    return script


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(silent, id="no answer"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nX-Slow: "), id="dripping headers"),
        pytest.param(drip(response(headers={"Content-Length": "5000"})), id="dripping body"),
        pytest.param(
            drip(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX-Slow: "), id="after 100 Continue"
        ),
    ],
)
async def test_slow_answers_end_at_the_total_deadline(make_fetcher: MakeFetcher, script: Script) -> None:
    with RawServer(script) as server:
        error = await failure_of(make_fetcher(limits=SHORT), server.url())
    assert (error.error_class, error.transient) == (ErrorClass.TIMEOUT, True)
    assert server.url() in error.reason


async def test_a_flood_of_provisional_answers_ends_at_the_total_deadline(make_fetcher: MakeFetcher) -> None:
    def flood(connection: RawConnection) -> None:
        while True:
            connection.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    with RawServer(flood) as server:
        error = await failure_of(make_fetcher(limits=SHORT), server.url())
    assert error.error_class is ErrorClass.TIMEOUT


async def test_redirects_share_one_deadline(make_fetcher: MakeFetcher) -> None:
    def slow_loop(connection: RawConnection) -> None:
        real_time.sleep(0.15)
        connection.send(response(status="302 Found", headers={"Location": "/again"}))

    with RawServer(slow_loop) as server:
        fetcher = make_fetcher(limits=replace(SHORT, redirects=50), monotonic=real_time.monotonic)
        error = await failure_of(fetcher, server.url())
    assert error.error_class is ErrorClass.TIMEOUT
    assert len(server.requests) <= 4


async def test_a_slow_site_does_not_hold_up_another(make_fetcher: MakeFetcher) -> None:
    names = Names(slow_example=[["127.0.0.1"]], quick_example=[["127.0.0.1"]])
    with RawServer(silent) as slow, SiteServer({"/p": "text"}) as quick:
        async with make_fetcher(resolver=names) as fetcher:
            slow_request = FetchRequest(slow.url(host="slow.example"), ignore_robots=True)
            waiting = asyncio.create_task(fetcher.fetch(slow_request))
            got = await fetcher.fetch(FetchRequest(quick.url("/p", host="quick.example")))
            assert not waiting.done()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
    assert isinstance(got, Capture)


async def test_a_fetch_that_was_cancelled_leaves_the_host_free(make_fetcher: MakeFetcher) -> None:
    arrived = threading.Event()

    def note(connection: RawConnection) -> None:
        arrived.set()
        connection.wait_until_closed()

    with RawServer({"/slow": note, "/p": response(POLICY)}) as server:
        async with make_fetcher() as fetcher:
            waiting = asyncio.create_task(fetcher.fetch(FetchRequest(server.url("/slow"), ignore_robots=True)))
            assert await asyncio.to_thread(arrived.wait, 10)
            waiting.cancel()
            got = await fetcher.fetch(FetchRequest(server.url("/p"), ignore_robots=True))
    assert isinstance(got, Capture)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", id="another protocol"),
        pytest.param(b"<p>HTTP/0.9 has no head</p>", id="HTTP 0.9"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", id="two lengths"
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000, id="huge header"),
        pytest.param(b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n", id="header without colon"),
        pytest.param(b"HTTP/1.1 999999 \x1b[2J\r\n\r\n", id="garbled status"),
        pytest.param(b"", id="closed without a word"),
        pytest.param(b"\x00\xff" * 500, id="noise"),
        pytest.param(b"\x00\x00\x00\x04\x00\x00\x00\x00\x00" + HTTP2_GOAWAY, id="HTTP 2 that says goodbye"),
        pytest.param(HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(50_000)), id="header without end"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", id="unknown transfer"),
    ],
)
async def test_what_is_not_http_is_a_protocol_error(make_fetcher: MakeFetcher, script: bytes) -> None:
    with RawServer(script) as server:
        error = await failure_of(make_fetcher(), server.url())
    assert error.error_class is ErrorClass.PROTOCOL
    assert error.reason.isprintable()
    assert len(error.reason) < 500


async def test_a_reset_before_the_answer_is_a_connection_error(make_fetcher: MakeFetcher) -> None:
    with RawServer(RawConnection.reset) as server:
        error = await failure_of(make_fetcher(), server.url())
    assert (error.error_class, error.transient) == (ErrorClass.CONNECT, True)


async def test_a_closed_port_is_a_connection_error_in_words(make_fetcher: MakeFetcher) -> None:
    with RawServer() as server:
        url = server.url()
    error = await failure_of(make_fetcher(), url)
    assert (error.error_class, error.transient) == (ErrorClass.CONNECT, True)
    assert "connection refused" in error.reason


async def test_an_unknown_name_is_a_dns_error(make_fetcher: MakeFetcher) -> None:
    error = await failure_of(make_fetcher(resolver=Names()), "https://nowhere.example/")
    assert (error.error_class, error.transient) == (ErrorClass.DNS, False)
    assert "https://nowhere.example/" in error.reason


async def test_a_resolver_that_hangs_is_a_dns_error_at_the_deadline_for_connections(
    make_fetcher: MakeFetcher,
) -> None:
    async def never(host: str, port: int) -> list[str]:
        await asyncio.sleep(60)
        return []

    limits = replace(QUICK, connect_seconds=0.2)
    error = await failure_of(make_fetcher(resolver=never, limits=limits), "https://slow.example/")
    assert (error.error_class, error.transient) == (ErrorClass.DNS, True)
    assert "no answer in time" in error.reason


async def test_a_resolver_in_trouble_is_a_dns_error_that_may_pass(make_fetcher: MakeFetcher) -> None:
    async def servfail(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    error = await failure_of(make_fetcher(resolver=servfail), "https://broken.example/")
    assert (error.error_class, error.transient) == (ErrorClass.DNS, True)


async def test_a_resolver_without_an_answer_is_a_dns_error(make_fetcher: MakeFetcher) -> None:
    error = await failure_of(make_fetcher(resolver=Names(empty_example=[[]])), "https://empty.example/")
    assert error.error_class is ErrorClass.DNS


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_certificate_that_does_not_fit_yields_no_page(
    make_fetcher: MakeFetcher, authority: trustme.CA, ca_file: Path, trusted: bool
) -> None:
    tls = server_tls(authority, "other.example" if trusted else "a.example")
    with RawServer(response(POLICY), tls=tls) as server:
        fetcher = make_fetcher(resolver=Names(a_example=[["127.0.0.1"]]), ca_file=ca_file if trusted else None)
        error = await failure_of(fetcher, server.url(host="a.example"))
    assert (error.error_class, error.transient) == (ErrorClass.TLS, False)
    assert "certificate" in error.reason
    assert server.requests == []


async def test_plain_http_behind_https_is_a_tls_error(make_fetcher: MakeFetcher) -> None:
    with SiteServer() as site:
        error = await failure_of(make_fetcher(), site.url().replace("http:", "https:"))
    assert error.error_class is ErrorClass.TLS


async def test_a_handshake_that_never_comes_ends_at_the_deadline(make_fetcher: MakeFetcher) -> None:
    with RawServer(silent) as server:
        url = server.url().replace("http:", "https:")
        error = await failure_of(make_fetcher(limits=SHORT), url)
    assert error.error_class is ErrorClass.TIMEOUT


async def test_a_dead_first_address_leaves_the_second(make_fetcher: MakeFetcher) -> None:
    with SiteServer({"/p": "text"}) as site:
        names = Names(a_example=[["127.0.0.2", "127.0.0.1"]])
        async with make_fetcher(resolver=names) as fetcher:
            got = await fetcher.fetch(FetchRequest(site.url("/p", host="a.example"), ignore_robots=True))
    assert isinstance(got, Capture)
    assert got.meta.address == "127.0.0.1"
