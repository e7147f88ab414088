"""What people ask of one page: why clauses were set aside, by which charset, where its links lead."""

from __future__ import annotations

import pytest

from monitor.cli.extract import REASONS
from monitor.extract import ExtractionRefused, ExtractOptions, Source, extract
from monitor.extract.explain import explain, read_links
from monitor.extract.model import Link, Reading, SetAside
from tests.monitor.extract.helpers import FILLER
from tests.monitor.extract.pdfs import Text, pdf

URL = "https://www.example.org/legal/privacy"
PAGE = f"""<!doctype html><html lang="en"><head><title>Policy</title></head><body>
<header>Acme, the company <a href="/">Home</a></header>
<nav><a href="/shop">Shop</a></nav>
<div>A banner that stands beside the main part of the page.</div>
<main><h1>Policy</h1>{FILLER}
<p><a href="faq">Questions on AI</a> <a href="/terms#top">Terms</a></p>
<p>Share this</p><p>We keep data.<button>Was this helpful</button></p>
<table><tr><td>Name</td><td><nav>Row menu</nav>Reason</td></tr></table>
<p>We answer within a month.</p><p hidden>Never to be seen by anybody.</p>
</main>
<aside>Other people read this as well.</aside>
<footer>Acme, Harbour Street</footer></body></html>"""


def read(html: str, options: ExtractOptions | None = None) -> Reading:
    return explain(Source(html.encode(), "text/html", URL), options or ExtractOptions())


def links(html: str) -> tuple[Link, ...]:
    return read_links(Source(html.encode(), "text/html", URL))


def reasons(html: str) -> dict[str, SetAside]:
    reading = read(html)
    return {reading.extraction.clauses[index].text: reason for index, reason in reading.set_aside.items()}


def test_every_soft_clause_has_its_reason_and_no_other_has_one() -> None:
    reading = read(PAGE)
    soft = {index for index, clause in enumerate(reading.extraction.clauses) if clause.soft}
    assert set(reading.set_aside) == soft
    assert reasons(PAGE) == {
        "Acme, the company Home": SetAside.HEADER,
        "Shop": SetAside.NAVIGATION,
        "A banner that stands beside the main part of the page.": SetAside.OUTSIDE_MAIN,
        "Questions on AI Terms": SetAside.LINKS,
        "Share this": SetAside.LABEL,
        "Was this helpful": SetAside.BUTTON,
        "Never to be seen by anybody.": SetAside.HIDDEN,
        "Row menu": SetAside.NAVIGATION,
        "Other people read this as well.": SetAside.ASIDE,
        "Acme, Harbour Street": SetAside.FOOTER,
    }


def test_soft_clauses_of_a_pdf_have_their_reasons() -> None:
    page = [
        Text(60, 700, "Definitions ............ 3"),
        Text(60, 660, "We begin here."),
        Text(200, 300, "DRAFT", 60, turn=0.5),
    ]
    reading = explain(Source(pdf([page]), "application/pdf", URL))
    assert reading.page_kind == "pdf"
    assert {reading.extraction.clauses[at].text: reason for at, reason in reading.set_aside.items()} == {
        "Definitions": SetAside.CONTENTS, "DRAFT": SetAside.RUNNING,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        ("<noscript>Turn on scripts, please do.</noscript>", SetAside.NO_SCRIPT),
        ("<div role='contentinfo'>Made in the harbour.</div>", SetAside.FOOTER),
        ("<div role='dialog'>We use cookies here.</div>", SetAside.DIALOG),
        ("<textarea>Write what you think.</textarea>", SetAside.FIELD),
        ("<search>Find a policy here.</search>", SetAside.SEARCH),
        ("<button>Read all of it now please</button>", SetAside.BUTTON),
    ],
)
def test_reason_is_that_of_the_tag_or_role(markup: str, reason: SetAside) -> None:
    assert set(reasons(f"<div>{FILLER}{markup}</div>").values()) == {reason}


def test_explained_page_is_read_as_every_other() -> None:
    source = Source(PAGE.encode(), "text/html", URL)
    for options in (ExtractOptions(), ExtractOptions(select=("main",), remove=("table",))):
        assert explain(source, options).extraction == extract(source, options)


def test_every_reason_has_words_for_people() -> None:
    assert set(REASONS) == {reason.value for reason in SetAside}


@pytest.mark.parametrize(
    ("body", "content_type", "kind", "charset"),
    [
        (b"<p>Terms</p>", "text/html; charset=latin1", "html", "windows-1252"),
        (b"<meta charset=koi8-r><p>x</p>", "text/html", "html", "koi8-r"),
        (b"# Terms", "text/markdown", "markdown", "utf-8"),
        ("Café".encode("cp1252"), "text/plain", "text", "windows-1252"),
        ("Café".encode("utf-16"), "text/plain", "text", "utf-16"),
        (b"Terms", "text/plain; charset=klingon", "text", "utf-8"),
    ],
)
def test_kind_of_page_and_charset_are_told(body: bytes, content_type: str, kind: str, charset: str) -> None:
    reading = explain(Source(body, content_type, URL))
    assert (reading.page_kind, reading.charset) == (kind, charset)


def test_what_cannot_be_read_is_refused_as_ever() -> None:
    with pytest.raises(ExtractionRefused, match="matches nothing"):
        read(PAGE, ExtractOptions(select=(".none",)))


def test_links_are_absolute_without_fragment_and_know_what_they_stand_in() -> None:
    assert [(link.text, link.url, link.surrounding) for link in links(PAGE)] == [
        ("Home", "https://www.example.org/", SetAside.HEADER),
        ("Shop", "https://www.example.org/shop", SetAside.NAVIGATION),
        ("Questions on AI", "https://www.example.org/legal/faq", None),
        ("Terms", "https://www.example.org/terms", None),
    ]


def test_relative_links_start_from_the_base_that_the_page_names() -> None:
    (link,) = links('<head><base href="/app/"></head><p>Read <a href="faq">our answers</a>.</p>')
    assert link.url == "https://www.example.org/app/faq"


@pytest.mark.parametrize("target", ["mailto:a@example.org", "javascript:void(0)", "tel:1", "http://[", ""])
def test_link_to_no_web_page_is_passed_over(target: str) -> None:
    assert not links(f'<p>Write to <a href="{target}">us</a> at any time.</p>')


def test_link_without_words_is_named_by_its_label() -> None:
    (link,) = links('<p>See <a href="/ai" aria-label="AI and\n your data"><img src="x"></a> for more.</p>')
    assert link.text == "AI and your data"


def test_same_link_twice_is_listed_once() -> None:
    assert len(links('<p><a href="/a">A</a> and <a href="/a#b">A</a> and <a href="/a">B</a></p>')) == 2
