"""PURE: parts of a page that are another at each load, learned from looks that lie close together."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from monitor.diff.words import align
from monitor.identity import words_of
from storage.records import Clause, Finding

MOST_LOOSE = 500
"""Clauses that a document may have known to rotate; the oldest are forgotten first."""

LARGEST_PLACE = 40
"""Clauses that a rotating place holds at most; more is a rewrite under way."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """A look beside the text that stands and the one that waits.

    `loose` are the marks of clauses known to rotate, the oldest first; `aside` are those, and what this look
    shows in their stead. `alone` says that the look differs from what stands in that alone; `settled`, that
    the text that waits showed whatever else differs.
    """

    loose: tuple[int, ...] = ()
    aside: frozenset[int] = frozenset()
    alone: bool = False
    settled: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    """What three texts hold between two clauses that all of them keep.

    `own_waiting` and `own_shown` are what neither of the other two has anywhere.
    """

    standing: tuple[int, ...]
    waiting: tuple[int, ...]
    shown: tuple[int, ...]
    own_waiting: tuple[int, ...]
    own_shown: tuple[int, ...]


def marks_of(clauses: Iterable[Clause]) -> tuple[int, ...]:
    """A number of 64 bits for each hard clause that has words."""
    marks = (_mark(clause.text) for clause in clauses if not clause.soft)
    return tuple(mark for mark in marks if mark is not None)


def is_loose(finding: Finding, loose: Collection[int]) -> bool:
    """Whether nothing but rotating parts made a rule fire."""
    sides = (finding.before, finding.quote)
    return all(_mark(side) in loose for side in sides if side is not None)


def learn(
    standing: Sequence[int], waiting: Sequence[int], shown: Sequence[int], loose: Sequence[int]
) -> Rotation:
    """Judge a look's marks (`shown`) by those that stand, and those that wait (none: nothing waits).

    A place rotates where all three read differently: what the waiting text alone showed has come and gone. What
    both later ones show is an edit, and so is what left a place whose other clauses are known to rotate. The
    same clauses in another order each time are no difference either.
    """
    places = tuple(_places(standing, waiting or standing, shown))
    both, before = set(waiting).intersection(shown), frozenset(loose)
    went = (mark for place in places for mark in _came_and_went(place, before))
    known = _remember(loose, [mark for mark in went if mark not in both])
    rotating = frozenset(known)
    aside = rotating.union(*(_in_their_stead(place, rotating) for place in places))
    stood, waited, shows = (_without(text, aside) for text in (standing, waiting, shown))
    is_shuffled = len({stood, waited, shows}) == 3 and sorted(waited) == sorted(shows)
    if stood == shows or (is_shuffled and sorted(stood) == sorted(shows)):
        return Rotation(known, aside, alone=True)
    settled = is_shuffled or all(_is_settled(place, aside) for place in places)
    return Rotation(known, aside, settled=bool(waiting) and settled)


def _mark(text: str) -> int | None:
    words = words_of(text)
    return int.from_bytes(hashlib.blake2b(words.encode(), digest_size=8).digest()) if words else None


def _places(standing: Sequence[int], waiting: Sequence[int], shown: Sequence[int]) -> Iterator[_Place]:
    """Where the three differ, cut at the clauses that all keep in their order."""
    in_waiting, in_shown = dict(align(standing, waiting)), dict(align(standing, shown))
    kept = [(at, in_waiting[at], in_shown[at]) for at in sorted(in_waiting.keys() & in_shown.keys())]
    shared = set(standing).union(set(waiting).intersection(shown))
    start = (0, 0, 0)
    for stop in [*kept, (len(standing), len(waiting), len(shown))]:
        stood = tuple(standing[start[0] : stop[0]])
        waits = tuple(waiting[start[1] : stop[1]])
        shows = tuple(shown[start[2] : stop[2]])
        if not stood == waits == shows:
            yield _Place(stood, waits, shows, _without(waits, shared), _without(shows, shared))
        start = (stop[0] + 1, stop[1] + 1, stop[2] + 1)


def _came_and_went(place: _Place, loose: Collection[int]) -> Iterator[int]:
    """The marks that rotate in this place; none unless both looks brought something of their own."""
    if not place.own_waiting or not place.own_shown or _largest(place) > LARGEST_PLACE:
        return
    gone = set(place.standing).difference(place.waiting, place.shown)
    if gone.isdisjoint(loose):  # else what is not loose stood still while its neighbours rotated
        yield from (mark for mark in place.standing if mark in gone)
    yield from place.own_waiting


def _in_their_stead(place: _Place, loose: Collection[int]) -> tuple[int, ...]:
    """What this look shows where others rotate, if it is no more than they were."""
    is_slot = bool(place.standing) and all(mark in loose for mark in place.standing)
    if is_slot and place.waiting == place.shown:
        return place.shown if len(place.shown) <= len(place.standing) else ()
    rotates = is_slot or all(mark in loose for mark in place.own_waiting)
    most = max(len(place.standing) if is_slot else 0, len(place.own_waiting))
    return place.own_shown if rotates and len(place.own_shown) <= most else ()


def _largest(place: _Place) -> int:
    return max(len(place.standing), len(place.waiting), len(place.shown))


def _is_settled(place: _Place, aside: Collection[int]) -> bool:
    """Whether this look reads there as the text that stands or as the one that waits, what rotates aside."""
    shown = _without(place.shown, aside)
    return shown in (_without(place.standing, aside), _without(place.waiting, aside))


def _without(marks: Iterable[int], left_out: Collection[int]) -> tuple[int, ...]:
    return tuple(mark for mark in marks if mark not in left_out)


def _remember(loose: Sequence[int], learned: Sequence[int]) -> tuple[int, ...]:
    fresh = frozenset(learned)
    return tuple([*_without(loose, fresh), *dict.fromkeys(learned)][-MOST_LOOSE:])
