"""Which numbers only count, and which say something."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.identity import fingerprint
from monitor.numbering import DEPTH, Numbering
from storage.records import Clause, ClauseKind


def implied(*texts: str) -> list[str]:
    numbering = Numbering()
    return [text[: numbering.implied(text)] for text in texts]


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
    texts = ("1. Scope", "(a) this", "(b) that", "2. Data", "1. inner", "2. inner", "3. Law", "(a) all")
    assert all(implied(*texts))


def test_letter_that_is_also_a_roman_number_is_read_as_its_neighbours_ask() -> None:
    letters = [f"{letter}) thing" for letter in "abcdefghijk"]
    assert all(implied(*letters))
    assert implied("h) this", "i) that") == ["", "i)"]


@pytest.mark.parametrize(
    ("texts", "last"),
    [
        (("2. Definitions",), ""),
        (("1. Scope", "3. Law"), ""),
        (("1. Scope", "3. Law", "4. End"), "4."),
        (("1. Januar 2024 ist der Stichtag.",), ""),
        (("J. Smith is our officer.",), ""),
        (("e.g. your name",), ""),
        (("2.5 million people use it.",), ""),
        (("2024 was a good year.",), ""),
        (("1 year after you left",), ""),
        (("",), ""),
    ],
)
def test_number_that_says_something_stays(texts: tuple[str, ...], last: str) -> None:
    assert implied(*texts)[-1] == last


def test_numbering_written_or_drawn_is_the_same_text() -> None:
    written = [Clause("1. We share data."), Clause("2. We keep it."), Clause("(a) for long")]
    drawn = [Clause("We share data."), Clause("We keep it.", ClauseKind.LIST_ITEM, 1), Clause("for long")]
    assert fingerprint(written) == fingerprint(drawn)


def test_inserted_section_is_a_change_and_its_successors_new_numbers_are_none() -> None:
    before = [Clause("1. Scope of it"), Clause("2. Law of it")]
    after = [Clause("1. Scope of it"), Clause("2. New thing"), Clause("3. Law of it")]
    without_numbers = [Clause("Scope of it"), Clause("New thing"), Clause("Law of it")]
    assert fingerprint(before) != fingerprint(after) == fingerprint(without_numbers)


@pytest.mark.parametrize(
    "clause", [Clause("1. Scope", ClauseKind.TABLE_ROW), Clause("1. Scope", opens_block=False)]
)
def test_numbers_in_rows_and_within_blocks_are_words(clause: Clause) -> None:
    assert fingerprint([clause]) != fingerprint([Clause("Scope")])


def test_endless_nesting_is_forgotten_from_the_outside() -> None:
    inner = [f"{'1.' * depth}1 thing" for depth in range(1, DEPTH + 2)]
    assert implied("1. Scope", *inner, "2. Law")[-1] == ""


@given(st.lists(st.text(max_size=12)))
def test_any_text_can_be_counted(texts: list[str]) -> None:
    numbering = Numbering()
    assert all(0 <= numbering.implied(text) <= len(text) for text in texts)
