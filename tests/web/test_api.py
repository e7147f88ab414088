"""The API answers with the records of the command line, page by page, and refuses what it cannot read."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from typer.testing import CliRunner

from monitor.cli.commands import app
from tests.web.recorded import HOSTILE, KEY, OTHER
from tests.web.served import Answer, Served
from web.api.description import answer_of, description
from web.api.endpoints import ENDPOINTS

PROGRAM = {"Accept": "application/json"}
ASKED = {
    "/documents": "", "/versions": f"document={KEY}", "/changes": "", "/alerts": "", "/search": "q=posts",
    "/first": "q=posts", "/timeline": "q=posts", "/calendar": "", "/incidents/{id}": "",
}  # fmt: skip
SINGLE = {
    "/alerts/{id}": "/alerts/1", "/text": f"/text?document={KEY}&ref=2", "/diff": f"/diff?document={KEY}",
    "/status": "/status",
}  # fmt: skip
COMMANDS = {
    "/documents": ["documents"], "/versions": ["versions", KEY], "/changes": ["changes"], "/alerts": ["alerts"],
    "/incidents/1": ["alerts", "--incident", "1"],
    "/search": ["search", "posts"], "/first": ["first", "posts"], "/timeline": ["timeline", "posts"],
}  # fmt: skip
NUMBERED = {"/incidents/{id}": "/incidents/1"}
LISTS = [endpoint for endpoint in ENDPOINTS if endpoint.is_list]
PAGED = [endpoint for endpoint in LISTS if "limit" in endpoint.parameters.model_fields]


def ask(browser: Served, path: str) -> Answer:
    return browser.get(f"/api/v1{path}", PROGRAM)


def rows(browser: Served, path: str) -> list[dict[str, Any]]:
    answer = ask(browser, path)
    assert answer.status == 200, answer.text
    found: list[dict[str, Any]] = json.loads(answer.body)["items"]
    return found


def printed(database: Path, *arguments: str) -> str:
    return CliRunner().invoke(app, ["--database", str(database), *arguments]).stdout


@pytest.mark.parametrize("path", COMMANDS)
def test_the_records_are_those_of_the_command(browser: Served, recorded_file: Path, path: str) -> None:
    lines = printed(recorded_file, *COMMANDS[path], "--format", "jsonl").splitlines()
    assert lines
    assert rows(browser, f"{path}?{ASKED.get(path, '')}") == [json.loads(line) for line in lines]


@pytest.mark.parametrize(
    ("path", "arguments"),
    [
        (f"/text?document={KEY}&ref=2", ["show", f"{KEY}@2"]),
        (f"/diff?document={KEY}", ["diff", KEY]),
        (f"/diff?document={KEY}&before=1&after=3", ["diff", KEY, "1", "3"]),
        (f"/diff?document={KEY}&other={OTHER}", ["diff", KEY, OTHER]),
        ("/status", ["status"]),
    ],
)
def test_a_single_record_is_that_of_the_command(
    browser: Served, recorded_file: Path, path: str, arguments: list[str]
) -> None:
    expected = json.loads(printed(recorded_file, *arguments, "--format", "json"))
    if path == "/status":
        assert expected["database"].pop("path") == str(recorded_file)
    assert json.loads(ask(browser, path).body) == expected


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.path)
def test_an_answer_has_the_keys_that_its_description_names(browser: Served, endpoint: Any) -> None:
    path = endpoint.path
    answer = ask(browser, f"{NUMBERED.get(path, path)}?{ASKED[path]}" if endpoint.is_list else SINGLE[path])
    read = TypeAdapter(answer_of(endpoint)).validate_json(answer.body, strict=False)
    assert json.loads(answer.body).keys() == read.model_dump().keys()
    for row in json.loads(answer.body)["items"] if endpoint.is_list else [json.loads(answer.body)]:
        assert list(row) == list(endpoint.record.model_fields)


@pytest.mark.parametrize("endpoint", PAGED, ids=lambda endpoint: endpoint.path)
def test_pages_make_up_the_whole_list(browser: Served, endpoint: Any) -> None:
    path = endpoint.path
    paged: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = json.loads(
            ask(browser, f"{path}?{ASKED[path]}&limit=1&cursor={cursor.replace(' ', '+')}").body
        )
        paged += answer["items"]
        cursor = answer["next_cursor"]
    assert paged == rows(browser, f"{path}?{ASKED[path]}")
    assert paged


@pytest.mark.parametrize("endpoint", LISTS, ids=lambda endpoint: endpoint.path)
def test_a_list_is_also_a_table_without_formulas(browser: Served, endpoint: Any) -> None:
    path = NUMBERED.get(endpoint.path, endpoint.path)
    answer = ask(browser, f"{path}.csv?{ASKED[endpoint.path]}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    read = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [list(row) for row in read] == [list(endpoint.record.model_fields)] * len(read)
    assert len(read) == len(rows(browser, f"{path}?{ASKED[endpoint.path]}"))
    assert not [cell for row in read for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    assert not set(answer.text) & set("\x00\x0b\u2028\u202e\r\t")


def test_a_table_names_its_next_page(browser: Served) -> None:
    first = ask(browser, "/changes.csv?limit=1")
    link, _, rel = first.headers["link"].partition(";")
    assert rel == ' rel="next"'
    assert browser.get(link.strip("<>"), PROGRAM).text != first.text


def test_hostile_text_arrives_as_it_was_written(browser: Served) -> None:
    (finding, *_) = rows(browser, "/changes?limit=1")[0]["findings"]
    assert (finding["quote"], finding["before"], finding["heading"]) == (HOSTILE, HOSTILE, [HOSTILE])
    assert "\u2028" not in ask(browser, "/changes?limit=1").text


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/changes?limit=0", 400, "limit"),
        ("/changes?limit=1001", 400, "limit"),
        ("/changes?servise=acme", 400, "servise"),
        ("/changes?service=a&service=b", 400, "once"),
        ("/changes?cursor=soon", 400, "next_cursor"),
        ("/changes?since=yesterday", 400, "yesterday"),
        ("/calendar?cursor=soon", 400, "next_cursor"),
        ("/versions", 400, "document"),
        ("/versions?document=no/such", 404, "no/such"),
        ("/search?q=a+AND", 400, "cannot be read"),
        (f"/text?document={KEY}&ref=99", 404, "99"),
        (f"/diff?document={OTHER}", 404, "only one version"),
        ("/alerts/99", 404, "99"),
        ("/alerts/0", 404, "0"),
        (f"/alerts/{10**30}", 404, "alert"),
        ("/alerts/one", 404, "openapi.json"),
        ("/nothing", 404, "openapi.json"),
    ],
)
def test_a_problem_says_what_is_wrong(browser: Served, path: str, status: int, says: str) -> None:
    answer = ask(browser, path)
    told = json.loads(answer.body)
    assert (answer.status, told["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in told["detail"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_the_api_only_reads(browser: Served, method: str) -> None:
    answer = browser.get("/api/v1/changes", {**PROGRAM, "Origin": browser.origin}, method=method)
    assert answer.status == 405
    assert answer.headers["content-type"] == "application/problem+json"


def test_whoever_has_the_answer_already_is_told_so(browser: Served) -> None:
    tag = ask(browser, "/alerts").headers["etag"]
    assert browser.get("/api/v1/alerts", {**PROGRAM, "If-None-Match": tag}).status == 304


def test_the_description_is_served_and_names_every_address(browser: Served) -> None:
    told = json.loads(ask(browser, "/openapi.json").body)
    assert told == json.loads(json.dumps(description()))
    assert told["openapi"].startswith("3.1")
    assert set(told["paths"]) == {each.path for each in ENDPOINTS} | {f"{each.path}.csv" for each in LISTS}
