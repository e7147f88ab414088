"""PURE: clauses to Markdown that `monitor.extract.markdown` reads back as the same clauses.

Every text comes back as it was, and in its heading, list or table. Only where Markdown has no way to say it a
clause comes back in a block of its own: the second paragraph of an item as another item, a clause that would be
cut differently today as a table row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from monitor.extract.blocks import HEADING_LIMIT
from monitor.extract.normalise import canonical
from monitor.extract.sentences import cut, split_sentences
from storage.records import Clause, ClauseKind

_ACTIVE = re.compile(r"[\\*`\[\]<#]|(?<=\])\(|&(?=#?\w+;)")
_UNDERSCORES = re.compile(r"(?<!\w)_+|_+(?!\w)")
_NUMBER = re.compile(r"\d{0,9}")
_OPENING = re.compile(r"[-+>~|]|(?<=\d)[.)](?=\s|$)")
_PIPE_IN_CELL = re.compile(r"(?<!\s)(?<!^)\||\|(?!\s|$)")
_NOTHING_BUT_EDGES = re.compile(r"[\s:|-]+")

_BEHIND_BACKSLASH = r"\\\g<0>"

_ROW_OPENS = "| "
"""No other line begins so."""

_DEEPEST = 20
"""Levels of a list; what lies deeper is shown at this one."""


def to_markdown(clauses: Iterable[Clause]) -> str:
    """The hard clauses as Markdown; nothing for none."""
    lines: list[str] = []
    depth = 0
    for block in _blocks(clause for clause in clauses if not clause.soft):
        for line in _lines(tuple(clause.text for clause in block), block[0].kind, block[0].level):
            level = 0 if line.startswith(_ROW_OPENS) else _level(block[0])
            if depth == 0 or not 0 < level <= depth + 1:
                lines.append("")
            for skipped in range(depth + 1, level):
                lines += [_indent(skipped) + "-", ""]
            lines.append(f"{_indent(level)}- {line}" if level else line)
            depth = level
    return "\n".join([*lines[1:], ""]) if lines else ""


def _blocks(clauses: Iterable[Clause]) -> Iterator[list[Clause]]:
    block: list[Clause] = []
    for clause in clauses:
        if block and (clause.opens_block or (clause.kind, clause.level) != (block[0].kind, block[0].level)):
            yield block
            block = []
        block.append(clause)
    if block:
        yield block


def _level(clause: Clause) -> int:
    """How deep in a list a clause stands; 0 outside of lists."""
    return min(max(clause.level, 1), _DEEPEST) if clause.kind is ClauseKind.LIST_ITEM else 0


def _indent(level: int) -> str:
    return "  " * (level - 1)


@lru_cache(maxsize=8192)
def _lines(texts: tuple[str, ...], kind: ClauseKind, level: int) -> tuple[str, ...]:
    """The block in one line, if reading that cuts it at the same places, else each of its clauses in a line.

    One version of a document repeats nearly all blocks of the one before.
    """
    line = _line(list(texts), kind, level)
    if line is not None:
        return (line,)
    return tuple(_line([text], kind, level) or _row(text) for text in texts)


def _line(texts: list[str], kind: ClauseKind, level: int) -> str | None:
    """The line that is read as these clauses, without the mark of an item; None where there is none."""
    text = canonical(" ".join(texts))
    if kind is ClauseKind.HEADING and texts == [text] and len(text) <= HEADING_LIMIT and 1 <= level <= 6:
        return f"{'#' * level} {_escaped(text)}"
    if kind is ClauseKind.TABLE_ROW and cut(text) == texts:
        return _row(text)
    if split_sentences(text) != texts:
        return None
    if kind is ClauseKind.TABLE_ROW:
        # A row is read as one clause, a cell of several blocks as several: here an empty second one.
        return f"{_ROW_OPENS}{_opened(text, pipes=True)}<br>- |"
    return _opened(text)


def _row(text: str) -> str:
    """A table row; what separates its cells stands between spaces."""
    if _NOTHING_BUT_EDGES.fullmatch(text):
        return f"{_ROW_OPENS}{re.sub('[:|-]', _BEHIND_BACKSLASH, text)} |"
    return f"{_ROW_OPENS}{_PIPE_IN_CELL.sub(_BEHIND_BACKSLASH, _escaped(text))} |"


def _opened(text: str, *, pipes: bool = False) -> str:
    """`text` so that it neither opens a list, a quotation or a table nor draws a line; if asked, no cell."""
    number = _NUMBER.match(text)
    start = number.end() if number else 0
    escaped = _escaped(text[start:])
    if pipes:
        escaped = escaped.replace("|", "\\|")
    if _OPENING.match(text, start) and not escaped.startswith("\\"):
        escaped = "\\" + escaped
    return text[:start] + escaped


def _escaped(text: str) -> str:
    """`text` with everything that Markdown would take for markup behind a backslash."""
    escaped = _ACTIVE.sub(_BEHIND_BACKSLASH, text)
    return _UNDERSCORES.sub(lambda found: "\\_" * len(found.group()), escaped)
