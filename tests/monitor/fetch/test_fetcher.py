"""What a fetch brings back, what it tells whom, and when it tries again."""

import gzip
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from monitor.fetch.model import Capture, ErrorClass, FetchError, FetchRequest, Unmodified, Validators
from tests.monitor.fetch.conftest import (
    NOW,
    QUICK,
    USER_AGENT,
    FakeTime,
    MakeFetcher,
    Names,
    failure_of,
    server_tls,
)
from tests.servers.http import Page, RawConnection, RawServer, Script, SiteServer, response

POLICY = "<h1>Privacy</h1><p>We keep your data for two years.</p>"


def names() -> Names:
    return Names(a_example=[["127.0.0.1"]], b_example=[["127.0.0.1"]])


async def capture(make_fetcher: MakeFetcher, request: FetchRequest) -> Capture:
    async with make_fetcher(resolver=names()) as fetcher:
        answer = await fetcher.fetch(request)
    assert isinstance(answer, Capture)
    return answer


async def test_a_capture_holds_the_bytes_and_how_they_were_obtained(make_fetcher: MakeFetcher) -> None:
    with SiteServer({"/privacy": POLICY}) as site:
        got = await capture(make_fetcher, FetchRequest(site.url("/privacy", host="a.example")))
    assert got.body == POLICY.encode()
    assert (got.meta.status, got.meta.address, got.meta.redirects) == (200, "127.0.0.1", ())
    assert got.meta.url == got.meta.final_url == site.url("/privacy", host="a.example")
    assert got.meta.content_type == "text/html; charset=utf-8"
    assert got.meta.captured_at == NOW
    assert ("user-agent", USER_AGENT) in got.meta.request_headers
    assert dict(got.meta.response_headers)["ETag".lower()] == got.validators.etag
    seen = site.requests_for("/privacy")[0].headers
    assert seen["host"] == f"a.example:{site.port}"
    assert seen["accept-encoding"] == "gzip"


async def test_a_gzip_page_is_stored_decoded(make_fetcher: MakeFetcher) -> None:
    page = response(gzip.compress(POLICY.encode()), headers={"Content-Encoding": "gzip"})
    with RawServer({"/p": page, "*": response(status="404 Not Found")}) as server:
        got = await capture(make_fetcher, FetchRequest(server.url("/p")))
    assert got.body == POLICY.encode()


async def test_tls_is_verified_against_the_given_roots(
    make_fetcher: MakeFetcher, authority: trustme.CA, ca_file: Path
) -> None:
    with SiteServer({"/p": POLICY}, tls=server_tls(authority, "a.example")) as site:
        async with make_fetcher(resolver=names(), ca_file=ca_file) as fetcher:
            answer = await fetcher.fetch(FetchRequest(site.url("/p", host="a.example")))
    assert isinstance(answer, Capture)
    assert answer.body == POLICY.encode()


async def test_validators_bring_back_unmodified(make_fetcher: MakeFetcher) -> None:
    with SiteServer({"/p": POLICY}) as site:
        async with make_fetcher() as fetcher:
            first = await fetcher.fetch(FetchRequest(site.url("/p")))
            second = await fetcher.fetch(FetchRequest(site.url("/p"), validators=first.validators))
            site.pages["/p"] = POLICY + "<p>New.</p>"
            third = await fetcher.fetch(FetchRequest(site.url("/p"), validators=second.validators))
    assert isinstance(second, Unmodified)
    assert second.validators == first.validators
    assert second.captured_at == NOW
    assert isinstance(third, Capture)
    assert b"New." in third.body


async def test_an_unchanged_answer_that_nobody_asked_for_is_an_error(make_fetcher: MakeFetcher) -> None:
    with RawServer(b"HTTP/1.1 304 Not Modified\r\n\r\n") as server:
        error = await failure_of(make_fetcher(), server.url())
    assert (error.error_class, error.status) == (ErrorClass.PROTOCOL, 304)


async def test_redirects_are_followed_and_recorded(make_fetcher: MakeFetcher) -> None:
    with SiteServer({"/new": POLICY}) as site:
        site.pages["/old"] = Page("", status=301, headers={"Location": "/new"})
        got = await capture(make_fetcher, FetchRequest(site.url("/old")))
    assert got.meta.url == site.url("/old")
    assert got.meta.final_url == site.url("/new")
    assert got.meta.redirects == (site.url("/new"),)
    assert got.validators.url == site.url("/new")


async def test_validators_go_to_the_page_they_came_with_and_to_no_other(make_fetcher: MakeFetcher) -> None:
    with SiteServer({"/new": Page(POLICY)}) as site:
        site.pages["/old"] = Page(
            "", status=302, headers={"Location": site.url("/new", host="b.example")}, etag=False
        )
        url = site.url("/old", host="a.example")
        async with make_fetcher(resolver=names()) as fetcher:
            first = await fetcher.fetch(FetchRequest(url))
            second = await fetcher.fetch(FetchRequest(url, validators=first.validators))
            elsewhere = Validators(etag='"mine"', url=site.url("/another", host="b.example"))
            third = await fetcher.fetch(FetchRequest(url, validators=elsewhere))
    assert isinstance(second, Unmodified)
    assert isinstance(third, Capture)
    assert ["if-none-match" in seen.headers for seen in site.requests_for("/old")] == [False, False, False]
    assert ["if-none-match" in seen.headers for seen in site.requests_for("/new")] == [False, True, False]


async def test_configured_headers_and_old_validators_stay_with_the_configured_host(
    make_fetcher: MakeFetcher,
) -> None:
    secrets = (("Authorization", "Bearer hunter2"), ("Accept-Language", "de"), ("Cookie", "consent=1"))
    with SiteServer({"/new": POLICY}) as site:
        site.pages["/old"] = Page("", status=302, headers={"Location": site.url("/new", host="b.example")})
        request = FetchRequest(site.url("/old", host="a.example"), secrets, Validators(etag='"x"'))
        got = await capture(make_fetcher, request)
    at_home, abroad = site.requests_for("/old")[0].headers, site.requests_for("/new")[0].headers
    assert at_home["authorization"] == "Bearer hunter2"
    assert at_home["if-none-match"] == '"x"'
    assert not {"authorization", "accept-language", "cookie", "if-none-match"} & set(abroad)
    assert abroad["user-agent"] == USER_AGENT
    assert "hunter2" not in repr(got.meta)


async def test_secrets_in_headers_are_not_recorded(make_fetcher: MakeFetcher) -> None:
    with SiteServer({"/p": Page(POLICY, headers={"Set-Cookie": "session=hunter3; Path=/"})}) as site:
        headers = (("Authorization", "Bearer hunter2"), ("Accept-Language", "de"))
        got = await capture(make_fetcher, FetchRequest(site.url("/p"), headers))
    assert ("authorization", "(not recorded)") in got.meta.request_headers
    assert ("accept-language", "de") in got.meta.request_headers
    assert ("set-cookie", "session") in got.meta.response_headers
    assert "hunter" not in repr(got.meta)


async def test_a_header_that_is_ours_to_set_is_refused_by_name(make_fetcher: MakeFetcher) -> None:
    error = await failure_of(make_fetcher(), "http://127.0.0.1/", headers=(("Accept-Encoding", "br"),))
    assert error.error_class is ErrorClass.PROTOCOL
    assert "Accept-Encoding" in error.reason


async def test_a_header_that_cannot_be_sent_is_an_error_that_does_not_quote_it(
    make_fetcher: MakeFetcher,
) -> None:
    with SiteServer() as site:
        for value in ("hunter2\r\nX: y", "hunter2 é☃"):
            error = await failure_of(make_fetcher(), site.url("/"), headers=(("X-Token", value),))
            assert error.error_class is ErrorClass.PROTOCOL
            assert "hunter2" not in error.reason
    assert site.requests == []


async def test_no_cookie_lives_on_after_a_check(make_fetcher: MakeFetcher) -> None:
    """Row E18: a site that shows something else to a returning session shows us one version."""

    def answer(connection: RawConnection) -> None:
        returning = "cookie" in connection.request.headers
        connection.send(response("again" if returning else POLICY, headers={"Set-Cookie": "visits=1"}))

    with RawServer({"/p": answer, "*": response(status="404 Not Found")}) as server:
        async with make_fetcher() as fetcher:
            bodies = set()
            for _ in range(3):
                got = await fetcher.fetch(FetchRequest(server.url("/p")))
                assert isinstance(got, Capture)
                bodies.add(got.body)
    assert bodies == {POLICY.encode()}


async def test_a_cookie_set_by_a_redirect_is_known_on_the_next_hop_of_that_fetch(
    make_fetcher: MakeFetcher,
) -> None:
    def answer(connection: RawConnection) -> None:
        if "cookie" in connection.request.headers:
            connection.send(response(POLICY))
        else:
            headers = {"Location": "/p", "Set-Cookie": "seen=1"}
            connection.send(response(status="302 Found", headers=headers))

    with RawServer(answer) as server:
        got = await capture(make_fetcher, FetchRequest(server.url("/p"), ignore_robots=True))
    assert got.body == POLICY.encode()
    assert len(server.requests) == 2


async def test_what_does_not_print_is_cleaned_out_of_the_record_and_its_size_is_capped(
    make_fetcher: MakeFetcher,
) -> None:
    head = b'HTTP/1.1 200 OK\r\nContent-Type: text/html\x9b31m\r\nETag: "\xe9"\r\n'
    head += b"".join(b"X-%d: %s\r\n" % (number, b"v" * 1000) for number in range(60))
    with RawServer(head + b"Content-Length: 2\r\n\r\nok") as server:
        got = await capture(make_fetcher, FetchRequest(server.url(), ignore_robots=True))
    assert got.meta.content_type == "text/html\ufffd31m"
    assert all(value.isprintable() for _, value in got.meta.response_headers)
    assert sum(len(name) + len(value) for name, value in got.meta.response_headers) <= 16 * 1024
    assert got.validators.etag is None


@pytest.mark.parametrize(
    ("status", "error_class", "transient"),
    [
        *((code, ErrorClass.HTTP_STATUS, False) for code in (202, 204, 206, 300, 401, 403, 404, 410, 451)),
        *((code, ErrorClass.HTTP_STATUS, True) for code in (408, 425, 500, 502, 504, 599)),
        *((code, ErrorClass.RATE_LIMITED, True) for code in (429, 503)),
    ],
)
async def test_statuses_have_their_class(
    make_fetcher: MakeFetcher, status: int, error_class: ErrorClass, transient: bool
) -> None:
    with SiteServer({"/p": Page("oops", status=status, etag=False)}) as site:
        error = await failure_of(make_fetcher(), site.url("/p"))
    assert (error.error_class, error.transient, error.status) == (error_class, transient, status)
    assert site.url("/p") in error.reason


async def test_transient_failures_are_tried_again_with_growing_pauses(
    make_fetcher: MakeFetcher, time: FakeTime
) -> None:
    with SiteServer({"/p": Page("", status=502, etag=False)}) as site:
        error = await failure_of(make_fetcher(limits=replace(QUICK, retries=2)), site.url("/p"))
    assert error.status == 502
    assert len(site.requests) == 3
    assert time.slept == [2.0, 4.0]


async def test_a_retry_that_succeeds_is_a_success(make_fetcher: MakeFetcher) -> None:
    def answer(connection: RawConnection) -> None:
        if server.connections == 1:
            connection.reset()
        else:
            connection.send(response(POLICY))

    with RawServer(answer) as server:
        async with make_fetcher(limits=replace(QUICK, retries=1)) as fetcher:
            got = await fetcher.fetch(FetchRequest(server.url(), ignore_robots=True))
    assert isinstance(got, Capture)
    assert server.connections == 2


async def test_permanent_failures_are_not_tried_again(make_fetcher: MakeFetcher) -> None:
    with SiteServer() as site:
        await failure_of(make_fetcher(limits=replace(QUICK, retries=3)), site.url("/gone"))
    assert len(site.requests) == 1


async def test_retry_after_silences_us_for_the_whole_host_and_no_other(
    make_fetcher: MakeFetcher, time: FakeTime
) -> None:
    with SiteServer({"/q": POLICY}) as site:
        site.pages["/p"] = Page("", status=429, headers={"Retry-After": "120"}, etag=False)
        async with make_fetcher(resolver=names(), limits=replace(QUICK, retries=2)) as fetcher:

            async def refusal(path: str) -> FetchError:
                with pytest.raises(FetchError) as caught:
                    await fetcher.fetch(FetchRequest(site.url(path, host="a.example"), ignore_robots=True))
                return caught.value

            first = await refusal("/p")
            time.seconds += 20
            second = await refusal("/q")
            assert len(site.requests) == 1
            assert isinstance(await fetcher.fetch(FetchRequest(site.url("/q", host="b.example"))), Capture)
            time.seconds += 101
            assert isinstance(await fetcher.fetch(FetchRequest(site.url("/q", host="a.example"))), Capture)
    assert (first.error_class, first.retry_after) == (ErrorClass.RATE_LIMITED, 120)
    assert (second.error_class, second.retry_after) == (ErrorClass.RATE_LIMITED, 100)
    assert second.transient


async def test_a_page_and_its_robots_file_share_a_connection(make_fetcher: MakeFetcher) -> None:
    with SiteServer({"/p": POLICY, "/robots.txt": Page("", "text/plain")}) as site:
        async with make_fetcher() as fetcher:
            await fetcher.fetch(FetchRequest(site.url("/p")))
    assert [seen.path for seen in site.requests] == ["/robots.txt", "/p"]


def loop(target: str) -> Script:
    return lambda connection: connection.send(response(status="302 Found", headers={"Location": target}))


async def test_a_redirect_loop_ends_at_the_cap(make_fetcher: MakeFetcher) -> None:
    with RawServer(loop("/again")) as server:
        error = await failure_of(make_fetcher(limits=replace(QUICK, redirects=5, retries=2)), server.url())
    assert error.error_class is ErrorClass.REDIRECT
    assert not error.transient
    assert len(server.requests) == 6


async def test_thirty_hops_are_too_many_and_as_many_as_allowed_are_not(make_fetcher: MakeFetcher) -> None:
    hops = {f"/{hop}": loop(f"/{hop + 1}") for hop in range(30)}
    with RawServer({**hops, "/30": response(POLICY)}) as server:
        error = await failure_of(make_fetcher(), server.url("/0"))
        assert error.error_class is ErrorClass.REDIRECT
        assert len(server.requests) == QUICK.redirects + 1
        got = await capture(make_fetcher, FetchRequest(server.url("/22"), ignore_robots=True))
    assert len(got.meta.redirects) == QUICK.redirects == 8


async def test_a_redirect_from_https_to_http_is_refused(
    make_fetcher: MakeFetcher, authority: trustme.CA, ca_file: Path
) -> None:
    with (
        SiteServer({"/p": POLICY}) as plain,
        RawServer(loop(plain.url("/p", host="a.example")), tls=server_tls(authority, "a.example")) as server,
    ):
        fetcher = make_fetcher(resolver=names(), ca_file=ca_file)
        error = await failure_of(fetcher, server.url("/p", host="a.example").replace("https", "HTTPS"))
    assert error.error_class is ErrorClass.REDIRECT
    assert "unencrypted" in error.reason
    assert plain.requests == []


async def test_a_redirect_to_an_unusual_port_is_refused(make_fetcher: MakeFetcher) -> None:
    with SiteServer({"/p": POLICY}) as other, RawServer(loop(other.url("/p"))) as server:
        error = await failure_of(make_fetcher(), server.url())
    assert error.error_class is ErrorClass.REDIRECT
    assert "port" in error.reason
    assert other.requests == []
