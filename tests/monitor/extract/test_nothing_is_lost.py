"""No page makes a sentence disappear silently: it is in a clause, or the reading says what was not read."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.extract import Source
from monitor.extract.explain import explain
from tests.monitor.extract.helpers import FILLER, clauses_of, hard_texts, read_html, soft_texts
from tests.monitor.extract.random_pages import random_page


@settings(deadline=None, max_examples=200)
@given(st.randoms(use_true_random=False))
def test_every_sentence_of_a_random_page_is_in_a_clause(random: Random) -> None:
    page = random_page(random)
    reading = explain(Source(page.html.encode(), "text/html; charset=utf-8", "https://example.org/"))
    clauses = reading.extraction.clauses
    lost = [sentence for sentence in page.shown if not any(sentence in clause.text for clause in clauses)]
    assert lost == []
    assert set(reading.set_aside) == {at for at, clause in enumerate(clauses) if clause.soft}
    assert bool(reading.extraction.warnings) >= page.has_unread
    read = [sentence for sentence in page.never_shown if any(sentence in clause.text for clause in clauses)]
    assert read == []


def test_row_by_its_role_keeps_what_is_no_cell() -> None:
    html = (
        "<div role=table><div role=row><span>We collect</span><div role=cell>your name</div>"
        "<div role=cell>your address</div></div></div><table><tr><td role=main>One side<td>The other</table>"
    )
    read = " ".join(clause.text for clause in clauses_of(f"{FILLER}{html}"))
    for words in ("We collect", "your name", "your address", "One side", "The other"):
        assert words in read


def test_declarative_shadow_root_is_read_and_other_templates_are_not() -> None:
    html = (
        "<policy-text><template shadowrootmode='open'><h2>Terms</h2><template><p>Later.</p></template>"
        "<my-part><template shadowrootmode=open><p>We keep it.</p></template></my-part><slot></slot></template>"
        "<p>And delete it.</p></policy-text><!-- <template shadowrootmode=open> -->"
        "<template><p>Never.</p></template><script>html = '<template shadowrootmode=open>'</script>"
        "<p>That is all.</p>"
    )
    assert hard_texts(html) == ["Terms", "We keep it.", "And delete it.", "That is all."]


def test_text_of_a_map_and_in_place_of_an_object_is_kept() -> None:
    html = (
        f"{FILLER}<map>Where we are <area href='/'></map><p>.</p><object data='/a.pdf'>Read our terms.</object>"
    )
    assert "Where we are" in " ".join(hard_texts(html) + soft_texts(html))
    assert soft_texts(html)[-1] == "Read our terms."


@pytest.mark.parametrize(
    ("markup", "warning"),
    [
        (
            "<iframe src='/terms'></iframe><embed src=a.pdf>",
            "frames or embedded documents on the page were not read: 2",
        ),
        ("<iframe srcdoc='<p>Terms'></iframe>", "frames or embedded documents on the page were not read: 1"),
        ("<object data='/terms.pdf'></object>", "frames or embedded documents on the page were not read: 1"),
        ("<svg><text>We keep it.</text></svg>", "text in drawings (SVG) was not read"),
    ],
)
def test_what_a_page_shows_and_we_do_not_read_is_declared(markup: str, warning: str) -> None:
    assert read_html(FILLER + markup).warnings == (warning,)


@pytest.mark.parametrize(
    "markup",
    [
        "<iframe src='//t.example' width=0 height=0></iframe>",
        "<noscript><iframe src='//t.example' style='display: none'></iframe></noscript>",
        "<iframe></iframe><iframe src='about:blank'></iframe><object>Old.</object>",
        "<svg><title>Menu</title><text> </text></svg>",
    ],
)
def test_frames_that_take_no_room_and_drawings_without_text_need_no_warning(markup: str) -> None:
    assert read_html(FILLER + markup).warnings == ()
