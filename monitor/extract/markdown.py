"""PURE: Markdown, as archives of terms write it, to clauses that read as the rendered page would."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from monitor.extract.blocks import ClauseWriter
from storage.records import Clause, ClauseKind

_RULE = re.compile(r" {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$")
_SETEXT = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_ITEM = re.compile(r"([ \t]*)(?:[*+-]|(\d{1,9}[.)]))(?:[ \t]+(.*)|$)")
_QUOTE = re.compile(r"[ \t]{0,3}(?:>[ \t]?)+")
_FENCE = re.compile(r" {0,3}(?:```|~~~)")
_ROW = re.compile(r"[ \t]*\|.*\|[ \t]*$")
_DELIMITER_ROW = re.compile(r"[ \t]*\|[ \t:|-]+\|[ \t]*$")
_CELL_EDGE = re.compile(r"(?<!\\)\|")
_BREAK_TAG = re.compile(r"(?<!\\)<br\s*/?>", re.IGNORECASE)
_CELL_BLOCK = re.compile(r"(?<!\\)(?:<br\s*/?>\s*(?:<br\s*/?>\s*)+|<br\s*/?>\s*(?=[*+-]\s))", re.IGNORECASE)
_BULLET = re.compile(r"\A[*+-](?:\s+|$)")

# Bounds and possessive repetitions: a page of nothing but openings is read in linear time.
_TARGET = r"\((?:\\.|[^()\\]|\([^()]{0,500}+\)){0,2000}+\)|\[[^\]]{0,500}+\]"
_IMAGE = re.compile(rf"!\[(?:\\.|[^\[\]\\]|\[[^\[\]]{{0,200}}+\])*+\](?:{_TARGET})?")
_LINK = re.compile(rf"(?<!\\)\[((?:\\.|[^\[\]\\])*+)\](?:{_TARGET})")
_LINK_TAIL = re.compile(r"\]\([^()\s]*\)")  # of a link around several blocks
_AUTOLINK = re.compile(r"(?<!\\)<((?:https?://|mailto:)[^<>\s]+|[^<>\s@]+@[^<>\s@]+)>")
_TAG = re.compile(r"(?<!\\)</?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]{0,500})?/?>")
_STARS = re.compile(r"(?<!\\)\*+")
_UNDERSCORES = re.compile(r"(?<![\\\w])_+(?=[^\s_])|(?<=[^\s_\\])_+(?!\w)")
_CODE = re.compile(r"(?<!\\)`+")
_EMPHASIS = (("*", _STARS), ("_", _UNDERSCORES), ("`", _CODE))
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_MARKUP = re.compile(r"[\\*_`\[\]<]")
_COMMENT = re.compile(r"(?<!\\)<!--(?:.*?-->|(.*))", re.DOTALL)


_SHORT, _LONG = 4000, 40_000
"""Characters of parts that are remembered."""

_Read = tuple[tuple[Clause, ...], tuple[int, ...]]
"""The clauses of a part, and the columns of the items that are open after it."""


def read_markdown(text: str) -> ClauseWriter:
    if "<!--" in text:
        text = _COMMENT.sub(r"\1", text)
    writer = ClauseWriter()
    columns: tuple[int, ...] = ()
    for part in text.split("\n\n"):
        found, columns = _reader_of(part)(part, columns)
        writer.clauses += found
    return writer


def _read_part(part: str, columns: tuple[int, ...]) -> _Read:
    """The clauses between two empty lines inside items that begin at `columns`, and the items open after it."""
    reader = _Reader(columns)
    for line in part.expandtabs(4).splitlines():
        reader.read_line(line)
    reader.flush()
    return tuple(reader.writer.clauses), tuple(reader.columns)


_remembered_part = lru_cache(maxsize=8192)(_read_part)
_remembered_long_part = lru_cache(maxsize=512)(_read_part)
"""One version of a document repeats nearly all parts of the one before; at most 53 MB are remembered."""


def _reader_of(part: str) -> Callable[[str, tuple[int, ...]], _Read]:
    if len(part) <= _SHORT:
        return _remembered_part
    return _remembered_long_part if len(part) <= _LONG else _read_part


def strip_markup(text: str) -> str:
    """`text` as a reader sees it: link and emphasis marks gone, images dropped, escapes undone."""
    if not _MARKUP.search(text):
        return text
    return _remembered_text(text) if len(text) <= _SHORT else _without_marks(text)


def _without_marks(text: str) -> str:
    if "[" in text:
        text = _IMAGE.sub("", text)
        text = _LINK.sub(r"\1", _LINK.sub(r"\1", text))
    if "](" in text:
        text = _LINK_TAIL.sub("", text)
    if "<" in text:
        text = _TAG.sub("", _BREAK_TAG.sub(" ", _AUTOLINK.sub(r"\1", text)))
    for mark, pattern in _EMPHASIS:
        if mark in text:
            text = pattern.sub("", text)
    return _ESCAPE.sub(r"\1", text) if "\\" in text else text


_remembered_text = lru_cache(maxsize=8192)(_without_marks)
"""A long list is one part, of which every version has most items again."""


class _Reader:
    """Gathers the lines of one block; list items are told apart by the columns where they begin."""

    def __init__(self, columns: Iterable[int] = ()) -> None:
        self.writer = ClauseWriter()
        self.columns = list(columns)
        self._lines: list[str] = []
        self._kind = ClauseKind.PARAGRAPH

    def flush(self) -> None:
        if self._lines:
            self._write(self._kind, len(self.columns) if self._kind is ClauseKind.LIST_ITEM else 0)
        self._kind = ClauseKind.PARAGRAPH

    def read_line(self, line: str) -> None:
        if ">" in line[:4] and (quoted := _QUOTE.match(line)):
            line = line[quoted.end() :]
        if line.strip() in ("", "[") or _FENCE.match(line):  # "[" opens a link around several blocks
            self.flush()
            return
        if not (self._heading(line) or self._ignored(line) or self._row(line) or self._item(line)):
            self._continue(line)

    def _write(self, kind: ClauseKind, level: int) -> None:
        text, self._lines = "\n".join(self._lines), []
        self.writer.add(strip_markup(text), kind, level)

    def _heading(self, line: str) -> bool:
        # Within an item every line is indented, and terms hold no code blocks.
        inside_item = bool(self.columns) and len(line) - len(line.lstrip()) > self.columns[-1]
        line = line.lstrip()
        may_be_underlined = self._lines and (self._kind is ClauseKind.PARAGRAPH or inside_item)
        if may_be_underlined and (underline := _SETEXT.match(line)):
            self._write(ClauseKind.HEADING, 1 if underline.group(1)[0] == "=" else 2)
            return True
        atx = _ATX.match(line) if line.startswith("#") else None
        if atx is None:
            return False
        self.flush()
        self.columns.clear()
        self._lines = [atx.group(2) or ""]
        self._write(ClauseKind.HEADING, len(atx.group(1)))
        return True

    def _ignored(self, line: str) -> bool:
        if not _RULE.match(line):
            return False
        self.flush()
        self.columns.clear()
        return True

    def _row(self, line: str) -> bool:
        if "|" not in line or not _ROW.match(line):
            return False
        self.flush()
        if not _DELIMITER_ROW.match(line):
            self._write_cells(_CELL_EDGE.split(line.strip())[1:-1])
        return True

    def _write_cells(self, cells: list[str]) -> None:
        """One clause for a row of plain cells; the blocks of each cell where a cell holds several."""
        parts = [[part for part in _CELL_BLOCK.split(cell) if part.strip()] for cell in cells]
        if all(len(part) <= 1 for part in parts):
            self.writer.add_row([strip_markup(cell.strip()) for cell in cells])
            return
        for part in (part for cell in parts for part in cell):
            self.writer.add(strip_markup(_BULLET.sub("", part.strip(), count=1)), ClauseKind.TABLE_ROW)

    def _item(self, line: str) -> bool:
        item = _ITEM.match(line)
        if item is None or (self._lines and self._kind is ClauseKind.PARAGRAPH and not self._starts_list(item)):
            return False
        self.flush()
        if item.group(3) and self._heading(item.group(3)):
            return True
        column = len(item.group(1))
        while self.columns and self.columns[-1] >= column:
            self.columns.pop()
        self.columns.append(column)
        self._kind = ClauseKind.LIST_ITEM
        self._lines = [item.group(3) or ""]
        return True

    def _starts_list(self, item: re.Match[str]) -> bool:
        """Within a paragraph only "1." starts a list; other numbers are wrapped text (CommonMark 5.2)."""
        return bool(item.group(3)) and (item.group(2) or "1.")[:-1] == "1"

    def _continue(self, line: str) -> None:
        if not self._lines and not line.startswith("  "):
            self.columns.clear()
        self._lines.append(line)
