import asyncio
from dataclasses import replace

import pytest

from monitor.fetch.model import Capture, ErrorClass, FetchError, FetchRequest
from monitor.fetch.robots import KEPT_SECONDS, ORIGINS_REMEMBERED, RULES_REMEMBERED, RobotsRules
from tests.monitor.fetch.conftest import QUICK, USER_AGENT, FakeTime, MakeFetcher
from tests.servers.http import Page, RawServer, SiteServer, response

POLICY = "<p>We keep your data.</p>"


def site_with(robots: Page | str) -> SiteServer:
    return SiteServer({"/p": POLICY, "/open/p": POLICY, "/robots.txt": robots})


async def outcome(make_fetcher: MakeFetcher, site: SiteServer, path: str = "/p") -> ErrorClass | None:
    async with make_fetcher() as fetcher:
        try:
            await fetcher.fetch(FetchRequest(site.url(path)))
        except FetchError as error:
            return error.error_class
    return None


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("User-agent: *\nDisallow: /p", ErrorClass.ROBOTS),
        ("User-agent: PolicyWatch\nDisallow: /p", ErrorClass.ROBOTS),
        ("User-agent: *\nDisallow: /\n\nUser-agent: policywatch\nAllow: /", None),
        ("User-agent: otherbot\nDisallow: /", None),
        ("User-agent: *\nDisallow: /private", None),
        ("User-agent: bot\nDisallow: /\n\nUser-agent: https\nDisallow: /", None),
        ("", None),
        ("<html>not a robots file</html>", None),
    ],
)
async def test_the_rules_for_us_decide(
    make_fetcher: MakeFetcher, rules: str, expected: ErrorClass | None
) -> None:
    with site_with(Page(rules, "text/plain")) as site:
        assert await outcome(make_fetcher, site) is expected
        assert len(site.requests_for("/p")) == (expected is None)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_a_site_without_robots_file_is_open(make_fetcher: MakeFetcher, status: int) -> None:
    with site_with(Page("User-agent: *\nDisallow: /", status=status, etag=False)) as site:
        assert await outcome(make_fetcher, site) is None


@pytest.mark.parametrize("status", [500, 502, 204])
async def test_a_robots_file_that_cannot_be_read_closes_the_site_for_now(
    make_fetcher: MakeFetcher, status: int
) -> None:
    with site_with(Page("", status=status, etag=False)) as site:
        async with make_fetcher() as fetcher:
            with pytest.raises(FetchError) as caught:
                await fetcher.fetch(FetchRequest(site.url("/p")))
            site.pages["/robots.txt"] = Page("", "text/plain")
            assert isinstance(await fetcher.fetch(FetchRequest(site.url("/p"))), Capture)
    assert (caught.value.error_class, caught.value.transient) == (ErrorClass.ROBOTS, True)
    assert "robots.txt" in caught.value.reason


async def test_a_truncated_robots_file_opens_nothing(make_fetcher: MakeFetcher) -> None:
    cut = response("User-agent: *\n", headers={"Content-Length": "500"})
    with RawServer({"/robots.txt": cut, "*": response(POLICY)}) as server:
        async with make_fetcher() as fetcher:
            with pytest.raises(FetchError) as caught:
                await fetcher.fetch(FetchRequest(server.url("/p")))
    assert (caught.value.error_class, caught.value.transient) == (ErrorClass.ROBOTS, True)
    assert [seen.path for seen in server.requests] == ["/robots.txt"]


async def test_an_unreachable_site_is_reported_as_such_and_not_as_robots(make_fetcher: MakeFetcher) -> None:
    with site_with("") as site:
        url = site.url("/p")
    async with make_fetcher() as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(FetchRequest(url))
    assert caught.value.error_class is ErrorClass.CONNECT


async def test_a_busy_robots_file_is_a_rate_limit(make_fetcher: MakeFetcher) -> None:
    with site_with(Page("", status=429, headers={"Retry-After": "60"}, etag=False)) as site:
        async with make_fetcher() as fetcher:
            for _ in range(2):
                with pytest.raises(FetchError) as caught:
                    await fetcher.fetch(FetchRequest(site.url("/p")))
                assert caught.value.transient
    assert caught.value.error_class is ErrorClass.RATE_LIMITED
    assert len(site.requests) == 1


async def test_a_document_may_ignore_robots(make_fetcher: MakeFetcher) -> None:
    with site_with(Page("User-agent: *\nDisallow: /", "text/plain")) as site:
        async with make_fetcher() as fetcher:
            await fetcher.fetch(FetchRequest(site.url("/p"), ignore_robots=True))
    assert [seen.path for seen in site.requests] == ["/p"]


async def test_robots_files_are_kept_for_a_day(make_fetcher: MakeFetcher, time: FakeTime) -> None:
    with site_with(Page("", "text/plain")) as site:
        async with make_fetcher() as fetcher:
            for pause in (0, KEPT_SECONDS - 10, 20):
                time.seconds += pause
                await fetcher.fetch(FetchRequest(site.url("/p")))
    assert len(site.requests_for("/robots.txt")) == 2


async def test_a_redirect_into_a_closed_part_is_not_followed(make_fetcher: MakeFetcher) -> None:
    with site_with(Page("User-agent: *\nDisallow: /p", "text/plain")) as site:
        site.pages["/open/p"] = Page("", status=301, headers={"Location": "/p"}, etag=False)
        assert await outcome(make_fetcher, site, "/open/p") is ErrorClass.ROBOTS
        assert site.requests_for("/p") == []


async def test_a_robots_file_that_only_redirects_counts_as_none(make_fetcher: MakeFetcher) -> None:
    with site_with(Page("", status=301, headers={"Location": "/robots.txt"}, etag=False)) as site:
        assert await outcome(make_fetcher, site) is None


async def test_a_huge_robots_file_is_not_read_to_its_end(make_fetcher: MakeFetcher) -> None:
    with site_with(Page("#" * (3 * 1024 * 1024), "text/plain", etag=False)) as site:
        assert await outcome(make_fetcher, site) is ErrorClass.ROBOTS


async def test_rules_after_half_a_mebibyte_are_not_looked_at(make_fetcher: MakeFetcher) -> None:
    late = "#" * (600 * 1024) + "\nUser-agent: *\nDisallow: /"
    with site_with(Page(late, "text/plain")) as site:
        assert await outcome(make_fetcher, site) is None


async def test_ever_new_origins_do_not_fill_the_memory(time: FakeTime) -> None:
    async def read(_url: str) -> tuple[int, bytes]:
        return 404, b""

    rules = RobotsRules(read, user_agent=USER_AGENT, monotonic=time.monotonic)
    for number in range(ORIGINS_REMEMBERED + 500):
        await rules.check(f"https://h{number}.example/")
    assert len(rules._origins) <= ORIGINS_REMEMBERED


async def test_rules_that_gave_way_to_those_of_other_sites_are_asked_for_again(time: FakeTime) -> None:
    asked: list[str] = []

    async def read(url: str) -> tuple[int, bytes]:
        asked.append(url)
        return 200, b"User-agent: *\nDisallow: /closed"

    rules = RobotsRules(read, user_agent=USER_AGENT, monotonic=time.monotonic)
    for number in range(RULES_REMEMBERED + 1):
        await rules.check(f"https://h{number}.example/")
    with pytest.raises(FetchError):
        await rules.check("https://h0.example/closed")
    assert asked.count("https://h0.example/robots.txt") == 2


async def test_documents_of_one_site_ask_for_its_robots_file_once(make_fetcher: MakeFetcher) -> None:
    with site_with(Page("", "text/plain")) as site:
        async with make_fetcher(limits=replace(QUICK, total_seconds=10)) as fetcher:
            await asyncio.gather(*(fetcher.fetch(FetchRequest(site.url(p))) for p in ("/p", "/open/p", "/p")))
    assert len(site.requests_for("/robots.txt")) == 1
