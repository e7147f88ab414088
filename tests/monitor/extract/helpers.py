"""Short ways to read a page in a test."""

from __future__ import annotations

from monitor.extract import Extraction, ExtractOptions, Source, extract
from storage.records import Clause

FILLER = "<p>" + "We keep the records of our customers for as long as the law asks us to. " * 6 + "</p>"
"""Enough text that what a test adds is small beside it."""


def read_html(html: str, options: ExtractOptions | None = None) -> Extraction:
    return extract(
        Source(html.encode(), "text/html; charset=utf-8", "https://example.org/"), options or ExtractOptions()
    )


def clauses_of(html: str) -> list[Clause]:
    return list(read_html(html).clauses)


def hard_texts(html: str) -> list[str]:
    return [clause.text for clause in clauses_of(html) if not clause.soft]


def soft_texts(html: str) -> list[str]:
    return [clause.text for clause in clauses_of(html) if clause.soft]


def headings(html: str) -> list[tuple[int, str]]:
    return [(clause.level, clause.text) for clause in clauses_of(html) if clause.kind == "heading"]
