"""PURE: collects blocks of text into clauses, one a sentence, for every reader."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from monitor.extract.model import SetAside
from monitor.extract.normalise import canonical
from monitor.extract.sentences import cut, split_sentences
from storage.records import Clause, ClauseKind

HEADING_LIMIT = 300
"""Characters of a heading; longer ones are paragraphs that somebody marked up as headings."""


_REMEMBERED_LENGTH = 2000


def _sentences(text: str) -> Sequence[str]:
    return _remembered_sentences(text) if len(text) <= _REMEMBERED_LENGTH else split_sentences(canonical(text))


@lru_cache(maxsize=8192)
def _remembered_sentences(text: str) -> tuple[str, ...]:
    """One version of a document repeats nearly all blocks of the one before; at most 33 MB are remembered."""
    return tuple(split_sentences(canonical(text)))


class ClauseWriter:
    """Turns raw block texts into the ordered clauses of a document.

    By their place in `clauses`, `set_aside` says of soft clauses why they are soft, and `drawn` holds the
    numbers that lists draw before their items.
    """

    def __init__(self) -> None:
        self.clauses: list[Clause] = []
        self.set_aside: dict[int, SetAside] = {}
        self.drawn: dict[int, int] = {}

    def add(
        self,
        text: str,
        kind: ClauseKind = ClauseKind.PARAGRAPH,
        level: int = 0,
        *,
        soft: SetAside | None = None,
        opens_block: bool = True,
    ) -> None:
        """Append the block `text`; `opens_block` is False where it goes on in the item begun before."""
        if kind is ClauseKind.HEADING and (soft or len(text) > HEADING_LIMIT):
            kind, level = ClauseKind.PARAGRAPH, 0
        whole = soft or kind is ClauseKind.HEADING
        for piece in cut(canonical(text)) if whole else _sentences(text):
            if soft:
                self.set_aside[len(self.clauses)] = soft
            self.clauses.append(Clause(piece, kind, level, opens_block, soft is not None))
            opens_block = False

    def append(self, clause: Clause, drawn: int | None) -> None:
        """Append a clause as it is, and the number that a list draws before it."""
        if drawn is not None:
            self.drawn[len(self.clauses)] = drawn
        self.clauses.append(clause)

    def add_row(self, cells: list[str]) -> None:
        """Append a table row as one clause, its cells joined by " | "; an empty cell keeps its place."""
        texts = [canonical(cell) for cell in cells]
        if any(texts):
            opens_block = True
            for piece in cut(canonical(" | ".join(texts))):
                self.clauses.append(Clause(piece, ClauseKind.TABLE_ROW, 0, opens_block))
                opens_block = False
