"""PURE: printed pages to clauses: lines into paragraphs, headings by the size of letters, items, rows."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import inf

from monitor.extract.blocks import ClauseWriter
from monitor.extract.columns import in_reading_order
from monitor.extract.linebreaks import Joiner
from monitor.extract.model import SetAside
from monitor.extract.printed import Line, Page, Print
from monitor.extract.rows import Row, rows_and_lines
from monitor.extract.running import find_running
from storage.records import ClauseKind

HEADING_SIZE = 1.12
"""Letters this many times the size of the text's are a heading's."""

BOLD_HEADING_LETTERS = 150
ROW_LETTERS = 2000
"""Longer bold paragraphs and longer rows are text."""

OTHER_SIZE = 0.20
LOOSE = 1.25
"""Text in sizes that differ by this share is two texts; lines this many times the usual pitch apart are two
paragraphs."""

_WINDOW = 10
_EM = 0.8
_SPACE = 0.3
_SHORT = 0.6

_BULLET = re.compile(r"[•‣◦·▪■□●○◆➢➤✓\uf0b7\uf0a7\uf02d](?=\s)")
_WEAK_BULLET = re.compile(r"[–—*-](?=\s)")
_ENUMERATOR = re.compile(r"(?:\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})\)|(?:\d{1,2}\.){1,4}|[A-Za-z]\.)(?=\s)")
_ITEM_NUMBER = re.compile(r"\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})\)(?=\s)")
_ENDS = re.compile(r"[.!?:;…。！？][\"'”’»)\]]*$")
_CUT_WORD = re.compile(r"[^\W\d_][-\u00ad\u2010]$")
_NO_HEADING_END = (".", ";", ",")
_LEADER = re.compile(r"\s*(?:[.·…]\s?){4,}\s*\d{0,4}$")
_DIGITS = re.compile(r"\d+")
_LIGATURES = re.compile("[\ufb00-\ufb06]")


def read_typeset(document: Print) -> ClauseWriter:
    """The clauses of a print; what belongs to the paper comes last, once each, and soft."""
    body = _usual_size(document.pages)
    running = find_running(document.pages, body)
    kept: list[list[Line]] = []
    aside: list[str] = []
    for number, page in enumerate(document.pages):
        lines = list(page.lines)
        aside += [line.text for index, line in enumerate(lines) if line.tilted or (number, index) in running]
        kept.append(
            [line for index, line in enumerate(lines) if not line.tilted and (number, index) not in running]
        )
    setter = _Setter(body, _heading_sizes(kept, body), _usual_pitch(kept), Joiner(_texts(kept)))
    ordered = [in_reading_order(lines) for lines in kept]
    for lines, parts in zip(ordered, rows_and_lines(ordered), strict=True):
        setter.add_page(parts, _right_edges(lines))
    setter.flush()
    for text in _first_of_each(aside):
        setter.writer.add(_plain(text), soft=SetAside.RUNNING)
    return setter.writer


class _Setter:
    """Gathers the lines of one block; a block may go on over the end of a column or page."""

    def __init__(self, body: float, heading_sizes: list[float], pitch: float, joiner: Joiner) -> None:
        self.writer = ClauseWriter()
        self._body = body
        self._heading_sizes = heading_sizes
        self._pitch = pitch
        self._joiner = joiner
        self._block: list[Line] = []
        self._edge = 0.0
        self._marks: list[float] = []
        self._begins_column = True

    def add_page(self, parts: Sequence[Line | Row], edges: Mapping[int, float]) -> None:
        self._begins_column = True
        for part in parts:
            if isinstance(part, Row) and self._add_row(part):
                continue
            for line in part.lines if isinstance(part, Row) else [part]:
                self._add_line(line, edges[id(line)])

    def flush(self) -> None:
        block, self._block = self._block, []
        if not block:
            return
        text = _plain(self._joiner.join([line.text for line in block]))
        if _LEADER.search(text):
            self.writer.add(_LEADER.sub("", text), soft=SetAside.CONTENTS)
        elif (level := self._heading_level(block, text)) > 0:
            self._marks.clear()
            self.writer.add(text, ClauseKind.HEADING, level)
        elif self._is_item(block[0]):
            self.writer.add(_without_bullet(text), ClauseKind.LIST_ITEM, self._depth(block[0].left))
        else:
            if self._marks and block[0].left < self._marks[0] + _EM * block[0].size:
                self._marks.clear()
            self.writer.add(text)

    def _add_row(self, row: Row) -> bool:
        cells = [_plain(self._joiner.join([cell.text for cell in cells])) for cells in row.cells]
        if sum(map(len, cells)) > ROW_LETTERS or _bullet(row.lines[0]) or _ENUMERATOR.fullmatch(cells[0] + " "):
            return False
        self.flush()
        if any(_LEADER.search(cell) for cell in cells):
            self.writer.add(_LEADER.sub("", " ".join(cells)), soft=SetAside.CONTENTS)
        else:
            self.writer.add_row(cells)
        return True

    def _add_line(self, line: Line, edge: float) -> None:
        if self._block and self._begins_block(line):
            self.flush()
        self._block.append(line)
        self._edge = edge
        self._begins_column = False

    def _begins_block(self, line: Line) -> bool:
        last = self._block[-1]
        if _bullet(line) or self._differs_in_size(last, line) or _LEADER.search(last.text):
            return True
        if _CUT_WORD.search(last.text):
            return False
        ends = _ENDS.search(last.text) is not None
        gap = (line.baseline - last.baseline) / last.size
        if self._begins_column or gap <= 0:
            return self._begins_after_jump(line, ends=ends)
        if gap > self._pitch * LOOSE:
            return True
        return self._word_would_have_fitted(line, ends=ends) or self._is_set_apart(line, ends=ends)

    def _differs_in_size(self, last: Line, line: Line) -> bool:
        sizes = _half_points(last.size), _half_points(line.size)
        if sizes[0] != sizes[1] and any(size in self._heading_sizes for size in sizes):
            return True
        return abs(line.size - last.size) > OTHER_SIZE * last.size

    def _begins_after_jump(self, line: Line, *, ends: bool) -> bool:
        """On a new page or column neither pitch nor indent tells; only whether the sentence was over."""
        if line.text[:1].islower():
            return False
        return ends or line.bold != self._block[-1].bold or self._word_would_have_fitted(line, ends=ends)

    def _word_would_have_fitted(self, line: Line, *, ends: bool) -> bool:
        """Whether the last line was ended on purpose: the first word of `line` had room on it."""
        last = self._block[-1]
        if self._edge - last.right < line.first_word + _SPACE * line.size:
            return False
        short = last.right - last.left < _SHORT * (self._edge - last.left)
        return ends or short or not line.text[:1].islower() or line.bold != last.bold

    def _is_set_apart(self, line: Line, *, ends: bool) -> bool:
        last, first = self._block[-1], self._block[0]
        if _ENUMERATOR.match(line.text) and ends:
            return True
        if _ITEM_NUMBER.match(line.text) and self._is_item(first):
            return line.left < first.left + _EM * line.size
        step = line.left - last.left
        if abs(step) < _EM * line.size:
            return False
        if len(self._block) == 1:
            hangs = step > 0 and (_bullet(first) or _ENUMERATOR.match(first.text))
            return not hangs and step > 0 and ends
        return ends

    def _heading_level(self, block: Sequence[Line], text: str) -> int:
        """1 to 6, or 0 where the block is no heading."""
        size = _half_points(block[0].size)
        if size in self._heading_sizes:
            return min(6, 1 + self._heading_sizes.index(size))
        bold = all(line.bold for line in block) and not _bullet(block[0])
        title = len(text) <= BOLD_HEADING_LETTERS and not text.endswith(_NO_HEADING_END)
        return min(6, 1 + len(self._heading_sizes)) if bold and title and any(map(str.isalpha, text)) else 0

    def _is_item(self, line: Line) -> bool:
        return _bullet(line) or _ITEM_NUMBER.match(line.text) is not None

    def _depth(self, left: float) -> int:
        while self._marks and self._marks[-1] > left + _EM * self._body:
            self._marks.pop()
        if not self._marks or self._marks[-1] < left - _EM * self._body:
            self._marks.append(left)
        return len(self._marks)


def _bullet(line: Line) -> bool:
    text = line.text
    if _BULLET.match(text):
        return True
    # A dash or an "o" is a bullet only where it stands apart from what follows.
    marks = _WEAK_BULLET.match(text) or text.startswith("o ")
    return bool(marks) and line.first_gap > 0.6 * line.size


def _without_bullet(text: str) -> str:
    """Bullets go, numbers stay: other clauses refer to them."""
    if _BULLET.match(text) or _WEAK_BULLET.match(text) or text.startswith("o "):
        return text[1:].lstrip()
    return text


def _plain(text: str) -> str:
    """`text` with the letters that a font joins written apart."""
    return _LIGATURES.sub(lambda found: unicodedata.normalize("NFKC", found.group()), text)


def _first_of_each(texts: Sequence[str]) -> list[str]:
    """`texts` without those that differ from an earlier one in their numbers alone."""
    first: dict[str, str] = {}
    for text in texts:
        first.setdefault(_DIGITS.sub("#", text), text)
    return list(first.values())


def _texts(pages: Sequence[Sequence[Line]]) -> Iterator[str]:
    return (_plain(line.text) for lines in pages for line in lines)


def _half_points(size: float) -> float:
    return round(size * 2) / 2


def _usual_size(pages: Sequence[Page]) -> float:
    letters: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            letters[_half_points(line.size)] += len(line.text)
    return letters.most_common(1)[0][0]


def _heading_sizes(pages: Sequence[Sequence[Line]], body: float) -> list[float]:
    """The sizes of headings, largest first."""
    sizes = {_half_points(line.size) for lines in pages for line in lines}
    return sorted((size for size in sizes if size >= HEADING_SIZE * body), reverse=True)


def _usual_pitch(pages: Sequence[Sequence[Line]]) -> float:
    """The most frequent distance of two lines, in sizes of their letters."""
    pitches: Counter[float] = Counter()
    for lines in pages:
        for above, below in pairwise(lines):
            pitch = (below.baseline - above.baseline) / above.size
            if 0.8 < pitch < 3 and above.size == below.size:
                pitches[round(pitch, 1)] += 1
    return pitches.most_common(1)[0][0] if pitches else 1.2


def _right_edges(lines: Sequence[Line]) -> dict[int, float]:
    """For each line, by its identity, where the lines around it in its column end at most."""
    edges: dict[int, float] = {}
    columns = _downward(lines)
    for number, column in enumerate(columns):
        following = columns[number + 1] if number + 1 < len(columns) else None
        for index, line in enumerate(column):
            limit = _left_of_neighbour(line, following)
            around = column[max(0, index - _WINDOW) : index + _WINDOW + 1]
            edges[id(line)] = max(
                (other.right for other in around if other.left < line.right and other.right <= limit),
                default=line.right,  # letters on their heads end where they begin, or before
            )
    return edges


def _left_of_neighbour(line: Line, following: Sequence[Line] | None) -> float:
    """Where the next column begins if it stands beside `line`: full lines above are no measure then."""
    if following is None or line.baseline < following[0].baseline - line.size:
        return inf
    left = min(other.left for other in following)
    return left if left > line.right else inf


def _downward(lines: Sequence[Line]) -> list[list[Line]]:
    columns: list[list[Line]] = []
    for line in lines:
        if not columns or line.baseline < columns[-1][-1].baseline - line.size:
            columns.append([])
        columns[-1].append(line)
    return columns
