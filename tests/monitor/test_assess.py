from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from monitor.assess import assess
from monitor.cli.commands import app
from monitor.detect.topics.table import shipped_books
from monitor.extract.read import extract_markdown

FILLER = "\n\n".join(f"Section {number} tells how the service keeps log {number}." for number in range(140))
TRAINS = "We may use your messages to train our AI models."


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["assess", *arguments], prog_name="policywatch")
    return done.exit_code, done.output


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def held(before: str, after: str) -> str | None:
    return assess(extract_markdown(before), extract_markdown(after), (), shipped_books(), "en").held


def test_two_files_are_compared_and_the_finding_told(tmp_path: Path) -> None:
    before = write(tmp_path / "a.md", FILLER)
    after = write(tmp_path / "b.html", f"<p>{TRAINS}</p><p>" + "</p><p>".join(FILLER.split("\n\n")) + "</p>")
    code, output = run(before, after, "--format", "json")
    row = json.loads(output)
    assert code == 0
    assert (row["alert"], row["severity"], row["held"], row["added"]) == (True, "high", None, 1)
    assert (row["findings"][0]["topic"], row["findings"][0]["effect"]) == ("ai-training", "introduces")


def test_pairs_are_answered_line_by_line(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {
            "id": "new",
            "before": None,
            "after": write(tmp_path / "new.txt", f"{FILLER}\n\n{TRAINS}"),
            "lang": "und",
        },
        {
            "id": "same",
            "before": write(tmp_path / "a.md", FILLER),
            "after": str(tmp_path / "a.md"),
            "kind": "terms",
        },
    ]
    pairs = write(tmp_path / "pairs.jsonl", "\n".join(map(json.dumps, rows)))
    code, output = run("--pairs", pairs, "--format", "jsonl")
    answers = [json.loads(line) for line in output.splitlines()]
    assert code == 0
    assert [(row["id"], row["changed"], row["alert"]) for row in answers] == [
        ("new", True, True),
        ("same", False, False),
    ]


def test_same_text_exits_with_1(tmp_path: Path) -> None:
    same = write(tmp_path / "a.md", FILLER)
    assert run(same, same)[0] == 1


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("{", 65, "pairs.jsonl:1"),
        ('["id"]', 65, "is no pair"),
        ('{"id": 1, "after": 7}', 65, "is no pair"),
        ('{"id": 1, "after": "nowhere.md"}', 66, "nowhere.md"),
    ],
)
def test_bad_line_is_named(tmp_path: Path, line: str, code: int, says: str) -> None:
    from monitor.errors import PolicywatchError

    done = CliRunner().invoke(app, ["assess", "--pairs", write(tmp_path / "pairs.jsonl", line)])
    assert isinstance(done.exception, PolicywatchError)
    assert done.exception.exit_code == code
    assert says in str(done.exception)


def test_page_that_was_cut_off_is_held() -> None:
    assert "shrank" in (held(f"{FILLER}\n\n{TRAINS}", "\n\n".join(FILLER.split("\n\n")[:20])) or "")
    assert "missing" in (held(f"{TRAINS}\n\n{FILLER}", "\n\n".join(FILLER.split("\n\n")[:85])) or "")


def test_page_that_returns_after_a_stub_is_held() -> None:
    assert "before:" in (held("Please come back to this page later today.", f"{FILLER}\n\n{TRAINS}") or "")


def dated(day: str, text: str) -> str:
    return f"Last updated: {day}\n\n{FILLER}\n\n{text}"


def test_older_text_is_held() -> None:
    older = dated("1 March 2025", TRAINS).replace("tells how", "says how")
    assert "an older text" in (held(dated("1 May 2025", "We keep logs."), older) or "")
    assert held(older, dated("1 May 2025", "We keep logs.")) is None


def test_edit_whose_date_was_set_back_is_told() -> None:
    found = assess(
        extract_markdown(dated("1 May 2025", "We keep logs.")),
        extract_markdown(dated("1 March 2025", TRAINS)),
        (),
        shipped_books(),
        "en",
    )
    assert found.held is None
    assert "backdated" in found.flags
    assert "introduces" in [each.effect for each in found.findings if each.topic == "ai-training"]


def test_page_without_the_section_of_a_region_is_held() -> None:
    section = FILLER.replace("Section", "European rule")
    with_section = f"# Policy\n\n{FILLER}\n\n## European requirements\n\n{TRAINS}\n\n{section}"
    without = f"# Policy\n\n{FILLER.replace('Section 7 ', 'Section seven ')}"
    assert "another region" in (held(with_section, without) or "")


def test_page_that_was_rewritten_and_grew_is_judged() -> None:
    short = "\n\n".join(FILLER.split("\n\n")[:30])
    rewritten = "\n\n".join(
        f"Chapter {number}: what happens with file {number} and why we do so." for number in range(70)
    )
    found = assess(
        extract_markdown(short), extract_markdown(f"{rewritten}\n\n{TRAINS}"), (), shipped_books(), "en"
    )
    assert found.held is None
    assert [each.effect for each in found.findings if each.topic == "ai-training"] == ["introduces"]
