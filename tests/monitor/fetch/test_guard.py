"""Rows E10 to E13: no URL, redirect, name or proxy leads to an address that is not public or listed.

127.0.0.2 plays the public internet (it is listed), 127.0.0.1 the inside; a listener on it counts who comes.
"""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest
import trustme

from monitor.fetch.model import Capture, ErrorClass, FetchRequest
from monitor.fetch.transport import AddressRefused, GuardedBackend, resolve
from tests.monitor.fetch.conftest import QUICK, MakeFetcher, Names, failure_of, server_tls
from tests.servers.http import RawServer, SiteServer, response
from tests.servers.ports import free_port

OUTSIDE = (ip_network("127.0.0.2/32"),)
PAGE = response("<p>We keep your data.</p>")


@pytest.fixture
def outside() -> Iterator[RawServer]:
    pages = {"/robots.txt": response(status="404 Not Found"), "*": PAGE}
    with RawServer(pages, host="127.0.0.2", port=free_port()) as server:
        yield server


@pytest.fixture
def inside(outside: RawServer) -> Iterator[RawServer]:
    """Listens where a second, rebound resolution of the outside's name would lead."""
    with RawServer(PAGE, port=outside.port) as server:
        yield server


@pytest.mark.parametrize(
    "host",
    [
        *(
            "127.0.0.1",
            "localhost",
            "0.0.0.0",  # noqa: S104 - asked for, not bound
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::7f00:1]",
        ),
        *("10.0.0.1", "169.254.169.254", "[fe80::1]", "[fec0::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"),
        *("[2001:0:7f00:1::1]", "100.64.0.1", "192.0.0.8", "224.0.0.1", "[ff02::1]"),
    ],
)
async def test_an_inside_url_is_refused_before_connecting(
    make_fetcher: MakeFetcher, inside: RawServer, host: str
) -> None:
    fetcher = make_fetcher(allow_private=OUTSIDE, limits=replace(QUICK, retries=2))
    error = await failure_of(fetcher, f"http://{host}:{inside.port}/")
    assert (error.error_class, error.transient) == (ErrorClass.BLOCKED_ADDRESS, False)
    assert "not a public address" in error.reason
    assert inside.connections == 0


@pytest.mark.parametrize("host", ["0x7f.1", "2130706433", "0177.0.0.1", "127.1", "0x7f000001", "017700000001"])
async def test_old_spellings_of_an_inside_address_are_refused_as_urls_and_at_connect(
    make_fetcher: MakeFetcher, inside: RawServer, host: str
) -> None:
    error = await failure_of(make_fetcher(allow_private=OUTSIDE), f"http://{host}:{inside.port}/")
    assert error.error_class is ErrorClass.URL
    with pytest.raises(AddressRefused):
        await GuardedBackend(resolver=resolve, allow_private=OUTSIDE).connect_tcp(host, inside.port)
    assert inside.connections == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "inside.example"])
async def test_a_redirect_inside_is_refused_at_its_hop(
    make_fetcher: MakeFetcher, outside: RawServer, inside: RawServer, host: str
) -> None:
    location = f"http://{host}:{inside.port}/secret"
    outside.scripts["/p"] = response(status="302 Found", headers={"Location": location})
    names = Names(outside_example=[["127.0.0.2"]], inside_example=[["127.0.0.1"]], localhost=[["127.0.0.1"]])
    error = await failure_of(
        make_fetcher(allow_private=OUTSIDE, resolver=names), outside.url("/p", host="outside.example")
    )
    assert error.error_class is ErrorClass.BLOCKED_ADDRESS
    assert outside.connections == 1
    assert inside.connections == 0


@pytest.mark.parametrize(
    "answers", [["127.0.0.2", "127.0.0.1"], ["127.0.0.1", "127.0.0.2"], ["127.0.0.2", "::1"]]
)
async def test_a_mixed_answer_is_refused_whole(
    make_fetcher: MakeFetcher, outside: RawServer, inside: RawServer, answers: list[str]
) -> None:
    names = Names(mixed_example=[answers])
    error = await failure_of(
        make_fetcher(allow_private=OUTSIDE, resolver=names), outside.url(host="mixed.example")
    )
    assert error.error_class is ErrorClass.BLOCKED_ADDRESS
    assert outside.connections == inside.connections == 0


async def test_the_connection_goes_to_the_address_that_was_judged(
    make_fetcher: MakeFetcher, outside: RawServer, inside: RawServer
) -> None:
    names = Names(rebind_example=[["127.0.0.2"], ["127.0.0.1"]])
    async with make_fetcher(allow_private=OUTSIDE, resolver=names) as fetcher:
        request = FetchRequest(outside.url(host="rebind.example"), ignore_robots=True)
        got = await fetcher.fetch(request)
    assert isinstance(got, Capture)
    assert got.meta.address == "127.0.0.2"
    assert outside.requests[0].headers["host"] == f"rebind.example:{outside.port}"
    assert names.lookups == ["rebind.example"]
    assert inside.connections == 0


async def test_a_name_that_moves_inside_between_robots_and_page_is_refused(
    make_fetcher: MakeFetcher, outside: RawServer, inside: RawServer
) -> None:
    names = Names(rebind_example=[["127.0.0.2"], ["127.0.0.1"]])
    fetcher = make_fetcher(allow_private=OUTSIDE, resolver=names)
    error = await failure_of(fetcher, outside.url(host="rebind.example"), ignore_robots=False)
    assert error.error_class is ErrorClass.BLOCKED_ADDRESS
    assert [seen.path for seen in outside.requests] == ["/robots.txt"]
    assert inside.connections == 0


async def test_a_name_that_moves_inside_between_two_hops_is_refused(
    make_fetcher: MakeFetcher, outside: RawServer, inside: RawServer
) -> None:
    outside.scripts["/p"] = response(status="307 Temporary Redirect", headers={"Location": "/q"})
    names = Names(rebind_example=[["127.0.0.2"], ["127.0.0.1"]])
    fetcher = make_fetcher(allow_private=OUTSIDE, resolver=names)
    error = await failure_of(fetcher, outside.url("/p", host="rebind.example"))
    assert error.error_class is ErrorClass.BLOCKED_ADDRESS
    assert inside.connections == 0


async def test_a_name_that_moves_inside_between_tries_is_refused(
    make_fetcher: MakeFetcher, outside: RawServer, inside: RawServer
) -> None:
    outside.scripts["/p"] = response(status="502 Bad Gateway")
    names = Names(rebind_example=[["127.0.0.2"], ["127.0.0.1"]])
    fetcher = make_fetcher(allow_private=OUTSIDE, resolver=names, limits=replace(QUICK, retries=2))
    error = await failure_of(fetcher, outside.url("/p", host="rebind.example"))
    assert error.error_class is ErrorClass.BLOCKED_ADDRESS
    assert (outside.connections, inside.connections) == (1, 0)


async def test_robots_txt_is_fetched_behind_the_same_guard(
    make_fetcher: MakeFetcher, outside: RawServer, inside: RawServer
) -> None:
    location = inside.url("/robots.txt")
    outside.scripts["/robots.txt"] = response(status="301 Moved", headers={"Location": location})
    fetcher = make_fetcher(allow_private=OUTSIDE)
    error = await failure_of(fetcher, outside.url(), ignore_robots=False)
    assert error.error_class is ErrorClass.BLOCKED_ADDRESS
    assert inside.connections == 0


async def test_two_names_on_one_address_are_each_verified_against_their_own_certificate(
    make_fetcher: MakeFetcher, authority: trustme.CA, ca_file: Path
) -> None:
    tls: ssl.SSLContext = server_tls(authority, "a.example")
    names = Names(a_example=[["127.0.0.1"]], b_example=[["127.0.0.1"]])
    with SiteServer({"/p": "text"}, tls=tls) as site:
        fetcher = make_fetcher(resolver=names, ca_file=ca_file)
        got = await fetcher.fetch(FetchRequest(site.url("/p", host="a.example")))
        assert isinstance(got, Capture)
        error = await failure_of(fetcher, site.url("/p", host="b.example"))
    assert error.error_class is ErrorClass.TLS
    assert {seen.headers["host"] for seen in site.requests} == {f"a.example:{site.port}"}


@pytest.mark.parametrize(
    "url",
    [
        *(
            "file:///etc/passwd",
            "ftp://a.example/",
            "gopher://a.example/",
            "data:text/html,x",
            "javascript:alert(1)",
        ),
        *("http://user:hunter2@a.example/", "http://a.example\\@127.0.0.1/", "http://127.0.0.1\\@a.example/"),
        *("http://a.example/\r\nX-Injected: 1", "http://a.example/ x", "http://a.example/\x00", "//a.example/"),
        *("http://а.example/", "http://a。example/", "http:///p", "http://a.example:99999/", ""),
        *("http://xn--0.example:1/", "http://" + "a" * 64 + ".example/", "http://[::1%25lo]/"),
    ],
)
async def test_urls_that_are_no_plain_web_addresses_are_refused_in_words(
    make_fetcher: MakeFetcher, url: str
) -> None:
    names = Names()
    error = await failure_of(make_fetcher(resolver=names), url)
    assert error.error_class in {ErrorClass.URL, ErrorClass.DNS, ErrorClass.PROTOCOL}
    assert not error.transient
    assert "hunter2" not in error.reason
    assert error.reason.isprintable()


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "gopher://127.0.0.1/", "http://u@127.0.0.1/", "/a\\b"]
)
async def test_redirects_to_what_is_no_plain_web_address_are_refused(
    make_fetcher: MakeFetcher, outside: RawServer, location: str
) -> None:
    outside.scripts["/p"] = response(status="302 Found", headers={"Location": location})
    error = await failure_of(make_fetcher(allow_private=OUTSIDE), outside.url("/p"))
    assert (error.error_class, error.transient) == (ErrorClass.REDIRECT, False)
    assert outside.connections == 1


async def test_proxies_in_the_environment_are_not_used(
    make_fetcher: MakeFetcher, outside: RawServer, inside: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, inside.url())
    async with make_fetcher(allow_private=OUTSIDE) as fetcher:
        got = await fetcher.fetch(FetchRequest(outside.url()))
        reply = await fetcher.post(outside.url(), {}, {})
    assert isinstance(got, Capture)
    assert reply.status == 200
    assert inside.connections == 0
