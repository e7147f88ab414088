"""PURE: changes by week and severity as a small drawing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.messages.report import NO_RULE, Counted
from monitor.paper import FAINT, INK, Box, Drawing, Words
from storage.records import Severity

HEIGHT = 230
COLORS: dict[Severity | None, str] = {
    Severity.HIGH: "#b3261e",
    Severity.MEDIUM: "#d08a1d",
    Severity.LOW: "#33618d",
    Severity.INFO: "#8c959f",
    None: "#c9ced4",
}
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 940, 60, 196


def draw(weeks: Sequence[Counted]) -> Drawing:
    """A bar for each week, the most severe at its foot."""
    return Drawing(HEIGHT, (*_legend(), *_bars(weeks)))


def alternative(weeks: Sequence[Counted]) -> str:
    """The drawing in words, for who cannot see it."""
    totals = (f"{week.monday.isoformat()}: {_total(week)}" for week in weeks)
    return f"Changes by week. {'; '.join(totals)}"


def _legend() -> Iterator[Box | Words]:
    yield Words(20, 24, "Changes by week", 15)
    x = 180.0
    for severity, color in COLORS.items():
        name = severity.value if severity else NO_RULE
        yield Box(x, 14, 10, 10, color)
        yield Words(x + 15, 24, name)
        x += 38 + 7 * len(name)


def _bars(weeks: Sequence[Counted]) -> Iterator[Box | Words]:
    highest = max([1, *map(_total, weeks)])
    scale, step = (_BOTTOM - _TOP) / highest, (_RIGHT - _LEFT) / max(1, len(weeks))
    yield Words(_LEFT - 8, _TOP + 6, f"{highest:,}", 11, ends=True)
    yield Box(_LEFT, _TOP, _RIGHT - _LEFT, 1, FAINT)
    for place, week in enumerate(weeks):
        x, y = _LEFT + place * step, float(_BOTTOM)
        for severity, number in week.changes:
            y -= number * scale
            hint = f"{week.monday.isoformat()}: {number} {severity.value if severity else NO_RULE}"
            yield Box(x + step * 0.15, y, step * 0.7, number * scale, COLORS[severity], hint)
        yield Words(x + step * 0.15, _BOTTOM + 18, f"{week.monday:%d %b}", 11)
    yield Box(_LEFT, _BOTTOM, _RIGHT - _LEFT, 1, INK)


def _total(week: Counted) -> int:
    return sum(number for _, number in week.changes)
