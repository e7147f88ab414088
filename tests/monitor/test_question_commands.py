"""What the questions to the archive print."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli.commands import app
from tests.monitor.test_searches import AI, ARCHIVE, KEY, path

__all__ = ["path"]


def ask(path: Path, *arguments: str, code: int = 0) -> str:
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["--database", str(path), *arguments])
    assert done.exit_code == code, done.output
    return done.stdout


def rows(path: Path, *arguments: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in ask(path, *arguments, "--format", "jsonl").splitlines()]


def test_a_table_of_hits_has_the_clause_below_its_facts(path: Path) -> None:
    lines = ask(path, "first", "train", "--format", "table", "--limit", "1").splitlines()
    assert lines == [
        "beta/terms (recorded by library): first seen 2024-08-31 in version 1, last seen 2024-08-31",
        "  Terms",
        f"  {AI}",
    ]


def test_first_and_timeline_answer_in_every_form(path: Path) -> None:
    assert [row["document"] for row in rows(path, "first", "train")] == ["beta/terms", ARCHIVE, KEY]
    assert rows(path, "timeline", "train")[1] == {
        "month": "2024-09", "service": "Acme", "origin": "library", "born": 1, "died": 0, "recorded": 0,
    }  # fmt: skip
    assert ask(path, "timeline", "train", "--format", "csv").splitlines()[0] == (
        "month,service,origin,born,died,recorded"
    )
    assert "█" in ask(path, "timeline", "train", "--format", "table")
    assert ask(path, "timeline", "nowhere", code=1) == ""


@pytest.mark.parametrize("name", ["chart.svg", "chart.PNG"])
def test_a_timeline_is_drawn_into_a_file(path: Path, tmp_path: Path, name: str) -> None:
    ask(path, "timeline", "train", "--out", str(tmp_path / name))
    assert (tmp_path / name).read_bytes()[:4] in (b"<svg", b"\x89PNG")


def test_a_day_is_a_span_of_one_day(path: Path) -> None:
    found = rows(path, "changes", "--on", "2024-09-01")
    assert [(row["document"], row["number"]) for row in found] == [("beta/terms", 2), (ARCHIVE, 2)]


def test_as_of_and_a_reference_say_the_same(path: Path) -> None:
    assert ask(path, "show", KEY, "--as-of", "2024-09-02") == ask(path, "show", f"{KEY}@2024-09-02")
    assert json.loads(ask(path, "show", f"{KEY}@2024-09-01", "--format", "json"))["origin"] == "library"


@pytest.mark.parametrize(
    "arguments",
    [(KEY, "1", "2"), (f"{KEY}@1", "2"), (f"{KEY}@1", f"{KEY}@2"), (KEY, "2024-09-02", "2024-09-03")],
)
def test_a_diff_can_be_asked_for_in_several_ways(path: Path, arguments: tuple[str, ...]) -> None:
    found = json.loads(ask(path, "diff", *arguments, "--format", "json"))
    assert (found["before"]["version"], found["after"]["version"]) == (1, 2)
    assert [(clause["kind"], clause["before"]) for clause in found["clauses"]] == [("removed", AI)]


def test_a_diff_of_two_documents_names_both(path: Path) -> None:
    text = ask(path, "diff", f"{KEY}@1", "beta/terms@1")
    assert text.startswith(f"{KEY}: version 1 (last seen 2024-09-02T09:00:00Z) -> beta/terms: version 1 ")
    page = ask(path, "diff", f"{KEY}@1", "beta/terms@1", "--format", "html")
    assert f"Version 1 of {KEY}," in page
