"""What is answered to whom: hosts, origins, tokens, a proxy's word, and the headers of every answer."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from monitor.config import Secret, Web
from tests.web.served import Served, served
from web.guard import HEADERS

TOKEN = "a-token-of-many-characters"


@pytest.fixture(scope="module")
def open_browser(empty_file: Path) -> Iterator[Served]:
    with served(empty_file) as running:
        yield running


@pytest.fixture(scope="module")
def closed_browser(empty_file: Path) -> Iterator[Served]:
    """As it is behind the public address https://policies.example.com, for the one user Ann."""
    web = Web(users={"Ann": Secret(TOKEN)}, hosts=frozenset({"mirror.example.com"}))
    with served(empty_file, web, public_url="https://policies.example.com") as running:
        yield running


@pytest.fixture(scope="module")
def behind_a_proxy(empty_file: Path) -> Iterator[Served]:
    with served(empty_file, Web(user_header="X-Remote-User", proxies=(ip_network("10.0.0.0/8"),))) as running:
        yield running


@pytest.mark.parametrize("path", ["/", "/nowhere", "/static/policywatch.css", "/static/..%2Fapp.py"])
def test_every_answer_has_the_headers_that_guard_it(open_browser: Served, path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        answer = open_browser.get(path, method=method)
        assert {name: answer.headers.get(name) for name in HEADERS if name != "cache-control"} == {
            name: value for name, value in HEADERS.items() if name != "cache-control"
        }
        assert "server" not in answer.headers


def test_policy_lets_in_nothing_but_our_own_files(open_browser: Served) -> None:
    policy = open_browser.get("/").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80"])
def test_page_that_had_its_own_name_lead_here_reads_nothing(open_browser: Served, host: str) -> None:
    assert open_browser.get("/", {"Host": host}).status == 421


@pytest.mark.parametrize("host", ["[::1", "a:b", "127.0.0.1:x"])
def test_host_that_is_none_is_refused(open_browser: Served, host: str) -> None:
    assert open_browser.get("/", {"Host": host}).status in (400, 421)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8470", "127.0.0.1", "[::1]:8470"])
def test_names_of_this_machine_are_answered(open_browser: Served, host: str) -> None:
    assert open_browser.get("/", {"Host": host}).status == 200


def test_public_address_and_listed_hosts_are_answered(closed_browser: Served) -> None:
    signed = {"Authorization": f"Bearer {TOKEN}"}
    for host in ("policies.example.com", "mirror.example.com:443"):
        assert closed_browser.get("/", signed | {"Host": host}).status == 200
    assert closed_browser.get("/", signed | {"Host": "example.com"}).status == 421


@pytest.mark.parametrize(
    "origin", ["", "null", "https://evil.example", "http://127.0.0.1", "file://127.0.0.1", "http://localhost:1"]
)
def test_form_on_a_page_of_others_changes_nothing(open_browser: Served, origin: str) -> None:
    assert open_browser.post("/sign-out", {}, {"Origin": origin}).status == 403


def test_form_on_the_public_address_is_taken(closed_browser: Served) -> None:
    signed = {"Authorization": f"Bearer {TOKEN}"}
    for origin in ("https://policies.example.com", closed_browser.origin):
        assert closed_browser.post("/sign-out", {}, signed | {"Origin": origin}).status == 303


def test_without_a_token_nothing_is_shown_but_the_way_in(closed_browser: Served) -> None:
    answer = closed_browser.get("/alerts?status=new")
    assert answer.status == 401
    assert 'value="/alerts?status=new"' in answer.text
    assert closed_browser.get("/", {"Accept": "*/*"}).headers["www-authenticate"] == "Bearer"
    assert closed_browser.get("/", {"Authorization": "Bearer wrong"}).status == 401
    assert closed_browser.get("/", {"Cookie": f"policywatch_session={TOKEN}"}).status == 401
    assert closed_browser.get("/", {"Cookie": "policywatch_name=Ann"}).status == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Basic"])
def test_programs_send_their_token_in_a_header(closed_browser: Served, scheme: str) -> None:
    basic = base64.b64encode(f"any:{TOKEN}".encode()).decode()
    value = basic if scheme == "Basic" else TOKEN
    assert closed_browser.get("/", {"Authorization": f"{scheme} {value}"}).status == 200


def test_token_in_an_address_is_not_looked_at(closed_browser: Served) -> None:
    assert closed_browser.get(f"/?token={TOKEN}").status == 401


def test_signing_in_leads_back_with_a_cookie_that_is_not_the_token(closed_browser: Served) -> None:
    answer = closed_browser.post("/sign-in", {"token": TOKEN, "back": "/alerts?status=new"})
    assert (answer.status, answer.headers["location"]) == (303, "/alerts?status=new")
    cookie = answer.headers["set-cookie"]
    assert TOKEN not in cookie
    assert all(part in cookie.lower() for part in ("; httponly", "; samesite=strict", "; secure"))
    assert closed_browser.get("/", {"Cookie": cookie.partition(";")[0]}).status == 200


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1"])
def test_signing_in_never_leads_elsewhere(closed_browser: Served, back: str) -> None:
    assert closed_browser.post("/sign-in", {"token": TOKEN, "back": back}).headers["location"] == "/"


def test_wrong_token_is_refused_and_told_in_the_log(closed_browser: Served) -> None:
    answer = closed_browser.post("/sign-in", {"token": "wrong-but-long-enough", "back": "/"})
    assert answer.status == 403
    assert "sign_in_refused" in closed_browser.log.getvalue()
    assert "wrong-but" not in closed_browser.log.getvalue() + answer.text


def test_link_in_a_mail_is_asked_for_once_more_from_our_own_page(closed_browser: Served) -> None:
    answer = closed_browser.get("/alerts/1", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"})
    assert 'http-equiv="refresh"' in answer.text
    assert "Your token" not in answer.text


def test_proxy_names_who_asks_and_nobody_else_may(behind_a_proxy: Served, empty_file: Path) -> None:
    assert ">Ann<" in behind_a_proxy.get("/", {"X-Remote-User": "Ann"}).text
    assert behind_a_proxy.get("/").status == 401
    assert behind_a_proxy.get("/", {"Cookie": "policywatch_name=Ann"}).status == 401


def test_header_that_was_not_enabled_names_nobody(open_browser: Served, closed_browser: Served) -> None:
    assert ">Ann<" not in open_browser.get("/", {"X-Remote-User": "Ann"}).text
    assert closed_browser.get("/", {"X-Remote-User": "Ann"}).status == 401


def test_files_of_ours_are_kept_and_pages_are_not(open_browser: Served) -> None:
    assert "immutable" in open_browser.get("/static/policywatch.css").headers["cache-control"]
    assert open_browser.get("/").headers["cache-control"] == "no-store"
