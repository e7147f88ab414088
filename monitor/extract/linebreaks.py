"""PURE: printed lines into running text: what a hyphen at a line's end was, and where no space belongs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

_HYPHENS = ("-", "\u00ad", "\u2010")
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")
_LAST_WORD = re.compile(r"[^\W\d_]+$")
_FIRST_WORD = re.compile(r"[^\W\d_]+")

# First parts that keep their hyphen where the document itself does not tell.
_KEEPING_WORDS = """
non self third first second opt sub co ex pre post anti cross long short real well high low full part half
multi end one two three e so up day
"""
# Words before which a hyphen stands for a part left out ("Daten- und Verbraucherschutz").
_JOINING_WORDS = "und oder bzw sowie and or et ou y e o en of"
_KEEPING, _JOINING = frozenset(_KEEPING_WORDS.split()), frozenset(_JOINING_WORDS.split())


class Joiner:
    """Joins lines in the light of the words that the whole document uses."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._known = {word.replace("\u2010", "-") for line in lines for word in _inner_words(line)}

    def join(self, lines: Sequence[str]) -> str:
        text = ""
        for line in lines:
            text = self._joined(text, line.strip()) if text else line.strip()
        return text

    def _joined(self, text: str, line: str) -> str:
        if text.endswith(_HYPHENS) and _LAST_WORD.search(text[:-1]):
            return self._over_hyphen(text[:-1], text[-1], line)
        return text + line if text and line and _is_wide(text[-1]) and _is_wide(line[0]) else f"{text} {line}"

    def _over_hyphen(self, text: str, hyphen: str, line: str) -> str:
        before, after = _LAST_WORD.search(text), _FIRST_WORD.match(line)
        if before is None or after is None:
            return f"{text}-{line}"
        first, second = before.group().lower(), after.group().lower()
        if hyphen != "\u00ad" and second in _JOINING:
            return f"{text}- {line}"
        keeps = hyphen != "\u00ad" and self._keeps_hyphen(first, second, after.group())
        return f"{text}-{line}" if keeps else text + line

    def _keeps_hyphen(self, first: str, second: str, written: str) -> bool:
        if first + second in self._known:
            return False
        return f"{first}-{second}" in self._known or not written[0].islower() or first in _KEEPING


def _inner_words(line: str) -> list[str]:
    """The words of a line, without those that its ends may have cut."""
    return [
        found.group().lower()
        for found in _WORD.finditer(line)
        if not line.endswith(_HYPHENS) or found.end() < len(line.rstrip("-\u00ad\u2010"))
    ]


def _is_wide(letter: str) -> bool:
    """Whether `letter` belongs to a script that sets no spaces between words."""
    return unicodedata.east_asian_width(letter) in ("W", "F")
