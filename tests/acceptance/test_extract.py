"""`extract` shows what we read in a file or a page of a real server, and fails in one line."""

from __future__ import annotations

import json

import pytest

from tests.acceptance.world import POLICY, World
from tests.servers.http import Page

TEXT = POLICY.format(date="1 March 2024", clause="")


def test_file_is_shown_clause_by_clause_with_what_was_set_aside_and_why(world: World) -> None:
    (world.folder / "policy.html").write_text(TEXT, encoding="utf-8")
    out = world.run("extract", str(world.folder / "policy.html")).stdout
    assert "h2  How we use data" in out
    assert "¶ We use your data to provide the service." in out
    assert "language:       en" in out
    assert "stated date:    2024-03-01" in out
    hard, _, soft = out.partition("Set aside")
    assert "Home" not in hard
    assert "in the navigation of the page" in soft


def test_file_needs_no_configuration(world: World) -> None:
    world.config.unlink()
    (world.folder / "policy.md").write_text("# Terms\n\n- one item\n- another\n")
    out = world.run("extract", str(world.folder / "policy.md"), "--format", "jsonl").stdout
    rows = [json.loads(line) for line in out.splitlines()]
    assert [(row["kind"], row["level"], row["clause"]) for row in rows] == [
        ("heading", 1, "Terms"),
        ("list-item", 1, "one item"),
        ("list-item", 1, "another"),
    ]
    assert rows[1]["heading"] == ["Terms"]


def test_page_is_fetched_as_a_check_would_with_robots_txt_first(world: World) -> None:
    read = json.loads(world.run("extract", world.site.url("/privacy"), "--format", "json").stdout)
    assert [request.path for request in world.site.requests] == ["/robots.txt", "/privacy"]
    assert "privacy-team@example.com" in world.site.requests[1].headers["user-agent"]
    assert read["title"] == "Privacy Policy"
    assert read["page_kind"] == "html"
    assert read["words"] > 40
    assert {row["reason"] for row in read["clauses"] if row["soft"]} == {"navigation"}


def test_page_that_moved_is_shown_at_its_new_address(world: World) -> None:
    world.site.pages["/old"] = Page("", status=301, headers={"Location": "/privacy"}, etag=False)
    read = json.loads(world.run("extract", world.site.url("/old"), "--format", "json").stdout)
    assert read["address"] == world.site.url("/privacy")


def test_selectors_can_be_tried(world: World) -> None:
    page = world.site.url("/privacy")
    out = world.run("extract", page, "--select", "main", "--remove", "h2", "--format", "json").stdout
    clauses = [row["clause"] for row in json.loads(out)["clauses"]]
    assert "Contact" not in clauses
    assert not any("Home" in clause for clause in clauses)
    refused = world.run("extract", page, "--select", ".none", expect=65).stderr
    assert "'.none' matches nothing" in refused


def test_page_with_nothing_but_surroundings_ends_with_1(world: World) -> None:
    (world.folder / "empty.html").write_text("<p>Loading</p>")
    done = world.run("extract", str(world.folder / "empty.html"), expect=1)
    assert "Loading" in done.stdout
    assert "nothing on the page counts as its text" in done.stderr


def test_every_failure_is_one_line_with_its_exit_code(world: World) -> None:
    (world.folder / "policy.pdf").write_bytes(b"%PDF-1.7\n")
    world.site.pages["/robots.txt"] = Page("User-agent: *\nDisallow: /closed\n", "text/plain")
    world.site.pages["/closed"] = TEXT
    failures = [
        (str(world.folder / "none.html"), 66, "there is no file"),
        (str(world.folder), 65, "directory"),
        (str(world.folder / "policy.pdf"), 65, "the PDF is cut off"),
        (world.site.url("/none"), 66, "404"),
        (world.site.url("/closed"), 69, "robots.txt"),
        ("https://127.0.0.1:1/", 69, "127.0.0.1"),
        ("http://10.0.0.1/", 69, "10.0.0.1"),
        ("ftp://example.org/x", 64, "https://"),
    ]
    for where, code, words in failures:
        (line,) = world.run("extract", where, expect=code).stderr.strip().splitlines()
        assert words in line
        assert line.startswith("policywatch: ")


@pytest.mark.parametrize("form", ["text", "json", "jsonl"])
def test_page_cannot_move_the_cursor_of_a_terminal(world: World, form: str) -> None:
    (world.folder / "hostile.txt").write_text("We \x1b[2J use data.\n")
    assert "\x1b" not in world.run("extract", str(world.folder / "hostile.txt"), "--format", form).stdout
