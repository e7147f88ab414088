"""PURE: tells the numbers that counting alone would give from those that say something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MONTHS = "januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember"
_WRITTEN = re.compile(
    r"\(?(?:(\d{1,3}(?:\.\d{1,3})+)[.)]?(?=\s|$)"
    rf"|(\d{{1,3}})[.)](?=\s|$|[^\W\d_])(?!\s*(?:{_MONTHS})\b)"
    r"|([a-z]|[ivxl]{2,7})[.)](?=\s|$)(?!\s*(?:19|20)\d\d\b))",
    re.IGNORECASE,
)
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50}

DEPTH = 64
"""Counts that are remembered as open; deeper ones are forgotten from the outside."""


@dataclass(slots=True)
class Number:
    """The number of a block: how many characters of its text it takes, and how it is shown.

    It is `implied` where it is one of a count from 1 to at least 2: then it says nothing that the order of the
    blocks does not say. That is known of a first number only when its count goes on.
    """

    length: int
    shown: str
    implied: bool = False


@dataclass(frozen=True, slots=True)
class _Count:
    """A count that is open: the style of its numbers, how far it got, and its first if that was 1."""

    style: str
    reached: int
    first: Number | None


class Numbering:
    """The counts of a document, block by block.

    A count goes on whatever stands between, inner counts included. How a number is written says nothing.
    """

    def __init__(self) -> None:
        self._open: list[_Count] = []

    def read(self, text: str, drawn: int | None = None) -> Number | None:
        """The number that the next block opens with, in its text or `drawn` before it by an `<ol>`."""
        found = _WRITTEN.match(text)
        if found is None and drawn is None:
            return None
        readings = list(_readings(found)) if found else [("1", drawn or 0)]
        return self._go_on(readings, found) or self._begin(readings, found)

    def _go_on(self, readings: list[tuple[str, int]], found: re.Match[str] | None) -> Number | None:
        for style, reached in readings:
            for at in range(len(self._open) - 1, -1, -1):
                count = self._open[at]
                if count.style == style and count.reached == reached - 1:
                    if count.first:
                        count.first.implied = True
                    self._open[at:] = [_Count(style, reached, None)]
                    return _number(found, reached, implied=True)
        return None

    def _begin(self, readings: list[tuple[str, int]], found: re.Match[str] | None) -> Number:
        style, reached = next((reading for reading in readings if reading[1] == 1), readings[0])
        number = _number(found, reached, implied=False)
        self._open.append(_Count(style, reached, number if reached == 1 else None))
        del self._open[:-DEPTH]
        return number


def _number(found: re.Match[str] | None, reached: int, *, implied: bool) -> Number:
    dotted = found.group(1) if found else None
    return Number(found.end() if found else 0, dotted or str(reached), implied)


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
