"""PURE: which removed clause became which added one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from monitor.diff.order import Pair, longest_increasing
from monitor.diff.similarity import Match, Words, candidates, likeness, words_of
from storage.records import Clause

EDITED = 0.5
"""From this likeness on, a clause that replaces another one at its place is the same clause, edited."""

ELSEWHERE = 0.75
"""What an edited clause must keep of its words to be recognised at another place."""

_HUNK_CELLS = 6_000
"""Up to this product of sizes every old clause of a hunk is compared with every new one."""

_CHANGE_CELLS = 60_000
"""The same for a whole change; hunks beyond it are paired through rare words."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """Neighbouring old clauses that gave way to neighbouring new ones, by position."""

    before: tuple[int, ...]
    after: tuple[int, ...]

    @property
    def cells(self) -> int:
        return len(self.before) * len(self.after)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Edited clauses: those that kept their order within their hunk, and those found elsewhere."""

    in_place: tuple[Pair, ...]
    elsewhere: tuple[Pair, ...]


def pair(before: Sequence[Clause], after: Sequence[Clause], hunks: Sequence[Hunk]) -> Pairs:
    """Pairs the clauses of the hunks, each at most once; deterministic and bounded in work."""
    if not any(hunk.before for hunk in hunks) or not any(hunk.after for hunk in hunks):
        return Pairs((), ())
    old = {position: words_of(before[position]) for hunk in hunks for position in hunk.before}
    new = {position: words_of(after[position]) for hunk in hunks for position in hunk.after}
    likely = _Likely(old, new)
    in_place = list(_in_place(hunks, old, new, likely))
    free_old = old.keys() - {before for before, _ in in_place}
    free_new = new.keys() - {after for _, after in in_place}
    free = [match for match in likely.among(free_old, free_new) if match.score >= ELSEWHERE]
    return Pairs(tuple(in_place), tuple(_greedy(free)))


class _Likely:
    """Likely pairs of clauses, looked for only as far as they are asked for."""

    def __init__(self, old: dict[int, Words], new: dict[int, Words]) -> None:
        self._old = old
        self._new = new

    @cached_property
    def every(self) -> list[Match]:
        return list(candidates(self._old, self._new, EDITED))

    def among(self, old: Set[int], new: Set[int]) -> list[Match]:
        """Those of these old and new clauses, in the order of the new ones."""
        if not old or not new:
            return []
        known = "every" in self.__dict__
        wanted = {position: words for position, words in self._new.items() if position in new}
        found = self.every if known else candidates(self._old, wanted, EDITED)
        return [match for match in found if match.before in old and match.after in new]


def _in_place(
    hunks: Sequence[Hunk], old: dict[int, Words], new: dict[int, Words], likely: _Likely
) -> Iterator[Pair]:
    """Small hunks are compared in full; large ones are first cut at their likeliest pairs."""
    left = _CHANGE_CELLS
    for hunk in hunks:
        parts = [hunk]
        if hunk.cells > min(_HUNK_CELLS, left):
            anchors = _likeliest_in_order(hunk, likely.every)
            yield from anchors
            parts = list(_cut(hunk, anchors))
        for part in parts:
            if part.cells <= min(_HUNK_CELLS, left):
                left -= part.cells
                yield from _best_in_order(part, old, new)


def _likeliest_in_order(hunk: Hunk, matches: Sequence[Match]) -> list[Pair]:
    old, new = set(hunk.before), set(hunk.after)
    inside = [match for match in matches if match.before in old and match.after in new]
    return longest_increasing(sorted(_greedy(inside)))


def _greedy(matches: Sequence[Match]) -> list[Pair]:
    """The likest first, each clause once; among equals the earlier in the text."""
    taken_old: set[int] = set()
    taken_new: set[int] = set()
    pairs: list[Pair] = []
    for match in sorted(matches, key=lambda match: (-match.score, match.after, match.before)):
        if match.before not in taken_old and match.after not in taken_new:
            taken_old.add(match.before)
            taken_new.add(match.after)
            pairs.append((match.before, match.after))
    return pairs


def _cut(hunk: Hunk, anchors: Sequence[Pair]) -> Iterator[Hunk]:
    """The parts of a hunk before, between and after pairs already made."""
    at_old = at_new = 0
    for old, new in anchors:
        stop_old, stop_new = hunk.before.index(old, at_old), hunk.after.index(new, at_new)
        yield Hunk(hunk.before[at_old:stop_old], hunk.after[at_new:stop_new])
        at_old, at_new = stop_old + 1, stop_new + 1
    yield Hunk(hunk.before[at_old:], hunk.after[at_new:])


def _best_in_order(hunk: Hunk, old: dict[int, Words], new: dict[int, Words]) -> list[Pair]:
    """The pairs, in order on both sides, whose likenesses add up to the most."""
    scores = [[likeness(old[row], new[column], EDITED) for column in hunk.after] for row in hunk.before]
    width = len(hunk.after)
    best = [[0.0] * (width + 1)]
    for row in scores:
        above, line = best[-1], [0.0]
        for column in range(width):
            paired = above[column] + row[column] if row[column] else 0.0
            line.append(max(above[column + 1], line[column], paired))
        best.append(line)
    pairs: list[Pair] = []
    at_old, at_new = len(hunk.before), width
    while at_old and at_new:
        value = best[at_old][at_new]
        if value == best[at_old - 1][at_new]:
            at_old -= 1
        elif value == best[at_old][at_new - 1]:
            at_new -= 1
        else:
            at_old, at_new = at_old - 1, at_new - 1
            pairs.append((hunk.before[at_old], hunk.after[at_new]))
    return pairs[::-1]
