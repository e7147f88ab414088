"""Which numbers only count, and which say something."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.identity import fingerprint
from monitor.numbering import DEPTH, Numbering
from storage.records import Clause, ClauseKind


def implied(*texts: str) -> list[str]:
    """Of each text the number that says nothing."""
    numbering = Numbering()
    numbers = [numbering.read(text) for text in texts]
    return [
        text[: number.length] if number and number.implied else ""
        for text, number in zip(texts, numbers, strict=True)
    ]


@pytest.mark.parametrize(
    "texts",
    [
        ("1. Scope", "2. Data", "3. Rights"),
        ("(a) your name", "(b) your address"),
        ("a) your name", "b) your address"),
        ("I. Scope", "II. Data", "III. Rights", "IV. Law"),
        ("(i) this", "(ii) that", "(iii) all else", "(iv) nothing"),
        ("1.1 Scope", "1.2 Data", "1.2.1 Names", "1.2.2 Places", "1.3 Law"),
        ("1.Scope", "2.Data"),
        ("1.", "2."),
    ],
)
def test_numbers_that_go_on_where_the_one_before_ended_only_count(texts: tuple[str, ...]) -> None:
    assert all(implied(*texts))


def test_outer_count_goes_on_after_an_inner_one() -> None:
    texts = (
        "1. Scope",
        "(a) this",
        "(b) that",
        "2. Data",
        "1. inner",
        "2. inner",
        "3. Law",
        "(a) all",
        "(b) it",
    )
    assert all(implied(*texts))


def test_letter_that_is_also_a_roman_number_is_read_as_its_neighbours_ask() -> None:
    assert all(implied(*(f"{letter}) thing" for letter in "abcdefghijk")))
    assert implied("h) this", "i) that") == ["", "i)"]


@pytest.mark.parametrize(
    ("texts", "last"),
    [
        (("1. Alone",), ""),
        (("1. Alone", "1. Alone"), ""),
        (("2. Definitions",), ""),
        (("1. Scope", "3. Law"), ""),
        (("1. Scope", "3. Law", "4. End"), "4."),
        (("1. Januar 2024 ist der Stichtag.",), ""),
        (("J. Smith is our officer.",), ""),
        (("e.g. your name",), ""),
        (("2.5 million people use it.",), ""),
        (("2024 was a good year.",), ""),
        (("1 year after you left",), ""),
        (("a) this", "b) that", "(c) 2026 Acme"), ""),
        (("",), ""),
    ],
)
def test_number_that_says_something_stays(texts: tuple[str, ...], last: str) -> None:
    assert implied(*texts)[-1] == last


@pytest.mark.parametrize(
    ("written", "drawn"),
    [
        (("1. We share data.", "2. We keep it.", "3. Law"), (1, 2, 3)),
        (("1. Scope", "(a) this", "(b) that", "2. Law"), (1, 1, 2, 2)),
        (("5. Scope", "6. Law"), (5, 6)),
        (("1. Alone",), (1,)),
        (("c) Alone",), (3,)),
        (("3. Last", "2. Middle", "1. First"), (3, 2, 1)),
    ],
)
def test_numbering_written_or_drawn_is_the_same_text(written: tuple[str, ...], drawn: tuple[int, ...]) -> None:
    bare = [Clause(text.split(" ", 1)[1]) for text in written]
    assert fingerprint(map(Clause, written)) == fingerprint(bare, dict(enumerate(drawn)))


def test_design_that_drops_the_numbers_of_a_list_changes_nothing() -> None:
    assert fingerprint([Clause("1. Scope"), Clause("2. Law")]) == fingerprint([Clause("Scope"), Clause("Law")])


def test_numbers_that_were_all_one_and_count_now_are_a_change() -> None:
    bare = [Clause("Scope of it"), Clause("Law of it")]
    assert fingerprint(bare, {0: 1, 1: 1}) != fingerprint(bare, {0: 1, 1: 2})


def test_inserted_section_is_a_change_and_its_successors_new_numbers_are_none() -> None:
    before = [Clause("1. Scope of it"), Clause("2. Law of it")]
    after = [Clause("1. Scope of it"), Clause("2. New thing"), Clause("3. Law of it")]
    without_numbers = [Clause("Scope of it"), Clause("New thing"), Clause("Law of it")]
    assert fingerprint(before) != fingerprint(after) == fingerprint(without_numbers)


@pytest.mark.parametrize(
    "clauses",
    [
        [Clause("1. Scope", ClauseKind.TABLE_ROW), Clause("2. Law", ClauseKind.TABLE_ROW)],
        [Clause("1. Scope", opens_block=False), Clause("2. Law", opens_block=False)],
    ],
)
def test_numbers_in_rows_and_within_blocks_are_words(clauses: list[Clause]) -> None:
    assert fingerprint(clauses) != fingerprint([Clause("Scope"), Clause("Law")])


def test_endless_nesting_is_forgotten_from_the_outside() -> None:
    inner = [f"{'1.' * depth}1 thing" for depth in range(1, DEPTH + 2)]
    assert implied("1. Scope", *inner, "2. Law")[-1] == ""


@given(st.lists(st.tuples(st.text(max_size=12), st.none() | st.integers())))
def test_any_text_can_be_counted(blocks: list[tuple[str, int | None]]) -> None:
    numbering = Numbering()
    for text, drawn in blocks:
        number = numbering.read(text, drawn)
        assert number is None or number.length <= len(text)
