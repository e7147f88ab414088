from __future__ import annotations

import codecs

import pytest

from monitor.extract import ExtractionRefused, ExtractOptions, Source, extract
from tests.monitor.extract.helpers import FILLER, read_html

PAGE = b"<!doctype html><html lang=en-GB><title> Our  Policy </title><h1>Privacy</h1><p>We keep it safe.</p>"


@pytest.mark.parametrize(
    ("body", "content_type", "url"),
    [
        (PAGE, "text/html; charset=utf-8", "https://x.example/"),
        (PAGE, "application/octet-stream", "https://x.example/"),
        (PAGE, "text/plain", "https://x.example/policy.md"),
        (PAGE, None, "https://x.example/"),
        (b"\xef\xbb\xbf\n<!-- hello -->\n" + PAGE, "", "https://x.example/"),
        (codecs.BOM_UTF16_LE + PAGE.decode().encode("utf-16-le"), None, "https://x.example/"),
    ],
)
def test_html_is_known_however_it_is_declared(body: bytes, content_type: str | None, url: str) -> None:
    extraction = extract(Source(body, content_type, url))
    assert extraction.extractor == "html-4"
    assert (extraction.title, extraction.language) == ("Our Policy", "en")
    assert [clause.text for clause in extraction.clauses] == ["Privacy", "We keep it safe."]


@pytest.mark.parametrize(
    ("content_type", "url", "extractor"),
    [
        ("text/plain; charset=utf-8", "https://x.example/terms.txt", "text-2"),
        ("text/plain", "https://x.example/raw/PRIVACY.md?x=1", "markdown-5"),
        ("text/markdown", "https://x.example/terms", "markdown-5"),
        (None, "https://x.example/terms", "text-2"),
    ],
)
def test_text_is_read_by_its_type_and_name(content_type: str | None, url: str, extractor: str) -> None:
    assert extract(Source(b"We keep your data safe.", content_type, url)).extractor == extractor


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n", "text/html", "an image"),
        (b"<svg/>", "image/svg+xml", "image/svg"),
        (b"PK\x03\x04...", "application/octet-stream", "a ZIP archive"),
        (bytes(range(256)) * 20, "text/html", "binary"),
        (b'{"a": 1}', "application/json", "application/json"),
        (b"<?xml version='1.0'?><rss/>", "text/xml", "no HTML"),
    ],
)
def test_what_is_no_text_is_refused_with_its_name(body: bytes, content_type: str, reason: str) -> None:
    with pytest.raises(ExtractionRefused, match=reason):
        extract(Source(body, content_type, "https://x.example/"))


def test_page_beyond_the_limit_is_refused() -> None:
    with pytest.raises(ExtractionRefused, match="20,000,001 bytes"):
        extract(Source(b"x" * 20_000_001, "text/html", "https://x.example/"))


def test_empty_page_has_no_clauses() -> None:
    assert read_html("").clauses == ()


def test_plain_text_has_paragraphs_items_and_numbers() -> None:
    text = "TERMS\n\nWe keep\ndata. You ask.\n\n- first thing\n- second thing\n(a) third\n\n-----\n\nEnd."
    clauses = extract(Source(text.replace("\n", "\r\n").encode(), "text/plain", "https://x.example/")).clauses
    assert [(clause.kind.value, clause.text) for clause in clauses] == [
        ("paragraph", "TERMS"),
        ("paragraph", "We keep data."),
        ("paragraph", "You ask."),
        ("list-item", "first thing"),
        ("list-item", "second thing"),
        ("list-item", "(a) third"),
        ("paragraph", "End."),
    ]


def test_selectors_narrow_the_page_and_name_the_extractor() -> None:
    html = "<nav>Menu</nav><div class=a>One thing here.<b class=x> Away.</b></div><div class=b>Two.</div>"
    extraction = read_html(html, ExtractOptions(select=(".b", ".a"), remove=(".x",)))
    assert [clause.text for clause in extraction.clauses] == ["One thing here.", "Two."]
    assert extraction.extractor.startswith("html-4-")
    assert extraction.extractor != read_html(html, ExtractOptions(select=(".a",))).extractor


def test_selected_node_inside_another_is_read_once() -> None:
    extraction = read_html("<div><p>Only once here.</p></div>", ExtractOptions(select=("div", "p")))
    assert [clause.text for clause in extraction.clauses] == ["Only once here."]


@pytest.mark.parametrize(("selector", "reason"), [("#gone", "matches nothing"), ("p:::x", "not valid CSS")])
def test_selector_that_does_not_work_is_refused_by_name(selector: str, reason: str) -> None:
    with pytest.raises(ExtractionRefused, match=f"'{selector}'.*{reason}"):
        read_html(FILLER, ExtractOptions(select=(selector,)))


def test_selectors_cannot_apply_to_text() -> None:
    with pytest.raises(ExtractionRefused, match="no HTML"):
        extract(Source(b"Plain.", "text/plain", "https://x.example/"), ExtractOptions(select=("main",)))


def test_dates_of_the_page_are_read() -> None:
    extraction = read_html(
        f"<html lang=de><p>Zuletzt aktualisiert: 5. Juni 2024</p>{FILLER}<p>Gültig ab 1.7.2024</p>"
    )
    assert str(extraction.stated_date) == "2024-06-05"
    assert str(extraction.effective_date) == "2024-07-01"


def test_entities_and_doctypes_fetch_nothing() -> None:
    html = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><p>It says &x; and nothing else.</p>'
    assert [clause.text for clause in read_html(html).clauses][-1] == "It says &x; and nothing else."
