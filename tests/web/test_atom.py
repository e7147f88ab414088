"""A feed is well-formed XML with ids that stay, whatever the texts in it say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.messages.model import DocumentLabel
from storage.records import Cause, ChangeRecord
from tests.storage.builders import START, a_finding
from tests.web.recorded import HOSTILE, KEY, read_xml
from web.atom import Entry, Feed, as_atom
from web.feeds import LONGEST_CLAUSE, MOST_FINDINGS, TAG, entry_of

ATOM = "{http://www.w3.org/2005/Atom}"
LABEL = DocumentLabel(KEY, "Acme", "privacy-policy", None, "en", "https://acme.example/privacy")
CHANGE = ChangeRecord(
    id=7, document_id=1, document=KEY, version_id=2, number=2, previous_id=1, previous=1, captured_at=START,
    previous_seen_at=START, cause=Cause.PAGE_CHANGED, added=1, removed=0, edited=2, moved=0, words_added=3,
    words_removed=4, flags=("quiet",), findings=(a_finding(),),
)  # fmt: skip


def parsed(*entries: Entry) -> ET.Element:
    return read_xml(as_atom(Feed(f"{TAG}:feeds/all", "All", "https://a/feed", "https://a/", entries)))


@given(text=st.text(st.characters(), max_size=30))
def test_any_text_at_all_leaves_the_feed_well_formed(text: str) -> None:
    entry = Entry("tag:a,2026:1", text, START, "https://a/" + text, text, (text,))
    read = parsed(entry).find(f"{ATOM}entry")
    assert read is not None
    assert read.findtext(f"{ATOM}id") == "tag:a,2026:1"
    assert len(read) == 6


def test_an_entry_tells_before_and_now_and_leads_to_the_diff() -> None:
    entry = entry_of(
        replace(CHANGE, findings=(replace(a_finding(), before="We never train."),)), LABEL, "https://a"
    )
    assert entry.link == f"https://a/documents/{KEY}/diff?from=1&to=2"
    assert entry.title == "Acme – Privacy Policy: AI-training wording expanded – 2024-03-01"
    assert "<del>We never train.</del>" in entry.html
    assert "<ins>We may train models on what you post.</ins>" in entry.html
    assert "How we use data › Research" in entry.html
    assert "quiet (the wording changed" in entry.html
    assert entry.categories == ("ai-training",)


def test_the_id_of_a_change_depends_on_neither_host_nor_numbers() -> None:
    here, there = (
        entry_of(CHANGE, LABEL, "https://a"),
        entry_of(replace(CHANGE, id=9, number=5), LABEL, "http://b"),
    )
    assert here.identity == there.identity == f"{TAG}:changes/{KEY}/20240301T090000Z"
    later = replace(CHANGE, captured_at=START + timedelta(microseconds=1))
    assert entry_of(later, LABEL, "https://a").identity != here.identity


def test_what_pages_say_never_becomes_markup() -> None:
    finding = replace(a_finding(), quote=HOSTILE, before=HOSTILE, heading=(HOSTILE,), reason=HOSTILE)
    content = parsed(entry_of(replace(CHANGE, findings=(finding,)), LABEL, "https://a")).find(
        f".//{ATOM}content"
    )
    assert content is not None
    assert content.get("type") == "html"
    assert "<script" not in (content.text or "")
    assert "&lt;script&gt;" in (content.text or "")
    assert "[U+202E]evil" in (content.text or "")


def test_an_entry_stays_small() -> None:
    findings = (replace(a_finding(), quote="word " * 10_000),) * (MOST_FINDINGS + 5)
    entry = entry_of(replace(CHANGE, findings=findings), LABEL, "https://a")
    assert "And 5 findings more." in entry.html
    assert len(entry.html) < (MOST_FINDINGS + 1) * (LONGEST_CLAUSE + 200)


@pytest.mark.parametrize("entries", [(), (entry_of(CHANGE, LABEL, "https://a"),)])
def test_a_feed_was_updated_with_its_latest_entry(entries: tuple[Entry, ...]) -> None:
    expected = "2024-03-01T09:00:00Z" if entries else "1970-01-01T00:00:00Z"
    assert parsed(*entries).findtext(f"{ATOM}updated") == expected


def test_a_first_version_that_is_news_leads_to_its_text() -> None:
    entry = entry_of(replace(CHANGE, previous=None, number=1, cause=Cause.FIRST), LABEL, "https://a")
    assert entry.link == f"https://a/documents/{KEY}/at/1"
    assert "answered “not found” before" in entry.html
