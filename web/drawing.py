"""PURE: the life of a document as a drawing: strokes for changes, stretches in which nobody saw it, years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.course import Gap
from storage.records import Severity

WIDTH = 1000
"""Of the drawing, in its own units."""

MOST_YEARS = 12
_NOTHING = len(Severity)


@dataclass(frozen=True, slots=True)
class Mark:
    """Changes that fall on one stroke; `severity` is the gravest that a rule found in them, or empty."""

    x: int
    severity: str


@dataclass(frozen=True, slots=True)
class Life:
    """`unseen` are stretches (x, width), `years` the places (x, year) where years begin."""

    marks: list[Mark]
    unseen: list[tuple[int, int]]
    years: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class _Scale:
    start: datetime
    end: datetime

    def __call__(self, at: datetime) -> int:
        length = max((self.end - self.start).total_seconds(), 1.0)
        return min(WIDTH, max(0, round((at - self.start).total_seconds() / length * WIDTH)))


def life_of(moments: Sequence[tuple[datetime, int | None]], gaps: Sequence[Gap], now: datetime) -> Life | None:
    """From the first text to `now`; None where there is no text. `moments` bear the rank of a severity."""
    if not moments:
        return None
    place = _Scale(moments[0][0], now)
    gravest: dict[int, int] = {}
    for at, rank in moments:
        x = place(at)
        gravest[x] = min(gravest.get(x, _NOTHING), _NOTHING if rank is None else rank)
    names = [*Severity, ""]
    return Life(
        marks=[Mark(x, str(names[rank])) for x, rank in sorted(gravest.items())],
        unseen=[(place(gap.since), max(2, place(gap.until) - place(gap.since))) for gap in gaps],
        years=_years(place),
    )


def _years(place: _Scale) -> list[tuple[int, int]]:
    years = range(place.start.year + 1, place.end.year + 1)
    step = max(1, -(-len(years) // MOST_YEARS))
    return [(place(place.start.replace(year=year, month=1, day=1)), year) for year in years[::step]]
