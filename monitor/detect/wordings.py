"""PURE: the three ways to look for a wording in a clause: a phrase, words near each other, a pattern."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import islice, product
from typing import Any, Protocol

from monitor.detect.languages import synonyms
from monitor.detect.reading import Reading

_FILLERS = 3
"""How many function words may stand between two words of a phrase ("train any of our models")."""

_OTHERS = 1
"""How many other words may, if no comma does; with two, "train staff on AI models" would be a match."""

_MATCHES = 5
"""How many matches of one wording in one clause are told."""

_VARIANTS = 64
"""A phrase may stand for this many wordings, through its abbreviations."""

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Index:
    """Numbered texts by the stems they hold: what keeps thousands of rules from reading every text."""

    holders: Mapping[str, Set[int]]
    every: frozenset[int]


class Wording(Protocol):
    @property
    def needs(self) -> frozenset[str]:
        """The stems that `candidates` asks the index for."""

    def candidates(self, index: Index) -> Set[int]:
        """The numbers of the texts that may match."""

    def find(self, reading: Reading) -> list[str]:
        """The matching words as they stand in the clause, in reading order."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Stems in order. A glued one directly follows the one before it; others may stand a little apart."""

    stems: tuple[str, ...]
    glued: tuple[bool, ...]
    needs: frozenset[str]

    def candidates(self, index: Index) -> Set[int]:
        return _common([index.holders.get(stem, frozenset()) for stem in self.needs])

    def find(self, reading: Reading) -> list[str]:
        return [reading.words(*match) for match in _apart(self.ranges(reading))]

    def ranges(self, reading: Reading) -> Iterator[Range]:
        """First and last position of each match; of those that end alike, the shortest."""
        reached = {position: position for position in reading.places.get(self.stems[0], ())}
        for wanted, glued in zip(self.stems[1:], self.glued[1:], strict=True):
            onward: dict[int, int] = {}
            for position, first in reached.items():
                for target in _within_reach(reading, position, glued):
                    if reading.stems[target] == wanted:
                        onward[target] = max(first, onward.get(target, first))
            reached = onward
        for last, first in sorted(reached.items()):
            yield first, last


@dataclass(frozen=True, slots=True)
class Nearby:
    """One alternative of each entry, all within `within` words of each other, in one sentence, in any order."""

    entries: tuple[tuple[Phrase, ...], ...]
    within: int

    @property
    def needs(self) -> frozenset[str]:
        return frozenset().union(*(phrase.needs for entry in self.entries for phrase in entry))

    def candidates(self, index: Index) -> Set[int]:
        return _common([_united(phrase.candidates(index) for phrase in entry) for entry in self.entries])

    def find(self, reading: Reading) -> list[str]:
        found = [
            sorted({match for phrase in entry for match in phrase.ranges(reading)}) for entry in self.entries
        ]
        windows = [
            window for entry in found for start in entry if (window := self._window(start, found, reading))
        ]
        return [reading.words(*window) for window in _apart(windows)]

    def _window(self, start: Range, found: Sequence[list[Range]], reading: Reading) -> Range | None:
        """The shortest window that opens with `start` and holds something of every entry."""
        last = start[1]
        for entry in found:
            if start in entry:
                continue
            at = bisect_left(entry, (start[1] + 1, 0))
            if at == len(entry):
                return None
            last = max(last, entry[at][1])
        near = last - start[0] <= self.within and reading.sentences[start[0]] == reading.sentences[last]
        return (start[0], last) if near else None


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression of RE2 on the folded text: linear in time, whatever its author wrote."""

    expression: Any

    @property
    def needs(self) -> frozenset[str]:
        return frozenset()

    def candidates(self, index: Index) -> Set[int]:
        return index.every

    def find(self, reading: Reading) -> list[str]:
        encoded = reading.folded_bytes  # in bytes, because RE2 would encode a string anew for every pattern
        spans = [match.span() for match in islice(self.expression.finditer(encoded), _MATCHES)]
        ends = [
            (len(encoded[:start].decode()), len(encoded[:stop].decode()))
            for start, stop in spans
            if stop > start
        ]
        return [reading.as_it_stands(start, stop) for start, stop in ends]


def candidates(wordings: Iterable[Wording], index: Index) -> Set[int]:
    """The numbers of the texts that one of the wordings may match."""
    return _united(wording.candidates(index) for wording in wordings)


def _united(sets: Iterable[Set[int]]) -> Set[int]:
    return frozenset().union(*sets)


def _common(sets: Sequence[Set[int]]) -> Set[int]:
    if not all(sets):
        return frozenset()
    fewest, *others = sorted(sets, key=len)
    return frozenset(fewest).intersection(*others)


def phrases(stems: Sequence[str], glued: Sequence[bool], algorithm: str) -> list[Phrase]:
    """A phrase and what it says when abbreviations are written out, or what is written out is abbreviated."""
    choices: list[list[tuple[tuple[str, ...], tuple[bool, ...]]]] = []
    position = 0
    while position < len(stems):
        group, length = _synonyms_at(stems, position, algorithm)
        as_written = tuple(stems[position : position + length]), tuple(glued[position : position + length])
        others = [
            (words, (glued[position], *[True] * (len(words) - 1))) for words in group if words != as_written[0]
        ]
        choices.append([as_written, *others])
        position += length
    return [_joined(choice) for choice in islice(product(*choices), _VARIANTS)]


def _joined(parts: Sequence[tuple[tuple[str, ...], tuple[bool, ...]]]) -> Phrase:
    stems = tuple(stem for part, _ in parts for stem in part)
    return Phrase(stems, tuple(glue for _, part in parts for glue in part), frozenset(stems))


def _synonyms_at(
    stems: Sequence[str], position: int, algorithm: str
) -> tuple[tuple[tuple[str, ...], ...], int]:
    """The group of wordings of which one stands here, and its length; no group and 1 if none does."""
    for group in synonyms(algorithm):
        for words in group:
            if tuple(stems[position : position + len(words)]) == words:
                return group, len(words)
    return (), 1


def _within_reach(reading: Reading, position: int, glued: bool) -> Iterator[int]:
    """The positions at which the next word of a phrase may stand."""
    fillers = others = 0
    for target in range(position + 1, len(reading.stems)):
        crosses_comma = reading.stretches[target] != reading.stretches[position]
        if reading.sentences[target] != reading.sentences[position] or (others and crosses_comma):
            return
        yield target
        if reading.fillers[target]:
            fillers += 1
        else:
            others += 1
        if glued or fillers > _FILLERS or others > _OTHERS:
            return


def _apart(ranges: Iterator[Range] | Sequence[Range]) -> list[Range]:
    """Those ranges that do not overlap, the ones that end first and are shortest going before others."""
    apart: list[Range] = []
    for first, last in sorted(ranges, key=lambda found: (found[1], -found[0])):
        if not apart or first > apart[-1][1]:
            apart.append((first, last))
    return apart[:_MATCHES]
