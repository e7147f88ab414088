"""A page of which a part was not served is told from one that was rewritten."""

from __future__ import annotations

import pytest

from monitor.diff.compare import compare
from monitor.wholeness import partial
from storage.records import Clause

WHOLE = [f"Sentence number {number} says something of its own about matter {number}." for number in range(120)]


def change(after: list[str]) -> str | None:
    return partial(compare(tuple(map(Clause, WHOLE)), tuple(map(Clause, after))))


@pytest.mark.parametrize(
    ("after", "says"),
    [
        (WHOLE[:60], "60 clauses are missing and nothing else was touched"),
        ([*WHOLE[:50], "Show more.", "Back to top."], "70 clauses are missing, most of the page, and only 2"),
    ],
)  # fmt: skip
def test_page_that_lost_a_large_part_and_little_else_is_taken_for_a_part(after: list[str], says: str) -> None:
    assert (change(after) or "").startswith(says)


@pytest.mark.parametrize(
    "after",
    [
        WHOLE[:100],
        [*WHOLE[:50], *(f"A new policy says this of thing {number}." for number in range(10))],
        [*WHOLE, *(f"A new section says this of thing {number}." for number in range(200))],
    ],
)
def test_page_that_lost_little_or_was_rewritten_is_whole(after: list[str]) -> None:
    assert change(after) is None
