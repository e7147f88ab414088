"""PURE: compares two versions clause by clause: what was kept, moved, edited, added, removed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

from monitor.diff.model import Change, Step, StepKind
from monitor.diff.order import Pair
from monitor.diff.pairing import Hunk, pair
from monitor.diff.words import align, common_ends
from storage.records import Clause

_Origins = dict[int, tuple[StepKind, int]]
"""For each new clause that came from an old one: how, and from which."""


def compare(before: Sequence[Clause], after: Sequence[Clause]) -> Change:
    """The change from one list of clauses to another; the same on every run, whatever the load.

    What is equal at both ends is kept, and only what lies between is looked at. There, equal texts in order are
    KEPT, equal texts elsewhere MOVED; a clause that keeps half of its words in its place, or three quarters
    elsewhere, is EDITED (see docs/decisions/0005-comparing-versions.md).
    """
    head, tail = common_ends([clause.text for clause in before], [clause.text for clause in after])
    end_old, end_new = len(before) - tail, len(after) - tail
    steps = [_kept(position, position) for position in range(head)]
    steps += _compare(before[head:end_old], after[head:end_new], head)
    steps += [_kept(end_old + place, end_new + place) for place in range(tail)]
    return Change(tuple(before), tuple(after), tuple(steps))


@lru_cache(maxsize=16_384)
def _kept(before: int, after: int) -> Step:
    """Most steps of most changes, and the same ones every time."""
    return Step(StepKind.KEPT, before, after)


def _compare(before: Sequence[Clause], after: Sequence[Clause], head: int) -> Iterator[Step]:
    """The steps between two texts that stand behind `head` clauses which both have."""
    kept = _same_in_order(before, after)
    moved = _same_elsewhere(before, after, kept)
    edited = pair(before, after, list(_hunks(len(before), len(after), kept, moved)))
    origins: _Origins = {new: (StepKind.KEPT, old) for old, new in kept}
    origins |= {new: (StepKind.MOVED, old) for old, new in moved}
    origins |= {new: (StepKind.EDITED, old) for old, new in (*edited.in_place, *edited.elsewhere)}
    in_line = {new: old for old, new in (*kept, *edited.in_place)}
    return _steps(len(before), len(after), origins, in_line, head)


def _same_in_order(before: Sequence[Clause], after: Sequence[Clause]) -> list[Pair]:
    numbers: dict[str, int] = {}
    for clause in (*before, *after):
        numbers.setdefault(clause.text, len(numbers))
    return align([numbers[clause.text] for clause in before], [numbers[clause.text] for clause in after])


def _same_elsewhere(before: Sequence[Clause], after: Sequence[Clause], kept: Sequence[Pair]) -> list[Pair]:
    """The n-th left-over of a text here is the n-th left-over of the same text there."""
    kept_old, kept_new = {old for old, _ in kept}, {new for _, new in kept}
    places: defaultdict[str, list[int]] = defaultdict(list)
    for position in range(len(before) - 1, -1, -1):
        if position not in kept_old:
            places[before[position].text].append(position)
    return [
        (waiting.pop(), position)
        for position, clause in enumerate(after)
        if position not in kept_new and (waiting := places.get(clause.text))
    ]


def _hunks(old_size: int, new_size: int, kept: Sequence[Pair], moved: Sequence[Pair]) -> Iterator[Hunk]:
    """What is still unexplained between two kept clauses."""
    moved_old, moved_new = {old for old, _ in moved}, {new for _, new in moved}
    at_old = at_new = 0
    for stop_old, stop_new in [*kept, (old_size, new_size)]:
        if stop_old > at_old or stop_new > at_new:
            yield Hunk(
                tuple(position for position in range(at_old, stop_old) if position not in moved_old),
                tuple(position for position in range(at_new, stop_new) if position not in moved_new),
            )
        at_old, at_new = stop_old + 1, stop_new + 1


def _steps(
    old_size: int, new_size: int, origins: _Origins, in_line: dict[int, int], head: int
) -> Iterator[Step]:
    """Reading order of the new version; removed clauses stand before what took their place."""
    used = {old for _, old in origins.values()}
    removed = [position for position in range(old_size) if position not in used][::-1]
    limits = _next_in_line(old_size, new_size, in_line)
    for position in range(new_size):
        while removed and removed[-1] < limits[position]:
            yield Step(StepKind.REMOVED, head + removed.pop(), None)
        if (origin := origins.get(position)) is None:
            yield Step(StepKind.ADDED, None, head + position)
        elif origin[0] is StepKind.KEPT:
            yield _kept(head + origin[1], head + position)
        else:
            yield Step(origin[0], head + origin[1], head + position)
    yield from (Step(StepKind.REMOVED, head + position, None) for position in removed[::-1])


def _next_in_line(old_size: int, new_size: int, in_line: dict[int, int]) -> list[int]:
    """For each new clause the old position of the next one, itself included, that kept its order."""
    limits = [old_size] * new_size
    limit = old_size
    for position in range(new_size - 1, -1, -1):
        limit = in_line.get(position, limit)
        limits[position] = limit
    return limits
