"""Pages that show what another one showed are known again, and no others."""

from __future__ import annotations

import pytest

from monitor.extract import Extraction, ExtractOptions, Source, extract
from monitor.extract.read import LATELY_READ
from tests.monitor.extract.helpers import FILLER, read_html

HEAD = '<html lang="en"><title>Terms</title>'
PAGE = f'{HEAD}<script>let token = 1</script><h1>Terms</h1><div class="a"><p>You may leave.</p>{FILLER}</div>'
QUESTION = (
    '{"@type": "Question", "name": "How?", "acceptedAnswer": {"text": "By the door that you came in through."}}'
)


def read_afresh(html: str, options: ExtractOptions | None = None) -> Extraction:
    for number in range(LATELY_READ):
        read_html(f"<p>Another page, the {number}. of some.</p>")
    return read_html(html, options)


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("token = 1", "token = 2"),
        ('class="a"', 'class="b" data-build="77" onclick="go()"'),
        ("<h1>", '<link rel="preload" href="/app.2.js"><!-- built at noon --><h1>'),
    ],
)
def test_what_nobody_reads_makes_no_other_reading(part: str, other: str) -> None:
    assert read_html(PAGE.replace(part, other)) is read_html(PAGE)


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("leave", "not leave"),
        ("<title>Terms", "<title>Privacy"),
        ('lang="en"', 'lang="de"'),
        ("<p>You may leave.</p>", "<p hidden>You may leave.</p>"),
        ("<p>You may leave.</p>", '<p aria-hidden="true">You may leave.</p>'),
        ("<p>You may leave.</p>", '<p style="display: none">You may leave.</p>'),
        ("<p>You may leave.</p>", '<p role="navigation">You may leave.</p>'),
        ("<p>You may leave.</p>", "<nav>You may leave.</nav>"),
        ("<p>You may leave.</p>", "<p>You may</p><p>leave.</p>"),
        ("<p>You may leave.</p>", '<p><a href="/way-out">You may leave.</a></p>'),
        ("<p>You may leave.</p>", '<ol start="4"><li>You may leave.</ol>'),
        ("<p>You may leave.</p>", '<p role="heading">You may leave.</p>'),
        ("<h1>", f'<script type="application/ld+json">{QUESTION}</script><h1>'),
    ],
)
def test_what_is_read_makes_another_reading(part: str, other: str) -> None:
    alone = read_afresh(PAGE.replace(part, other))
    assert read_html(PAGE) != alone
    assert read_html(PAGE.replace(part, other)) == alone


def test_selectors_and_warnings_belong_to_a_reading() -> None:
    whole = read_html(PAGE)
    assert read_html(PAGE, ExtractOptions(remove=("h1",))) != whole
    unknown = extract(Source(PAGE.encode(), "text/html; charset=klingon", "https://example.org/"))
    assert unknown.warnings
    assert (unknown.clauses, whole.warnings) == (whole.clauses, ())


def test_only_the_last_pages_are_remembered() -> None:
    assert read_afresh(PAGE) is not read_afresh(PAGE)
    assert read_afresh(PAGE) == read_afresh(PAGE)
