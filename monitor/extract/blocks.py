"""PURE: collects blocks of text into clauses, one a sentence, for every reader."""

from __future__ import annotations

from monitor.extract.normalise import canonical
from monitor.extract.sentences import cut, split_sentences
from storage.records import Clause, ClauseKind

HEADING_LIMIT = 300
"""Characters of a heading; longer ones are paragraphs that somebody marked up as headings."""


class ClauseWriter:
    """Turns raw block texts into the ordered clauses of a document."""

    def __init__(self) -> None:
        self.clauses: list[Clause] = []

    def add(
        self,
        text: str,
        kind: ClauseKind = ClauseKind.PARAGRAPH,
        level: int = 0,
        *,
        soft: bool = False,
        opens_block: bool = True,
    ) -> None:
        """Append the block `text`; `opens_block` is False where it goes on in the item begun before."""
        text = canonical(text)
        if kind is ClauseKind.HEADING and (soft or len(text) > HEADING_LIMIT):
            kind, level = ClauseKind.PARAGRAPH, 0
        whole = soft or kind is ClauseKind.HEADING
        for piece in cut(text) if whole else split_sentences(text):
            self.clauses.append(Clause(piece, kind, level, opens_block, soft))
            opens_block = False

    def add_row(self, cells: list[str]) -> None:
        """Append a table row as one clause, its cells joined by " | "; an empty cell keeps its place."""
        texts = [canonical(cell) for cell in cells]
        if any(texts):
            opens_block = True
            for piece in cut(canonical(" | ".join(texts))):
                self.clauses.append(Clause(piece, ClauseKind.TABLE_ROW, 0, opens_block))
                opens_block = False
