"""Documents in other languages than English are read with the book of the language that they are in."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from monitor.assess import assess
from monitor.detect.topics.table import shipped_books
from monitor.extract.model import Extraction
from monitor.extract.read import extract_markdown

PAGES: dict[str, Any] = tomllib.loads(Path(__file__).with_name("languages.toml").read_text(encoding="utf-8"))
EDITS = [(language, *edit) for language, page in PAGES.items() for edit in page["edits"]]


def text(language: str, clause: str) -> Extraction:
    return extract_markdown(PAGES[language]["page"].format(clause))


def called(language: str, before: str, after: str, declared: str | None) -> str:
    found = assess(text(language, before), text(language, after), (), shipped_books(), declared).findings
    return next((each.effect for each in found if each.topic == "ai-training"), "silent")


@pytest.mark.parametrize(("language", "before", "after", "effect"), EDITS)
def test_edit_in_a_document_of_this_language_has_its_effect(
    language: str, before: str, after: str, effect: str
) -> None:
    assert called(language, before, after, None) == effect


@pytest.mark.parametrize("language", PAGES)
def test_text_tells_its_language_whatever_the_page_declares(language: str) -> None:
    edit = next(each for each in EDITS if each[0] == language)
    assert called(edit[0], edit[1], edit[2], "en") == edit[3]


def test_book_reads_no_document_in_another_language() -> None:
    assert called("de", "", "We may use your posts to train our AI models.", None) == "silent"


@pytest.mark.parametrize("language", [each for each in PAGES if each != "de"])
def test_page_that_comes_in_another_language_is_no_change(language: str) -> None:
    trains = next(each[2] for each in EDITS if each[0] == language)
    found = assess(text("de", ""), text(language, trains), (), shipped_books(), "de")
    assert (found.held is not None and "another language" in found.held, found.findings) == (True, ())
