import json
import logging
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import trustme

from monitor.fetch.model import FetchLimits
from notifiers.base import DeliveryError, PostReply
from tests.monitor.fetch.conftest import USER_AGENT, MakeFetcher, Names, server_tls
from tests.servers.http import Page, RawConnection, RawServer, SiteServer, response

SECRET_PATH = "/services/T000/B000/hunter2"


async def post(
    make_fetcher: MakeFetcher, url: str, payload: dict[str, Any] | None = None, **settings: Any
) -> PostReply:
    async with make_fetcher(**settings) as fetcher:
        return await fetcher.post(url, payload or {"text": "hello"}, {"X-Kind": "test"})


async def refusal(make_fetcher: MakeFetcher, url: str, **settings: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await post(make_fetcher, url, **settings)
    assert "hunter2" not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"
    return caught.value


async def test_json_goes_out_and_the_reply_comes_back(make_fetcher: MakeFetcher) -> None:
    with SiteServer({SECRET_PATH: Page("ok", "text/plain", headers={"Retry-After": "7"})}) as site:
        reply = await post(make_fetcher, site.url(SECRET_PATH), {"text": "Änderung \u2028 <!channel>"})
    assert (reply.status, reply.body, reply.headers["retry-after"]) == (200, "ok", "7")
    seen = site.requests[0]
    assert seen.method == "POST"
    assert json.loads(seen.body) == {"text": "Änderung \u2028 <!channel>"}
    assert seen.headers["content-type"] == "application/json"
    assert (seen.headers["x-kind"], seen.headers["user-agent"]) == ("test", USER_AGENT)


@pytest.mark.parametrize("status", [302, 400, 404, 429, 500])
async def test_every_status_is_a_reply_and_redirects_are_not_followed(
    make_fetcher: MakeFetcher, status: int
) -> None:
    page = Page("no_service", "text/plain", status, {"Location": "/elsewhere"}, etag=False)
    with SiteServer({"/hook": page}) as site:
        reply = await post(make_fetcher, site.url("/hook"))
    assert (reply.status, reply.body) == (status, "no_service")
    assert len(site.requests) == 1


async def test_a_long_reply_is_cut(make_fetcher: MakeFetcher) -> None:
    def endless(connection: RawConnection) -> None:
        connection.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.send(b"x" * 65536)

    with RawServer(endless) as server:
        reply = await post(make_fetcher, server.url())
    assert reply.body == "x" * 131_072


async def test_an_inside_receiver_is_refused_for_good_unless_listed(make_fetcher: MakeFetcher) -> None:
    with SiteServer({SECRET_PATH: "ok"}) as site:
        error = await refusal(make_fetcher, site.url(SECRET_PATH), allow_private=())
        assert site.requests == []
        listed = await post(make_fetcher, site.url(SECRET_PATH), allow_private=[ip_network("127.0.0.1/32")])
    assert not error.transient
    assert "127.0.0.1" in error.reason
    assert listed.status == 200


async def test_a_receiver_that_is_down_is_transient(make_fetcher: MakeFetcher) -> None:
    with RawServer() as server:
        url = server.url(SECRET_PATH)
    error = await refusal(make_fetcher, url)
    assert error.transient
    assert "127.0.0.1" in error.reason


async def test_a_receiver_that_does_not_answer_is_transient_and_ends_at_the_deadline(
    make_fetcher: MakeFetcher,
) -> None:
    limits = FetchLimits(total_seconds=0.4, connect_seconds=0.4)
    with RawServer(RawConnection.wait_until_closed) as server:
        error = await refusal(make_fetcher, server.url(SECRET_PATH), limits=limits)
    assert error.transient


@pytest.mark.parametrize(
    "script", [b"", b"garbage", response("ok", headers={"Content-Length": "99"}), RawConnection.reset]
)
async def test_a_reply_that_breaks_off_leaves_it_unknown_so_it_is_transient(
    make_fetcher: MakeFetcher, script: Any
) -> None:
    with RawServer(script) as server:
        assert (await refusal(make_fetcher, server.url(SECRET_PATH))).transient


async def test_an_unknown_name_and_a_wrong_certificate_may_be_mended(
    make_fetcher: MakeFetcher, authority: trustme.CA, ca_file: Path
) -> None:
    unknown = await refusal(make_fetcher, f"https://hooks.example{SECRET_PATH}", resolver=Names())
    with RawServer(tls=server_tls(authority, "other.example")) as server:
        wrong = await refusal(make_fetcher, server.url(SECRET_PATH), ca_file=ca_file)
        assert server.requests == []
    assert unknown.transient
    assert wrong.transient
    assert "certificate" in wrong.reason


@pytest.mark.parametrize(
    "url", ["ftp://a.example/hunter2", "https://joe:hunter2@a.example/", "https://a.example/hunter2\n"]
)
async def test_a_receiver_that_is_no_web_address_is_refused_for_good(
    make_fetcher: MakeFetcher, url: str
) -> None:
    assert not (await refusal(make_fetcher, url)).transient


@pytest.mark.parametrize("payload", [{"text": "\ud800"}, {"number": float("nan")}, {"odd": object()}])
async def test_what_json_cannot_say_is_refused_for_good(
    make_fetcher: MakeFetcher, payload: dict[str, Any]
) -> None:
    with SiteServer() as site, pytest.raises(DeliveryError) as caught:
        await post(make_fetcher, site.url(), payload)
    assert not caught.value.transient
    assert site.requests == []


async def test_a_header_that_cannot_be_sent_is_refused_for_good_and_not_quoted(
    make_fetcher: MakeFetcher,
) -> None:
    with SiteServer() as site:
        async with make_fetcher() as fetcher:
            with pytest.raises(DeliveryError) as caught:
                await fetcher.post(site.url(), {}, {"Authorization": "Bearer hunter2\r\nX: y"})
    assert not caught.value.transient
    assert "hunter2" not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"


async def test_the_receivers_path_is_in_no_log(
    make_fetcher: MakeFetcher, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with SiteServer({SECRET_PATH: "ok"}) as site:
        await post(make_fetcher, site.url(SECRET_PATH))
    assert caplog.records
    assert "hunter2" not in caplog.text
