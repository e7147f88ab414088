"""PURE: how alike clauses are by their words, and which old clauses a new one may have come from."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from monitor.diff.tokens import bag
from storage.records import Clause, ClauseKind

_RARE = 12
"""What stands in more old clauses than this says little about where a clause came from."""

_VOTERS = 8
"""How many of a clause's rarest words and pairs of words may name candidates."""

_CANDIDATES = 6
"""How many old clauses are compared with a new one."""

_SAME_KIND = 0.05
"""A paragraph rather comes from a paragraph; too small to outweigh a clause that is really closer."""


_Trait = str | tuple[str, str]


@dataclass(frozen=True, slots=True)
class Words:
    """A clause's distinct words as a set, with its kind; `traits` say where it may have come from.

    Traits are the words in reading order, alone and with the one after them: in a text of few distinct words
    only pairs are rare.
    """

    traits: tuple[_Trait, ...]
    distinct: frozenset[str]
    count: int
    kind: ClauseKind
    is_heading: bool


@dataclass(frozen=True, slots=True)
class Match:
    """An old and a new clause that may be one, and how alike they are (0 to 1.05)."""

    before: int
    after: int
    score: float


def words_of(clause: Clause) -> Words:
    return _words_of(clause.text, clause.kind)


@lru_cache(maxsize=4096)
def _words_of(text: str, kind: ClauseKind) -> Words:
    """A page that goes back and forth compares the same clauses again and again."""
    ordered = bag(text)
    traits: tuple[_Trait, ...] = (*ordered, *pairwise(ordered))
    return Words(traits, frozenset(ordered), len(ordered), kind, kind is ClauseKind.HEADING)


def likeness(before: Words, after: Words, least: float) -> float:
    """Dice's coefficient of the two sets of words, a little more for the same kind; 0 below `least`.

    Headings are like headings only.
    """
    total = before.count + after.count
    if 2 * min(before.count, after.count) < least * total or before.is_heading is not after.is_heading:
        return 0.0
    common = len(before.distinct & after.distinct)
    if not common or 2 * common < least * total:
        return 0.0
    return 2 * common / total + (_SAME_KIND if before.kind is after.kind else 0.0)


def candidates(before: dict[int, Words], after: dict[int, Words], least: float) -> Iterator[Match]:
    """Likely pairs, by words and pairs of words that few old clauses hold, in the order of `after`."""
    index: defaultdict[_Trait, list[int]] = defaultdict(list)
    for position, words in before.items():
        for trait in words.traits:
            index[trait].append(position)
    rare = {trait: places for trait, places in index.items() if len(places) <= _RARE}
    for position, words in after.items():
        for origin in _origins(words.traits, rare):
            if score := likeness(before[origin], words, least):
                yield Match(origin, position, score)


def _origins(traits: Sequence[_Trait], rare: Mapping[_Trait, list[int]]) -> list[int]:
    found = [rare[trait] for trait in traits if trait in rare]
    found.sort(key=len)
    votes = Counter(place for places in found[:_VOTERS] for place in places)
    return [place for place, _ in votes.most_common(_CANDIDATES)]
