from __future__ import annotations

import pytest

from monitor.diff.compare import compare
from monitor.diff.render import added_and_removed_words, in_plain_text
from monitor.diff.words import mark
from storage.records import Clause
from tests.monitor.diff.helpers import version


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("We will not train models.", "We may train models.", "We [-will not-] {+may+} train models."),
        ("We train models.", "We may train models.", "We {+may+} train models."),
        ("We may train models.", "We train models.", "We [-may-] train models."),
        ("We share data.", "We share data with partners.", "We share data {+with partners+}."),
        ("Same.", "Same.", "Same."),
    ],
)
def test_differences_read_in_plain_text(before: str, after: str, shown: str) -> None:
    assert in_plain_text(mark(before, after)) == shown


def test_only_words_that_came_or_went_are_counted() -> None:
    before = version("We will not train AI models on your posts.", "We log visits.", "Stays.")
    after = version("We may train AI models on your posts.", "Stays.", "You can object at any time.")
    assert added_and_removed_words(compare(before, after)) == (7, 5)


def test_moved_and_soft_clauses_count_no_words() -> None:
    before = version("We log visits.", "We share data.", "You may object.")
    after = (*before[1:], before[0], Clause("Related articles", soft=True))
    assert added_and_removed_words(compare(before, after)) == (0, 0)
