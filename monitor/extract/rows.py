"""PURE: which printed lines are the rows of a table, also where the cells of a row have several lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from monitor.extract.printed import Cell, Line

LEVEL = 0.6
"""Baselines that lie less than this share of the letters' size apart are one."""

PITCH = 1.7
"""The lines of one cell follow each other within this many times the letters' size."""

SURE_CELLS = 3
MOST_LINES = 15
"""Words so far apart are a row even alone, two cells are one only beside another row; and a "cell" with more
lines is a column of prose.
"""

_NEAR = 3.0


@dataclass(slots=True)
class Row:
    """The cells of a row, each with its lines in order; `lines` are the printed ones that it was made of."""

    lines: list[Line]
    cells: list[list[Cell]] = field(default_factory=list)
    bottom: float = 0.0

    @property
    def top(self) -> float:
        return self.lines[0].baseline

    @property
    def right(self) -> float:
        return max(cell.right for cells in self.cells for cell in cells)


def rows_and_lines(pages: Sequence[Sequence[Line]]) -> Iterator[list[Line | Row]]:
    """For each page its lines in order, those of a table taken together as rows; tables go over pages."""
    by_page = [_groups(lines) for lines in pages]
    groups = [group for page in by_page for group in page]
    together = [_belong_together(above, below) for above, below in pairwise(groups)]
    in_table = iter(
        len(group.cells) >= SURE_CELLS or before or after
        for group, before, after in zip(groups, [False, *together], [*together, False], strict=True)
    )
    for page in by_page:
        yield [part for group in page for part in ([group] if next(in_table) else group.lines)]


def _belong_together(above: Row, below: Row) -> bool:
    if min(len(above.cells), len(below.cells)) < 2:
        return False
    if max(len(above.lines), len(below.lines)) > MOST_LINES:
        return False
    return any(
        abs(first[0].left - second[0].left) < _NEAR or abs(first[0].right - second[0].right) < _NEAR
        for first in above.cells[1:]
        for second in below.cells[1:]
    )


def _groups(lines: Sequence[Line]) -> list[Row]:
    groups: list[Row] = []
    for line in lines:
        if groups and _opens_next_cell(groups, line):
            _append(groups[-1], line, list(line.cells))
        elif groups and _goes_on(groups[-1], line):
            groups[-1].lines.append(line)
            groups[-1].cells[-1].append(line.cells[0])
            groups[-1].bottom = line.baseline
        else:
            groups.append(Row([]))
            _append(groups[-1], line, list(line.cells))
    return groups


def _append(row: Row, line: Line, cells: list[Cell]) -> None:
    row.lines.append(line)
    row.cells += [[cell] for cell in cells]
    row.bottom = line.baseline


def _opens_next_cell(groups: list[Row], line: Line) -> bool:
    """Whether `line` goes back up to the first line of the row and stands right of all in it.

    What was taken for the first cell may begin with lines above the table: these become groups of their own.
    """
    row = groups[-1]
    if line.left <= row.right or line.baseline > row.bottom + LEVEL * line.size:
        return False
    if len(row.cells) > 1:
        return abs(line.baseline - row.top) < LEVEL * line.size
    for index, earlier in enumerate(row.lines):
        if abs(earlier.baseline - line.baseline) < LEVEL * line.size:
            if index:
                _cut(groups, index)
            return True
    return False


def _cut(groups: list[Row], index: int) -> None:
    row = groups.pop()
    parts = (row.lines[:index], row.lines[index:])
    groups += [Row(lines, [[line.cells[0] for line in lines]], lines[-1].baseline) for lines in parts]


def _goes_on(row: Row, line: Line) -> bool:
    """Whether `line` stands under the last line of the last cell, as its next."""
    if len(line.cells) > 1 or not 0 < line.baseline - row.bottom < PITCH * line.size:
        return False
    last = row.cells[-1][-1]
    if len(row.cells) == 1:
        return abs(line.left - last.left) < _NEAR and len(row.lines) <= MOST_LINES
    return line.left > row.cells[-2][0].right - _NEAR and line.left < last.right
