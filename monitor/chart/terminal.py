"""PURE: the timeline of a wording as lines of text, one for each month in which something happened."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from monitor.searches import Month

LONGEST_BAR = 24
MOST_NAMED = 4
"""Services that are named for a month; programs get all."""


def as_text(months: Sequence[Month]) -> str:
    """Bars for births and deaths, and whose they were; what stood already at the first look has no bar."""
    by_month = [(month, list(rows)) for month, rows in groupby(months, key=lambda row: row.month)]
    highest = max(max(_total(rows, "born"), _total(rows, "died")) for _, rows in by_month)
    origins = {row.origin for row in months}
    lines = ["month      born  died  first record"]
    for month, rows in by_month:
        born, died, recorded = (_total(rows, what) for what in ("born", "died", "recorded"))
        bar = _bar("█", born, highest) + _bar("░", died, highest)
        facts = f"{month}  {_count(born, '+'):>6}{_count(died, '-'):>6}{_count(recorded, ''):>14}"
        lines.append(f"{facts}  {bar}{' ' if bar else ''}{_named(rows, with_origin=len(origins) > 1)}".rstrip())
    lines.append("█ born  ░ died; first record: stood already when the document was first recorded")
    return "\n".join(lines) + "\n"


def _total(rows: Sequence[Month], what: str) -> int:
    return sum(getattr(row, what) for row in rows)


def _count(number: int, sign: str) -> str:
    return f"{sign}{number}" if number else ""


def _bar(sign: str, number: int, highest: int) -> str:
    return sign * -(-number * LONGEST_BAR // max(highest, LONGEST_BAR))


def _named(rows: Sequence[Month], *, with_origin: bool) -> str:
    ordered = sorted(rows, key=lambda row: -(row.born + row.died + row.recorded))
    names = [_name(row, with_origin=with_origin) for row in ordered[:MOST_NAMED]]
    more = len(ordered) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def _name(row: Month, *, with_origin: bool) -> str:
    counts = " ".join(each for each in (_count(row.born, "+"), _count(row.died, "-")) if each)
    origin = f" ({row.origin})" if with_origin else ""
    return " ".join(part for part in (row.service + origin, counts) if part)
