"""The page of faults names tests that exist, and rows that are all there."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "faults.md").read_text(encoding="utf-8")
ROWS = {"A": 10, "B": 12, "C": 5, "D": 16, "E": 18, "F": 12, "G": 7}
OF_OPERATING = ["H3", "H4", "H5", "H6", "H7"]
"""Of the rows on operating only those are told here that are about messages and what people read."""


def test_every_row_is_there_once() -> None:
    wanted = [f"{letter}{number}" for letter, count in ROWS.items() for number in range(1, count + 1)]
    wanted += OF_OPERATING
    assert re.findall(r"^\| ([A-H]\d+) \|", PAGE, re.MULTILINE) == wanted


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`([\w/]+\.py)::(test_\w+)`", PAGE)
    assert len(named) > 100
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (TESTS / file).exists()
        or (name and f"def {name}(" not in (TESTS / file).read_text(encoding="utf-8"))
    ]
    assert missing == []


def test_what_is_marked_as_soak_and_only_that_is_left_out_of_the_ordinary_run() -> None:
    for line in PAGE.splitlines():
        ordinary, _, soak = line.partition("soak: `")
        for file, name in re.findall(r"`([\w/]+\.py)::(test_\w+)`", f"`{soak}"):
            assert is_soak(file, name), name
        if line.startswith("| "):
            for file, name in re.findall(r"`([\w/]+\.py)::(test_\w+)`", ordinary):
                assert not is_soak(file, name), name


def is_soak(file: str, name: str) -> bool:
    """Whether all of a test's cases are left to `make soak`: a mark of its own, not one of a case."""
    before = (TESTS / file).read_text(encoding="utf-8").partition(f"def {name}(")[0]
    decorators = re.findall(r"^\s*@.*$", before.rpartition("\n\n")[2], re.MULTILINE)
    return any(line.strip() == "@pytest.mark.soak" for line in decorators)
