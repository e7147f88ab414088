"""PURE: a text as matching sees it: stems with their places, sentence limits, function words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from monitor.clauses import fold
from monitor.detect.languages import function_words, stem
from monitor.diff.tokens import WORD

_WORD = re.compile(WORD)
_STOP = re.compile(r"[.!?]+[\"'\u201d\u2019\u00bb)\]]*\s")
_COMMA = re.compile("[,;:\u3001\uff0c\uff1b\uff1a]")
_FULL_WIDTH_STOP = re.compile("[\u3002\uff01\uff1f]")


@dataclass(frozen=True)
class Reading:
    """One clause, read with the stemmer of one language. All tuples run in parallel, one entry a word.

    `sentences` and `stretches` number the sentence and the stretch between commas that a word stands in.
    """

    text: str
    algorithm: str
    spans: tuple[tuple[int, int], ...]
    stems: tuple[str, ...]
    sentences: tuple[int, ...]
    stretches: tuple[int, ...]

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Where each stem stands."""
        places: dict[str, list[int]] = {}
        for position, word in enumerate(self.stems):
            places.setdefault(word, []).append(position)
        return places

    @cached_property
    def fillers(self) -> tuple[bool, ...]:
        """Which words are function words."""
        known = function_words(self.algorithm)
        return tuple(word in known for word in self.stems)

    @cached_property
    def folded(self) -> str:
        return fold(self.text)

    @cached_property
    def folded_bytes(self) -> bytes:
        return self.folded.encode("utf-8")

    def without(self, ranges: Iterable[tuple[int, int]]) -> Reading:
        """The same text with the words in these ranges (first and last position) passed over."""
        passed = {position for first, last in ranges for position in range(first, last + 1)}
        if not passed:
            return self
        stems = tuple("" if position in passed else stem for position, stem in enumerate(self.stems))
        return replace(self, stems=stems)

    def words(self, first: int, last: int) -> str:
        """The words from one position to another as they stand in the text."""
        return self.text[self.spans[first][0] : self.spans[last][1]]

    def as_it_stands(self, start: int, stop: int) -> str:
        """A stretch of the folded text as it stands in the text: in whole words where the two differ."""
        if self.folded == self.text:
            return self.text[start:stop]
        words, folded_words = list(re.finditer(r"\S+", self.text)), self.folded.split()
        if len(words) != len(folded_words):
            return self.folded[start:stop]
        first = self.folded.count(" ", 0, start)
        last = self.folded.count(" ", 0, max(start, stop - 1))
        return self.text[words[first].start() : words[last].end()]


def read(text: str, algorithm: str) -> Reading:
    """Splits a text into words; a sentence ends at a full stop that no single letter ("e.g.") stands before."""
    spans = tuple(match.span() for match in _WORD.finditer(text))
    sentences: list[int] = []
    stretches: list[int] = []
    sentence, stretch, before = 0, 0, (0, 0)
    for span in spans:
        between = text[before[1] : span[0]]
        if len(between) > 1 or not between.isascii():
            ends = _STOP.search(between) if before[1] - before[0] > 1 else None
            sentence += bool(ends or _FULL_WIDTH_STOP.search(between))
            stretch += bool(_COMMA.search(between))
        sentences.append(sentence)
        stretches.append(stretch)
        before = span
    stems = tuple(stem(text[start:stop], algorithm) for start, stop in spans)
    return Reading(text, algorithm, spans, stems, tuple(sentences), tuple(stretches))
