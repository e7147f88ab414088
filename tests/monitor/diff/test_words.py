from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.diff.tokens import split
from monitor.diff.words import Span, align, mark
from tests.monitor.diff.helpers import WORDS

texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join),
)
token_lists = st.lists(st.integers(0, 6), max_size=30)


@given(texts, texts)
def test_marks_rebuild_both_sides(before: str, after: str) -> None:
    spans = mark(before, after)
    assert "".join(span.text for span in spans if span.kind != "insert") == before
    assert "".join(span.text for span in spans if span.kind != "delete") == after
    assert all(span.text for span in spans)


@given(texts)
def test_splitting_loses_nothing(text: str) -> None:
    assert "".join(split(text)) == text


@given(token_lists, token_lists)
def test_alignment_pairs_equal_tokens_in_order(before: list[int], after: list[int]) -> None:
    pairs = align(before, after)
    assert all(before[old] == after[new] for old, new in pairs)
    assert all(one[0] < two[0] and one[1] < two[1] for one, two in pairwise(pairs))


@given(token_lists, token_lists)
def test_small_alignment_is_the_longest_there_is(before: list[int], after: list[int]) -> None:
    best = [[0] * (len(after) + 1) for _ in range(len(before) + 1)]
    for row, old in enumerate(before):
        for column, new in enumerate(after):
            best[row + 1][column + 1] = (
                best[row][column] + 1 if old == new else max(best[row][column + 1], best[row + 1][column])
            )
    assert len(align(before, after)) == best[-1][-1]


@pytest.mark.parametrize("distinct", [3, 40, 100_000])
def test_alignment_beyond_the_size_budget_is_still_sound(distinct: int) -> None:
    chance = random.Random(distinct)
    before = [chance.randrange(distinct) for _ in range(2000)]
    after = before[:300] + chance.sample(before, 1400) + before[1500:]
    pairs = align(before, after)
    assert all(before[old] == after[new] for old, new in pairs)
    assert all(one[0] < two[0] and one[1] < two[1] for one, two in pairwise(pairs))
    assert len(pairs) >= 800


def test_words_are_marked_whole() -> None:
    assert mark("We will not train models.", "We may train models.") == (
        Span("equal", "We "),
        Span("delete", "will not"),
        Span("insert", "may"),
        Span("equal", " train models."),
    )


def test_letters_keep_their_accents() -> None:
    spans = mark("un e\u0301te\u0301 chaud", "un ete chaud")
    assert Span("delete", "e\u0301te\u0301") in spans


def test_texts_with_little_in_common_are_marked_as_replaced() -> None:
    before, after = (
        "We log your visits to this site.",
        "Arbitration, not courts, decides on your disputes here.",
    )
    assert mark(before, after) == (Span("delete", before), Span("insert", after))


def test_text_too_long_to_mark_is_declared_replaced() -> None:
    before, after = "word " * 30_000, "word " * 30_001
    assert mark(before, after) == (Span("delete", before), Span("insert", after))


def test_long_clauses_are_marked_beyond_the_size_budget() -> None:
    words = [f"word{number}" for number in range(600)]
    changed = [f"new{number}" if number % 50 == 0 else word for number, word in enumerate(words)]
    spans = mark(" ".join(words), " ".join(changed))
    assert sum(span.kind == "insert" for span in spans) == 12
