"""PURE: the lines of a page in reading order, where two columns of prose were written line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import mean

from monitor.extract.printed import Cell, Line

FEWEST_LINES = 5
PROSE_LETTERS = 25
"""A stretch of as many lines, both sides holding as many letters a line, is set in columns; a table is not."""

_NEAR = 3.0


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """`lines` with every stretch of two columns read down the left one first; all else stays as it was."""
    ordered: list[Line] = []
    index = 0
    while index < len(lines):
        end = _end_of_stretch(lines, index)
        stretch = lines[index:end]
        if _is_prose(stretch):
            ordered += [_side(line, 0) for line in stretch] + [_side(line, 1) for line in stretch]
            index = end
        else:
            ordered.append(lines[index])
            index += 1
    return ordered


def _end_of_stretch(lines: Sequence[Line], start: int) -> int:
    """Behind the last of the lines from `start` on that have two cells, the right ones below each other."""
    end = start
    while end < len(lines) and len(lines[end].cells) == 2 and _aligned(lines[start], lines[end]):
        end += 1
    return end


def _aligned(first: Line, line: Line) -> bool:
    return abs(first.cells[1].left - line.cells[1].left) < _NEAR


def _is_prose(stretch: Sequence[Line]) -> bool:
    return len(stretch) >= FEWEST_LINES and all(
        mean(len(line.cells[side].text) for line in stretch) >= PROSE_LETTERS for side in (0, 1)
    )


def _side(line: Line, side: int) -> Line:
    cell: Cell = line.cells[side]
    first = cell.text.partition(" ")[0]
    width = (cell.right - cell.left) * len(first) / max(1, len(cell.text))
    return replace(line, cells=(cell,), first_word=width, first_gap=0.0)
