"""PURE: what a reader of print sees: pages of lines, each with its place, its size and its cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Cell(NamedTuple):
    """Words on one line that no wide gap parts; `left` and `right` are points from the page's left edge."""

    text: str
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line. `baseline` counts points downwards from the page's upper edge.

    `first_word` is the width of the line's first word and `first_gap` what follows it, in points: they tell
    whether the word would have fitted on the line before, and what a bullet is. `tilted` text is no line of
    the page (a watermark, a note along the edge).
    """

    cells: tuple[Cell, ...]
    baseline: float
    size: float
    bold: bool
    tilted: bool
    first_word: float
    first_gap: float

    @property
    def left(self) -> float:
        return self.cells[0].left

    @property
    def right(self) -> float:
        return self.cells[-1].right

    @property
    def text(self) -> str:
        return " ".join(cell.text for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of one page in the order in which the file writes them."""

    height: float
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Print:
    """A document as it was printed, with what it says about itself and what could not be read of it."""

    pages: tuple[Page, ...]
    title: str
    language: str | None
    warnings: tuple[str, ...]
