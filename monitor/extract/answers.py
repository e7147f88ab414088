"""PURE: answers that stand only in a page's structured data become clauses under their questions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from monitor.extract.blocks import ClauseWriter
from monitor.extract.model import ExtractOptions
from monitor.extract.page import Page, parse_page
from monitor.extract.structured import Answer, read_answers
from monitor.extract.walk import walk
from monitor.identity import words_of, words_of_each
from storage.records import ClauseKind

SURE_WORDS = 15
"""So many words in a row are an answer wherever they stand; fewer ("No.") only behind their question."""

_ALL = ExtractOptions()


def add_answers(writer: ClauseWriter, page: Page) -> tuple[str, ...]:
    """Append the answers that `page` states in JSON-LD and does not show.

    Returns warnings about what could not be read.
    """
    answers, warnings = read_answers(page.data)
    if answers:
        shown = _joined(words_of_each(writer.clauses, writer.drawn))
        for answer in answers:
            shown += _add_unshown(writer, answer, shown)
    return warnings


def _add_unshown(writer: ClauseWriter, answer: Answer, shown: str) -> str:
    """Append the sentences of `answer` that are not among the words `shown`; returns the words appended."""
    question = _parsed(answer.question).label(0)
    written = walk(_parsed(f"<dl><dd>{answer.text}"), _ALL)
    clauses = [replace(clause, soft=False) for clause in written.clauses]  # nothing surrounds an answer
    words = list(words_of_each(clauses, written.drawn))
    missing = _missing(words_of(question), words, shown)
    if not missing:
        return ""
    writer.add(question, ClauseKind.HEADING, 1)
    for at in missing:
        writer.append(clauses[at], written.drawn.get(at))
    return _joined([words_of(question), *(words[at] for at in missing)])


def _parsed(html: str) -> Page:
    return parse_page(html, _ALL)


def _missing(question: str, words: Sequence[str], shown: str) -> list[int]:
    """The places of the sentences that are not shown, in a row with others or behind the question."""
    missing: list[int] = []
    at = 0
    while at < len(words):
        length = _shown_length(question, words, at, shown) if at == 0 and question else 0
        length = length or _shown_length("", words, at, shown)
        if not length and words[at]:
            missing.append(at)
        at += max(1, length)
    return missing


def _shown_length(question: str, words: Sequence[str], start: int, shown: str) -> int:
    """How many sentences from `start` on are shown in a row, behind the question where there is one."""
    stretch, end = question, start
    while end < len(words) and _joined([stretch, words[end]]) in shown:
        stretch, end = _joined([stretch, words[end]]).strip(), end + 1
    return end - start if question or len(stretch.split()) >= SURE_WORDS else 0


def _joined(words: Iterable[str]) -> str:
    """The words in a row, each with a space before and behind it."""
    return f" {' '.join(filter(None, words))} "
