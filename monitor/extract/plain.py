"""PURE: plain text to clauses: blank lines part paragraphs, bullets and numbers open list items."""

from __future__ import annotations

import re
from itertools import pairwise

from monitor.extract.blocks import ClauseWriter
from storage.records import ClauseKind

_LINE_END = re.compile(r"\r\n?|\u2028")
_BLANK = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+|\f|\u2029")
_ITEM = re.compile(r"^[ \t]{0,12}(?:[*•‣◦·–-]|\(?(?:\d{1,3}|[a-z])\))[ \t]+", re.MULTILINE)
_RULE = re.compile(r"[\s*=_~#-]+")


def read_plain(text: str) -> ClauseWriter:
    writer = ClauseWriter()
    for paragraph in _BLANK.split(_LINE_END.sub("\n", text)):
        if not _RULE.fullmatch(paragraph):
            _add_paragraph(writer, paragraph)
    return writer


def _add_paragraph(writer: ClauseWriter, paragraph: str) -> None:
    starts = [item.start() for item in _ITEM.finditer(paragraph)]
    lead = paragraph[: starts[0]] if starts else paragraph
    writer.add(lead)
    for start, end in pairwise([*starts, len(paragraph)]):
        writer.add(_strip_bullet(paragraph[start:end]), ClauseKind.LIST_ITEM, 1)


def _strip_bullet(item: str) -> str:
    """Bullets go, numbers stay: other clauses refer to them."""
    return item.lstrip(" \t*•‣◦·–-")
