"""Comparisons as rows and parts of a page, and other pure parts of the history browser."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.diff.compare import compare
from monitor.diff.model import StepKind
from monitor.diff.words import Span
from storage.course import Gap
from storage.records import Clause, ClauseKind
from tests.storage.builders import hours
from web.comparing import parts_of, rows_of
from web.drawing import WIDTH, life_of
from web.links import document_link, is_own_path, with_query
from web.paging import page_number, sliced
from web.people import as_name, host_name, is_own_origin

WORDS = st.lists(st.sampled_from("abcdefgh"), max_size=12)


def _joined(spans: Iterable[Span]) -> str:
    return "".join(span.text for span in spans)


def _texts(clauses: Iterable[Clause]) -> list[str]:
    return sorted(clause.text for clause in clauses)


@given(WORDS, WORDS)
def test_rows_hold_both_texts_in_full(before: list[str], after: list[str]) -> None:
    old, new = (tuple(Clause(f"Clause {word} says so.") for word in words) for words in (before, after))
    rows = rows_of(compare(old, new), ())
    assert sorted(_joined(row.old) for row in rows if row.kind is not StepKind.ADDED) == _texts(old)
    assert sorted(_joined(row.new) for row in rows if row.kind is not StepKind.REMOVED) == _texts(new)
    assert len({row.anchor for row in rows}) == len(rows)
    numbers = [row.number for row in rows if row.number is not None]
    assert numbers == list(range(1, len(numbers) + 1))


@given(WORDS, WORDS)
def test_parts_hold_every_change_once_and_leave_out_the_rest(before: list[str], after: list[str]) -> None:
    old, new = (tuple(Clause(f"Clause {word} says so.") for word in words) for words in (before, after))
    rows = rows_of(compare(old, new), ())
    parts = parts_of(rows, whole=False)
    shown = [row.number for part in parts for row in part.changes]
    assert shown == [row.number for row in rows if row.number is not None]
    if parts:
        kept = sum(len(part.rows) + part.left_out for part in parts)
        assert kept <= len(rows)
    assert [row for part in parts_of(rows, whole=True) for row in part.rows] == rows


def test_heading_that_stayed_is_not_repeated_below_itself() -> None:
    heading = Clause("How we use data", ClauseKind.HEADING, 2)
    (part,) = parts_of(rows_of(compare((heading, Clause("We keep it.")), (heading,)), ()), whole=False)
    assert (part.heading, [row.kind for row in part.rows]) == (("How we use data",), [StepKind.REMOVED])


def test_soft_clauses_are_no_change() -> None:
    assert rows_of(compare((), (Clause("Home", soft=True),)), ()) == []


@pytest.mark.parametrize(
    ("header", "name"),
    [("Example.COM:80", "example.com"), ("[::1]:8470", "[::1]"), ("[::1]", "[::1]"), ("a:b", ""), ("", "")],
)
def test_name_of_a_host_header(header: str, name: str) -> None:
    assert host_name(header) == name


@given(st.text())
def test_no_header_makes_the_guard_stumble(text: str) -> None:
    host_name(text)
    is_own_origin(text, "localhost", "")
    assert as_name(text).isprintable()


@pytest.mark.parametrize(
    "origin", ["http://[", "http://a:b@localhost", "localhost", "http://localhost.evil.example"]
)
def test_origin_of_others_is_not_ours(origin: str) -> None:
    assert not is_own_origin(origin, "localhost", "")


def test_links_quote_what_others_named() -> None:
    assert document_link('a/"><b>') == "/documents/a/%22%3E%3Cb%3E"
    assert with_query("/", {"q": "a&b", "page": 2}, page="") == "/?q=a%26b"
    assert not any(map(is_own_path, ("//x", "/\\x", "x", "https://x", "/\nx", "")))


@given(st.lists(st.integers(), max_size=50), st.integers(-5, 99), st.integers(1, 9))
def test_pages_of_a_list_are_the_list(items: list[int], asked: int, size: int) -> None:
    pages = sliced(items, asked, size).pages
    assert [each for number in range(1, pages + 1) for each in sliced(items, number, size).items] == items
    assert 1 <= sliced(items, asked, size).number <= pages


@pytest.mark.parametrize("asked", ["", "-1", "x", "9" * 30, "²"])
def test_page_that_makes_no_sense_is_the_first(asked: str) -> None:
    assert page_number({"page": asked}) == 1


def test_life_is_drawn_from_the_first_text_to_now() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    gap = Gap(hours(24), hours(48), 2, "dns", "", over=True)
    life = life_of([(hours(0), None), (hours(1), 0), (now, 3)], [gap], now)
    assert life is not None
    assert [(mark.x, mark.severity) for mark in life.marks] == [(0, "high"), (WIDTH, "info")]
    assert [year for _, year in life.years] == [2025, 2026]
    assert [round(x / 20) for x, _ in life.years] == [21, 46]
    assert life.unseen == [(1, 2)]
    assert life_of([], [], now) is None
    assert life_of([(now + timedelta(days=1), None)], [], now) is not None
