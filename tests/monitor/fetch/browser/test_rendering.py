"""Pages that need JavaScript, opened by the real Chromium through the real worker."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from monitor.extract import Source, extract
from monitor.fetch.browser.processes import descendants
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.model import Capture, ErrorClass, FetchError, FetchLimits, FetchRequest
from tests.monitor.fetch.browser.pages import data, is_running, needs_browser, shell
from tests.monitor.fetch.conftest import LOOPBACK, NOW, USER_AGENT
from tests.servers.http import RawServer, response

pytestmark = [needs_browser, pytest.mark.timeout(180)]

LIMITS = FetchLimits(total_seconds=60, host_delay_seconds=0, retries=0)


def fetcher(limits: FetchLimits = LIMITS) -> Fetcher:
    return Fetcher(user_agent=USER_AGENT, limits=limits, clock=lambda: NOW, allow_private=LOOPBACK)


async def opened(url: str, limits: FetchLimits = LIMITS, **request: object) -> Capture:
    settings: dict[str, object] = {"ignore_robots": True, **request}
    async with fetcher(limits) as ours:
        capture = await ours.fetch(FetchRequest(url, browser=True, **settings))  # type: ignore[arg-type]
    assert isinstance(capture, Capture)
    return capture


def texts(capture: Capture) -> list[str]:
    source = Source(capture.body, capture.meta.content_type, capture.meta.final_url)
    return [clause.text for clause in extract(source).clauses if not clause.soft]


@pytest.fixture
def site() -> Iterator[RawServer]:
    with RawServer(response("<p>Nothing here.</p>")) as server:
        yield server


async def test_text_that_scripts_bring_is_read_with_evidence_of_how(site: RawServer) -> None:
    site.scripts["/terms"] = shell(
        "fetch('/api').then(r => r.json())"
        ".then(j => document.body.innerHTML = `<h1>Terms</h1><p>${j.text}</p>`)"
    )
    site.scripts["/api"] = data('{"text": "We may use your posts to train models. \u00dcber alles."}')
    capture = await opened(
        site.url("/terms"), headers=(("Accept-Language", "de-AT,de;q=0.8"), ("X-Kind", "reader"))
    )
    assert texts(capture) == ["Terms", "We may use your posts to train models.", "\u00dcber alles."]
    assert capture.body.startswith(b"<!DOCTYPE html><html")
    notes = [value for name, value in capture.meta.response_headers if name == "policywatch-rendered"]
    assert notes[0].startswith("Chromium ")
    assert "served sha256=" in notes[0]
    assert capture.validators.etag is None
    asked = {request.path: request for request in site.requests}
    assert asked["/api"].headers["user-agent"] == asked["/terms"].headers["user-agent"] == USER_AGENT
    assert asked["/api"].headers["accept-language"].startswith("de-AT")
    assert asked["/api"].headers["x-kind"] == "reader"
    assert "proxy-authorization" not in asked["/api"].headers
    assert [request.method for request in site.requests] == ["GET", "GET"]


async def test_text_of_components_stands_where_a_reader_sees_it(site: RawServer) -> None:
    site.scripts["/terms"] = shell(
        """
        customElements.define('x-card', class extends HTMLElement { connectedCallback() {
          const root = this.attachShadow({mode: 'closed'});
          root.innerHTML = '<h2>From the shadow.</h2><slot></slot><p>Behind the slot.</p>';
        }});
        """,
        "<h1>Terms</h1><x-card><p>Slotted text here.</p></x-card>",
    )
    assert texts(await opened(site.url("/terms"))) == [
        "Terms", "From the shadow.", "Slotted text here.", "Behind the slot.",
    ]  # fmt: skip


async def test_addresses_that_are_not_public_are_not_reached_from_a_page() -> None:
    with RawServer() as outside, RawServer(data("secret"), host="127.0.0.2", port=outside.port) as inside:
        outside.scripts["/terms"] = shell(
            f"""
            for (const host of ['127.0.0.2', '0x7f000002', '2130706434', '127.2', '[::ffff:127.0.0.2]'])
              fetch(`http://${{host}}:{inside.port}/`, {{mode: 'no-cors'}});
            navigator.sendBeacon('{inside.url("/beacon")}', 'x');
            new WebSocket('ws://127.0.0.2:{inside.port}/');
            """,
            f"<iframe src='{inside.url('/frame')}'></iframe><img src='{inside.url('/image')}'>"
            f"<link rel=stylesheet href='{inside.url('/style')}'><p>All else is public.</p>"
            f"<script src='{inside.url('/script')}'></script>",
        )
        only = [ip_network("127.0.0.1/32")]
        ours = Fetcher(user_agent=USER_AGENT, limits=LIMITS, clock=lambda: NOW, allow_private=only)
        async with ours:
            capture = await ours.fetch(FetchRequest(outside.url("/terms"), browser=True, ignore_robots=True))
        assert isinstance(capture, Capture)
        assert texts(capture) == ["All else is public."]
        assert inside.connections == 0
        notes = [value for name, value in capture.meta.response_headers if name == "policywatch-rendered"]
        assert "refused 127.0.0.2: its address is not public" in notes


async def test_page_may_lead_on_by_script_and_the_evidence_says_where(site: RawServer) -> None:
    site.scripts["/old"] = shell("window.open('/popup'); setTimeout(() => location.replace('/new'), 1200)")
    site.scripts["/new"] = response("<h1>Moved here</h1><p>We keep it.</p>")
    capture = await opened(site.url("/old"))
    assert texts(capture) == ["Moved here", "We keep it."]
    assert capture.meta.final_url == site.url("/new")
    assert site.url("/new") in capture.meta.redirects


async def test_page_that_leads_on_without_end_is_ended(site: RawServer) -> None:
    site.scripts["*"] = shell("location.href = '/' + Math.random()")
    limits = FetchLimits(total_seconds=60, host_delay_seconds=0, retries=0, redirects=3)
    with pytest.raises(FetchError) as caught:
        await opened(site.url("/start"), limits)
    assert caught.value.error_class is ErrorClass.REDIRECT
    assert len(site.requests) <= 5


async def test_page_that_leads_to_an_error_is_not_the_document(site: RawServer) -> None:
    site.scripts["/old"] = shell("location.replace('/gone')")
    site.scripts["/gone"] = response("<p>There is nothing here.</p>", status="404 Not Found")
    with pytest.raises(FetchError) as caught:
        await opened(site.url("/old"))
    assert (caught.value.error_class, caught.value.status) == (ErrorClass.HTTP_STATUS, 404)


async def test_robots_txt_holds_for_where_a_script_leads(site: RawServer) -> None:
    site.scripts["/robots.txt"] = response(
        "User-agent: *\nDisallow: /closed\n", headers={"Content-Type": "text/plain"}
    )
    site.scripts["/old"] = shell("location.replace('/closed')")
    with pytest.raises(FetchError) as caught:
        await opened(site.url("/old"), ignore_robots=False)
    assert caught.value.error_class is ErrorClass.ROBOTS


async def test_nothing_is_kept_between_two_visits(site: RawServer) -> None:
    site.scripts["/terms"] = shell(
        "const n = (localStorage.n || 0); localStorage.n = 1; document.cookie = 'seen=1; max-age=9999';"
        "document.body.innerHTML = `<p>You came here ${n} times before.</p>`; fetch('/api')"
    )
    for _ in range(2):
        assert texts(await opened(site.url("/terms"))) == ["You came here 0 times before."]
    assert "cookie" not in [request for request in site.requests if request.path == "/terms"][1].headers


async def test_script_that_never_ends_costs_only_its_time(site: RawServer) -> None:
    site.scripts["/terms"] = shell("for (;;) {}")
    limits = FetchLimits(total_seconds=10, host_delay_seconds=0, retries=0)
    with pytest.raises(FetchError) as caught:
        await opened(site.url("/terms"), limits)
    assert caught.value.error_class is ErrorClass.TIMEOUT


async def test_script_that_hoards_memory_is_ended(site: RawServer) -> None:
    site.scripts["/terms"] = shell("const a = []; for (;;) a.push(new Array(1e6).fill(Math.random()))")
    with pytest.raises(FetchError) as caught:
        await opened(site.url("/terms"))
    assert caught.value.error_class is ErrorClass.BROWSER


async def test_page_that_loads_too_much_is_ended(site: RawServer) -> None:
    site.scripts["/terms"] = shell("fetch('/big').then(r => r.text()).then(t => document.body.innerText = t)")
    site.scripts["/big"] = data("x" * 400_000)
    limits = FetchLimits(total_seconds=60, host_delay_seconds=0, retries=0, wire_bytes=50_000)
    with pytest.raises(FetchError) as caught:
        await opened(site.url("/terms"), limits)
    assert caught.value.error_class is ErrorClass.TOO_LARGE


async def test_what_is_no_html_is_taken_as_it_is(site: RawServer) -> None:
    site.scripts["/terms.txt"] = response("We keep it.", headers={"Content-Type": "text/plain"})
    assert (await opened(site.url("/terms.txt"))).body == b"We keep it."


async def test_page_that_is_not_there_fails_as_any_other(site: RawServer) -> None:
    site.scripts["/gone"] = response("no", status="410 Gone")
    with pytest.raises(FetchError) as caught:
        await opened(site.url("/gone"))
    assert (caught.value.error_class, caught.value.status) == (ErrorClass.HTTP_STATUS, 410)


async def test_cancelling_ends_the_browser(site: RawServer) -> None:
    site.scripts["/terms"] = shell("setInterval(() => fetch('/tick'), 100)")
    others = set(descendants(os.getpid()))
    visit = asyncio.ensure_future(opened(site.url("/terms")))
    for _ in range(300):
        if any(request.path == "/tick" for request in site.requests):
            break
        await asyncio.sleep(0.2)
    started = set(descendants(os.getpid())) - others
    assert len(started) > 3
    visit.cancel()
    with pytest.raises(asyncio.CancelledError):
        await visit
    for _ in range(100):
        if not any(map(is_running, started)):
            break
        await asyncio.sleep(0.1)
    assert not any(map(is_running, started))
