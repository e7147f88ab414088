"""Pages whose characters, markup or declarations are meant to harm are read, or refused by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.extract import ExtractionRefused, Source, extract
from tests.monitor.extract.helpers import FILLER, hard_texts, read_html
from tests.servers.http import SiteServer

HOSTILE = st.text(
    st.sampled_from("a .\x00\u202e\u2066\u200d\u0301\ud800\udfff\u00ad<>&;\ufeff\U000e0041"), max_size=60
)


@given(HOSTILE)
def test_no_character_breaks_the_reading(text: str) -> None:
    html = f"<p>Before all.</p><p>{text}</p>{FILLER}<p>After all.</p>"
    body = html.encode("utf-8", "surrogatepass")
    texts = [
        clause.text
        for clause in extract(Source(body, "text/html; charset=utf-8", "https://x.example/")).clauses
    ]
    assert "Before all." in texts[0]
    assert all(each.encode() for each in texts)
    if "<" not in text:
        assert texts[-1] == "After all."


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("da\x00ta", "We keep data of yours."),
        ("da&#0;ta", "We keep da\ufffdta of yours."),
        ("da\u200dta", "We keep data of yours."),
        ("da&#xD800;ta", "We keep da\ufffdta of yours."),
        ("\u202eatad\u202c", "We keep \u202eatad\u202c of yours."),
    ],
)
def test_what_does_not_print_is_replaced_dropped_or_kept_to_be_shown(written: str, read: str) -> None:
    assert hard_texts(f"<p>We keep {written} of yours.</p>{FILLER}")[0] == read


def test_a_megabyte_of_combining_marks_on_a_page_is_read() -> None:
    html = f"<p>We keep it.</p><p>a{chr(0x301) * 500_000}</p>{FILLER}"
    assert hard_texts(html)[0] == "We keep it."


def test_entities_that_multiply_are_not_expanded() -> None:
    layers = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))
    html = f'<!DOCTYPE html [<!ENTITY l0 "data">{layers}]><p>It says &l9; and no more.</p>{FILLER}'
    clauses = read_html(html).clauses
    assert sum(len(clause.text) for clause in clauses) < 2 * len(html)
    assert any("It says &l9; and no more." in clause.text for clause in clauses)


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"GIF89a" + bytes(40), "text/html", "an image"),
        (b"\xff\xd8\xff\xe0" + bytes(40), "application/octet-stream", "an image"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "text/plain", "an image or sound"),
        (b"\x1f\x8b\x08" + bytes(40), "text/html", "gzip"),
        (b"\x00\x00\x00 ftypisom" + bytes(40), "text/html", "binary"),
        (b"We keep it.", "image/png", "image/png"),
        (b"We keep it.", "video/mp4", "video/mp4"),
    ],
)
def test_what_is_no_document_is_never_read_as_one(body: bytes, content_type: str, reason: str) -> None:
    with pytest.raises(ExtractionRefused, match=reason):
        extract(Source(body, content_type, "https://x.example/policy"))


@pytest.mark.parametrize("content_type", ["text/html", "application/xhtml+xml"])
def test_reading_asks_no_server_for_anything(content_type: str) -> None:
    with SiteServer() as site:
        there = site.url("/x")
        html = (
            f'<?xml-stylesheet href="{there}"?><!DOCTYPE html SYSTEM "{there}" [<!ENTITY e SYSTEM "{there}">]>'
            f'<html><head><base href="{there}/"><link rel=stylesheet href="{there}">'
            f'<script src="{there}"></script></head><body><p>We keep it &e;.</p><img src="{there}">'
            f'<iframe src="{there}"></iframe><object data="{there}"></object></body></html>'
        )
        extraction = extract(Source(html.encode(), content_type, site.url("/privacy")))
        assert site.requests == []
    assert extraction.clauses[-1].text == "We keep it &e;."
