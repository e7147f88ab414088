"""PURE: the timeline of a wording as a drawing of rectangles and words, for whatever puts it on paper.

Above, births and deaths by month; below, the services with most of both, each in a lane of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from monitor.paper import FAINT, INK, Box, Drawing, Words
from monitor.searches import Month

MOST_LANES = 20
BORN, DIED, RECORDED = "#1a7f37", "#cf222e", "#8c959f"

_LEFT, _RIGHT = 210, 940
_TOP, _HALF = 90, 90
_LANE = 20
_LONGEST_NAME = 30
_LONGEST_TITLE = 90
_WIDEST_BAR = 24.0


def draw(wording: str, months: Sequence[Month]) -> Drawing:
    """The drawing; `months` are not empty."""
    axis = _Axis(months[0].month, months[-1].month)
    lanes = _lanes(months)
    bottom = _TOP + 2 * _HALF + 40 + _LANE * len(lanes)
    shapes = [*_title(wording, months), *_years(axis, bottom), *_bars(axis, months)]
    for place, (service, rows) in enumerate(lanes):
        shapes += _lane(axis, _TOP + 2 * _HALF + 40 + place * _LANE, service, rows)
    return Drawing(bottom + 16, tuple(shapes))


class _Axis:
    """Where a month stands."""

    def __init__(self, first: str, last: str) -> None:
        self._first = _number(first)
        self.count = _number(last) - self._first + 1
        self.step = (_RIGHT - _LEFT) / self.count

    def x(self, month: str) -> float:
        return _LEFT + (_number(month) - self._first) * self.step

    def years(self) -> Iterator[tuple[int, float]]:
        """The Januaries, or the first month, where there is none."""
        first_year, last_year = self._first // 12, (self._first + self.count - 1) // 12
        januaries = [(year, self.x(f"{year}-01")) for year in range(first_year + 1, last_year + 1)]
        if self._first % 12 == 0 or not januaries:
            yield first_year, float(_LEFT)
        yield from januaries


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:7]) - 1


def _title(wording: str, months: Sequence[Month]) -> Iterator[Box | Words]:
    shown = wording if len(wording) <= _LONGEST_TITLE else wording[: _LONGEST_TITLE - 1] + "…"
    yield Words(20, 30, f"Clauses that say {shown}", 16)
    x = 20.0
    for color, what in ((BORN, "born"), (DIED, "died"), (RECORDED, "stood at the first record")):
        total = sum(getattr(month, "recorded" if color == RECORDED else what) for month in months)
        yield Box(x, 46, 10, 10, color)
        yield Words(x + 16, 56, f"{total} {what}")
        x += 40 + 8 * len(f"{total} {what}")


def _years(axis: _Axis, bottom: float) -> Iterator[Box | Words]:
    every = max(1, -(-axis.count // 240))
    for year, x in axis.years():
        yield Box(x, _TOP, 1, bottom - _TOP, FAINT)
        if year % every == 0:
            yield Words(x + 3, _TOP - 6, str(year), 11)


def _bars(axis: _Axis, months: Sequence[Month]) -> Iterator[Box | Words]:
    born, died, recorded = (_by_month(months, what) for what in ("born", "died", "recorded"))
    highest = max([1, *((born + recorded).values()), *died.values()])
    middle, scale = _TOP + _HALF, (_HALF - 4) / highest
    width = min(_WIDEST_BAR, max(1.0, axis.step * 0.8))
    for month in sorted({row.month for row in months}):
        x, hint = axis.x(month), f"{month}: {born[month]} born, {died[month]} died, {recorded[month]} at first"
        up, more = born[month] * scale, recorded[month] * scale
        yield Box(x, middle - up, width, up, BORN, hint)
        yield Box(x, middle - up - more, width, more, RECORDED, hint)
        yield Box(x, middle + 1, width, died[month] * scale, DIED, hint)
    yield Box(_LEFT, middle, _RIGHT - _LEFT, 1, INK)
    scaled = "1 clause" if highest == 1 else f"{highest} clauses"
    yield Words(_LEFT - 8, middle - _HALF + 12, scaled, 11, ends=True)


def _by_month(months: Sequence[Month], what: str) -> Counter[str]:
    counted: Counter[str] = Counter()
    for row in months:
        counted[row.month] += getattr(row, what)
    return counted


def _lanes(months: Sequence[Month]) -> list[tuple[str, list[Month]]]:
    """The rows of the services with most births and deaths, those that began first on top."""
    several = len({row.origin for row in months}) > 1
    lanes: dict[str, list[Month]] = {}
    for row in months:
        lanes.setdefault(f"{row.service} ({row.origin})" if several else row.service, []).append(row)
    busiest = sorted(lanes, key=lambda name: -sum(row.born + row.died for row in lanes[name]))[:MOST_LANES]
    return [(name, rows) for name, rows in lanes.items() if name in busiest]


def _lane(axis: _Axis, y: float, service: str, rows: Sequence[Month]) -> Iterator[Box | Words]:
    shown = service if len(service) <= _LONGEST_NAME else service[: _LONGEST_NAME - 1] + "…"
    yield Words(_LEFT - 8, y + 13, shown, 11, ends=True)
    yield Box(_LEFT, y + 9, _RIGHT - _LEFT, 1, FAINT)
    width = min(_WIDEST_BAR, max(3.0, axis.step * 0.8))
    for row in rows:
        x, hint = axis.x(row.month), f"{service}, {row.month}"
        if row.recorded:
            yield Box(x, y + 3, width, 6, RECORDED, f"{hint}: {row.recorded} at the first record")
        if row.born:
            yield Box(x, y + 3, width, 6, BORN, f"{hint}: {row.born} born")
        if row.died:
            yield Box(x, y + 10, width, 6, DIED, f"{hint}: {row.died} died")
