"""Markdown that is written from clauses is read as the same clauses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.extract.markdown import read_markdown
from monitor.extract.model import Source
from monitor.extract.normalise import canonical
from monitor.extract.read import extract
from monitor.extract.to_markdown import to_markdown
from storage.records import Clause, ClauseKind

_MARKUP = st.sampled_from(
    ["*", "_", "__", "`", "[", "](", ")", "<b>", "</a>", "<br>", "<br>- ", "<x@y.de>", "<https://x.example>",
     "<!--", "-->", "#", "##", ">", "|", " | ", "-", "---", "+", "~~~", "=", "1.", "2) ", "\\", "&amp;", "!["]
)  # fmt: skip
_PROSE = st.sampled_from(
    ["We ", "train", " models. ", "You may object!", "Art. 6", " a_b_c ", "第一。第二", "\u00df"]
)
TEXTS = st.lists(_MARKUP | _PROSE | st.text(max_size=3), min_size=1, max_size=8).map("".join).map(canonical)
CLAUSES = st.builds(
    Clause,
    TEXTS.filter(bool),
    st.sampled_from(ClauseKind),
    st.integers(min_value=0, max_value=8),
    st.booleans(),
)


@given(st.lists(CLAUSES, max_size=8))
def test_every_text_comes_back_whatever_signs_it_holds(clauses: list[Clause]) -> None:
    read = read_markdown(to_markdown(clauses)).clauses
    assert [clause.text for clause in read] == [clause.text for clause in clauses]


@given(
    st.lists(st.sampled_from(["# ", "## ", "- ", "  - ", "    - ", "1. ", "", "| ", "\n", "> "]) | TEXTS).map(
        "".join
    )
)
def test_what_was_read_from_markdown_comes_back_with_its_place(text: str) -> None:
    clauses = read_markdown(text).clauses
    assert read_markdown(to_markdown(clauses)).clauses == clauses


def test_marks_within_a_cell_of_several_blocks_are_text() -> None:
    row = [
        Clause("- Rate it 1-3* (stars).", ClauseKind.TABLE_ROW),
        Clause("By law - or by consent.", ClauseKind.TABLE_ROW, opens_block=False),
    ]
    assert read_markdown(to_markdown(row)).clauses == row


PAGE = """<html><body><main><h1>Privacy</h1><p>We collect data. You may object.</p>
<ul><li>Names<ul><li>first<li>last</ul><li>Ages &gt; 18</ul><h2># of users</h2>
<table><tr><th>What<th>Why<tr><td>a|b<td>We must. We may.</table><p>1. Not an item</p></main></body></html>"""


def test_what_was_read_from_a_page_comes_back_with_its_place() -> None:
    clauses = extract(Source(PAGE.encode(), "text/html", "https://x.example/")).clauses
    hard = [clause for clause in clauses if not clause.soft]
    assert len(hard) > 8
    assert read_markdown(to_markdown(clauses)).clauses == hard


@pytest.mark.parametrize(
    ("clauses", "markdown"),
    [
        ([], ""),
        ([Clause("Privacy", ClauseKind.HEADING, 1), Clause("We log.")], "# Privacy\n\nWe log.\n"),
        (
            [Clause("a", ClauseKind.LIST_ITEM, 1), Clause("b", ClauseKind.LIST_ITEM, 2), Clause("c")],
            "- a\n  - b\n\nc\n",
        ),
        ([Clause("a | b", ClauseKind.TABLE_ROW)], "| a | b |\n"),
        ([Clause("Menu", soft=True), Clause("[x](y) is * not_done_")], "\\[x\\]\\(y) is \\* not_done\\_\n"),
    ],
)
def test_markdown_is_plain_to_read(clauses: list[Clause], markdown: str) -> None:
    assert to_markdown(clauses) == markdown
