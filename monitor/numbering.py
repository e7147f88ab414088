"""PURE: tells the numbers that counting alone would give from those that say something."""

from __future__ import annotations

import re
from collections.abc import Iterator

_MONTHS = "januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember"
_NUMBER = re.compile(
    r"\(?(?:(\d{1,3}(?:\.\d{1,3})+)[.)]?(?=\s|$)"
    rf"|(\d{{1,3}})[.)](?=\s|$|[^\W\d_])(?!\s*(?:{_MONTHS})\b)"
    r"|([a-z]|[ivxl]{2,7})[.)](?=\s|$))",
    re.IGNORECASE,
)
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50}

DEPTH = 64
"""Counts that are remembered as open; deeper ones are forgotten from the outside."""


class Numbering:
    """The counts that are open at a place of a document.

    A number that opens a block is implied where it begins a count (1, a, i, 2.1) or goes on in one that is
    open, outer ones included. Whether it is written there, or drawn by an `<ol>` or a style sheet, is design.
    """

    def __init__(self) -> None:
        self._open: list[tuple[str, int]] = []

    def implied(self, text: str) -> int:
        """Count the block that opens with `text`: how many of its characters are an implied number, or 0."""
        found = _NUMBER.match(text)
        if found is None:
            return 0
        return found.end() if self._count(list(_readings(found))) else 0

    def _count(self, readings: list[tuple[str, int]]) -> bool:
        for style, number in readings:
            if (style, number - 1) in self._open:
                while self._open.pop() != (style, number - 1):
                    pass
                self._open.append((style, number))
                return True
        begun = next((reading for reading in readings if reading[1] == 1), None)
        self._open.append(begun or readings[0])
        del self._open[:-DEPTH]
        return begun is not None


def _readings(found: re.Match[str]) -> Iterator[tuple[str, int]]:
    """What a number may be, as its style and place in the count: "i" follows "h", or begins (i, ii, iii)."""
    dotted, digits, letters = found.groups()
    if dotted:
        above, _, last = dotted.rpartition(".")
        yield above + ".", int(last)
    elif digits:
        yield "1", int(digits)
    else:
        case = "A" if letters.isupper() else "a"
        if len(letters) == 1:
            yield case, ord(letters.lower()) - ord("a") + 1
        if set(letters.lower()) <= _ROMAN.keys():
            yield case + "roman", _roman(letters.lower())


def _roman(letters: str) -> int:
    values = [_ROMAN[letter] for letter in letters]
    following = [*values[1:], 0]
    return sum(-value if value < after else value for value, after in zip(values, following, strict=True))
