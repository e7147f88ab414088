"""PURE: the words of a clause that a search meant, marked."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from monitor.clauses import fold
from monitor.diff import tokens
from monitor.querywords import plain

_WORDING = re.compile(r'"(?P<words>[^"]*)"(?P<prefix> \*)?')


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    is_meant: bool


@dataclass(frozen=True, slots=True)
class Wordings:
    """What the index was asked for: words side by side, by their first word, and the last only begun with."""

    by_first: Mapping[str, Sequence[tuple[str, ...]]]
    prefixes: Sequence[tuple[str, ...]]

    def longest_at(self, words: Sequence[str], place: int) -> int:
        """How many words from `place` on are one of them; 0 if none."""
        whole = (len(each) for each in self.by_first.get(words[place], ()) if _stand(words, place, each))
        begun = (len(each) for each in self.prefixes if _begin(words, place, each))
        return max([0, *whole, *begun])


@lru_cache(maxsize=64)
def wordings_of(match: str) -> Wordings:
    """Of an expression of `monitor.querywords.to_match`: every quoted wording in it."""
    by_first: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    prefixes = []
    for found in _WORDING.finditer(match):
        words = tuple(_key(word) for word in found["words"].split())
        if words and found["prefix"]:
            prefixes.append(words)
        elif words:
            by_first[words[0]].append(words)
    return Wordings(by_first, prefixes)


def marked(text: str, wordings: Wordings) -> list[Piece]:
    """`text` in pieces, which joined are `text` again."""
    pieces = tokens.split(text)
    places = [place for place, piece in enumerate(pieces) if tokens.words(piece)]
    words = [_key(pieces[place]) for place in places]
    meant: set[int] = set()
    for begin in range(len(words)):
        length = wordings.longest_at(words, begin)
        if length:
            meant.update(range(places[begin], places[begin + length - 1] + 1))
    return list(_joined(pieces, meant))


def _joined(pieces: Sequence[str], meant: set[int]) -> Iterator[Piece]:
    for is_meant, group in groupby(range(len(pieces)), key=lambda place: place in meant):
        yield Piece("".join(pieces[place] for place in group), is_meant)


def _key(word: str) -> str:
    """A word as the index compares it: without accents and case."""
    return plain(fold(word)).lower()


def _stand(words: Sequence[str], place: int, wording: tuple[str, ...]) -> bool:
    return tuple(words[place : place + len(wording)]) == wording


def _begin(words: Sequence[str], place: int, wording: tuple[str, ...]) -> bool:
    found = tuple(words[place : place + len(wording)])
    return len(found) == len(wording) and found[:-1] == wording[:-1] and found[-1].startswith(wording[-1])
