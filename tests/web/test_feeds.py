"""Feeds, calendar, health and metrics over HTTP."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from icalendar import Calendar

from monitor.config import Secret, Web
from tests.web.recorded import KEY, OTHER, read_xml
from tests.web.served import Served, served

ATOM = "{http://www.w3.org/2005/Atom}"


def entries(browser: Served, path: str) -> list[str]:
    """The pages that the entries of a feed lead to."""
    answer = browser.get(path)
    assert answer.status == 200, answer.text
    assert answer.headers["content-type"].startswith("application/atom+xml")
    links = read_xml(answer.body).findall(f"{ATOM}entry/{ATOM}link")
    return [(link.get("href") or "").removeprefix(browser.origin) for link in links]


FIRST, SECOND = f"/documents/{KEY}/diff?from=1&to=2", f"/documents/{KEY}/diff?from=2&to=3"
NEWS = f"/documents/{OTHER}/at/1"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/feeds/all.atom", [SECOND, NEWS, FIRST]),
        ("/feeds/services/acme.atom", [SECOND, FIRST]),
        ("/feeds/services/Beta.atom", [NEWS]),
        ("/feeds/topics/retention.atom", [SECOND, NEWS, FIRST]),
        ("/feeds/topics/children.atom", []),
        (f"/feeds/documents/{KEY}.atom", [SECOND, FIRST]),
        (f"/feeds/documents/{OTHER}.atom", [NEWS]),
    ],
)
def test_each_feed_tells_its_own_newest_first(browser: Served, path: str, expected: list[str]) -> None:
    assert entries(browser, path) == expected


@pytest.mark.parametrize(
    "path", ["/feeds/documents/no/such.atom", "/feeds/services/nobody.atom", "/feeds/x.atom"]
)
def test_a_feed_of_nothing_is_not_there(browser: Served, path: str) -> None:
    assert browser.get(path).status == 404


def test_links_and_ids_of_feeds_hold_behind_a_proxy(recorded_file: Path, browser: Served) -> None:
    with served(recorded_file, public_url="https://policies.example.com") as behind:
        told = read_xml(behind.get("/feeds/all.atom").body)
    ours = read_xml(browser.get("/feeds/all.atom").body)
    hosts = [link.get("href") or "" for link in told.iter(f"{ATOM}link")]
    assert all(link.startswith("https://policies.example.com/") for link in hosts)
    assert [each.text for each in told.iter(f"{ATOM}id")] == [each.text for each in ours.iter(f"{ATOM}id")]


def test_a_reader_that_has_the_feed_already_is_told_so(browser: Served) -> None:
    tag = browser.get("/feeds/all.atom").headers["etag"]
    again = browser.get("/feeds/all.atom", {"If-None-Match": f'"other", W/{tag}'})
    assert (again.status, again.body) == (304, b"")
    assert browser.get("/feeds/all.atom", {"If-None-Match": '"other"'}).status == 200


def test_readers_of_feeds_may_show_a_token_as_password(recorded_file: Path) -> None:
    with served(recorded_file, Web(users={"Ann": Secret("a-token-of-many-characters")})) as closed:
        assert closed.get("/feeds/all.atom", {"Accept": "*/*"}).status == 401
        assert (
            closed.get("/api/v1/changes", {"Accept": "*/*"}).headers["content-type"]
            == "application/problem+json"
        )
        bearer = {"Authorization": "Bearer a-token-of-many-characters"}
        assert closed.get("/feeds/all.atom", bearer).status == 200
        assert [closed.get(path).status for path in ("/livez", "/readyz")] == [200, 200]
        assert closed.get("/metrics").status == 401


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("", ["2024-05-01", "2024-04-01"]),
        ("?service=acme", ["2024-05-01", "2024-04-01"]),
        ("?service=beta", []),
    ],
)
def test_effective_dates_are_a_calendar(browser: Served, query: str, days: list[str]) -> None:
    answer = browser.get("/feeds/effective-dates.ics" + query)
    events = Calendar.from_ical(answer.body).walk("VEVENT")
    assert [event.decoded("dtstart").isoformat() for event in events] == days
    assert len({event["uid"] for event in events}) == len(days)


def test_metrics_are_those_of_the_command(browser: Served) -> None:
    told = browser.get("/metrics")
    assert told.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "policywatch_versions_total 4\n" in told.text
    assert "policywatch_daemon_running 0\n" in told.text


def test_ready_while_the_database_can_be_read(recorded_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "gone.db"
    path.write_bytes(recorded_file.read_bytes())
    with served(path) as running:
        assert running.get("/readyz").text == "ready\n"
        path.write_bytes(b"no database any more" * 1000)
        assert running.get("/readyz").status == 503
        assert running.get("/livez").text == "alive\n"
        assert str(path) not in running.get("/readyz").text


def test_keys_with_odd_signs_are_only_text(browser: Served) -> None:
    for key in ("../../etc/passwd", "a'b", "%", "\x00", "a" * 5000):
        assert browser.get(f"/feeds/documents/{quote(key, safe='')}.atom").status in (404, 414)
