"""Lists whose numbers a browser draws read as those whose numbers are written."""

from __future__ import annotations

import pytest

from monitor.extract.model import ExtractOptions
from monitor.extract.page import parse_page
from monitor.extract.walk import walk
from tests.monitor.extract.helpers import FILLER, hard_texts, read_html


def drawn(html: str) -> list[int]:
    return list(walk(parse_page(html, ExtractOptions()), ExtractOptions()).drawn.values())


@pytest.mark.parametrize(
    ("html", "numbers"),
    [
        ("<ol><li>Scope<li>Law</ol>", [1, 2]),
        ("<ol start=5><li>Scope<li>Law</ol>", [5, 6]),
        ("<ol><li>Scope<li value=7>Law<li>End</ol>", [1, 7, 8]),
        ("<ol reversed><li>Scope<li>Law</ol>", [2, 1]),
        ("<ol reversed start=9><li>Scope<li>Law</ol>", [9, 8]),
        ("<ol><li>Scope<ol><li>this<li>that</ol><li>Law</ol>", [1, 1, 2, 2]),
        ("<ol><li><h3>Scope</h3><p>All of it.</p><li><p>Law</p><p>More of it.</p></ol>", [1, 2]),
        ("<ol><li></li><li>Law</ol>", [2]),
        ("<ol start=x><li value=99999999999999999999>Scope</ol>", [999999]),
        ("<ul><li>Scope<li>Law</ul>", []),
        ("<ol role=list><li>Scope<li>Law</ol>", []),
        ("<li>Scope", []),
    ],
)
def test_items_bear_the_numbers_that_a_browser_draws(html: str, numbers: list[int]) -> None:
    assert drawn(html) == numbers


def test_numbers_moved_into_the_text_change_neither_fingerprint_nor_what_follows_the_list() -> None:
    listed = f"<ol><li>We share data.</li><li>We keep it.</li></ol>{FILLER}"
    written = f"<p>1. We share data.</p><p>2. We keep it.</p>{FILLER}"
    assert read_html(listed).fingerprint == read_html(written).fingerprint


def test_drawn_number_is_no_part_of_the_clause() -> None:
    assert hard_texts(f"<ol start=4><li>We share data.</li></ol>{FILLER}")[0] == "We share data."


def test_list_that_starts_elsewhere_is_a_change() -> None:
    one, other = (read_html(f"<ol start={start}><li>We share data.</li></ol>{FILLER}") for start in (1, 4))
    assert one.fingerprint != other.fingerprint
