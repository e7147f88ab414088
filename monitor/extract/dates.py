"""PURE: the dates that a document states about itself, "last updated" and "effective"; None where in doubt."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from datetime import date
from importlib import resources
from itertools import pairwise

_DATA = tomllib.loads(resources.files("monitor.extract").joinpath("dates.toml").read_text(encoding="utf-8"))


def _any_of(phrases: Iterable[str]) -> str:
    return "|".join(phrases).replace(" ", r"\s+")


_MONTHS = {name: int(number) for number, names in _DATA["months"].items() for name in names.split()}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY = r"\d{1,2}(?:\s?(?:st|nd|rd|th|er|re|e|\.?[ºª°]|\.))?"
_DATE = (
    r"(?:(?P<year_first>\d{4}(?P<sign>[-/.])\d{1,2}(?P=sign)\d{1,2})"
    rf"|(?P<day_first>{_DAY}[\s/-]+(?:day\s+)?(?:of\s+|de\s+)?(?:{_MONTH})\b\.?[\s,/-]+(?:del?\s+)?\d{{4}})"
    rf"|(?P<month_first>(?:{_MONTH})\b\.?\s+(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?[\s,]+\d{{4}})"
    r"|(?P<numbers>\d{1,2}(?:\.\s?\d{1,2}\.\s?|(?P<part>[/-])\d{1,2}(?P=part))\d{4}))(?!\d)"
)
_GAP = rf"(?:[\s:*_|,(’'–—-]|\b(?:{_any_of(_DATA['between']['words'])})\b){{0,12}}"


def _pattern(kind: str, other: str) -> re.Pattern[str]:
    """Labels of one kind and the date after them; a label of the other kind may be joined to them."""
    labels, others = _DATA[kind], _DATA[other]
    joined = _any_of((*others["english"], *others["others"]))
    own = rf"(?:(?P<english>{_any_of(labels['english'])})|{_any_of(labels['others'])})"
    joint = rf"(?:\s*(?:{_any_of(_DATA['between']['joints'])})\s*(?:{joined}))?"
    return re.compile(rf"(?<!\w){own}\b{joint}{_GAP}{_DATE}", re.IGNORECASE | re.MULTILINE)


_STATED, _EFFECTIVE = _pattern("stated", "effective"), _pattern("effective", "stated")
_DAY_FIRST_LANGUAGES = frozenset({"de", "fr", "es", "it", "nl", "pt"})
_YEAR = re.compile(r"\d{4}")
_HEAD, _TAIL = 80, 20


def own_dates(texts: Sequence[str], language: str | None) -> tuple[date | None, date | None]:
    """(stated, effective) dates out of the first 80 and last 20 clause texts of a document, the first of each.

    03/04/2024 is read only where `language`, or that of the label, writes the day first; in English it is in
    doubt, as some write the month first, and passed over.
    """
    chosen = texts if len(texts) <= _HEAD + _TAIL else [*texts[:_HEAD], *texts[-_TAIL:]]
    joined = "\n".join(_near_years([text[:1000] for text in chosen]))
    return _first(_STATED, joined, language), _first(_EFFECTIVE, joined, language)


def _near_years(texts: Sequence[str]) -> list[str]:
    """The texts that hold a year, each with the one before it, which may be its label."""
    dated = [_YEAR.search(text) is not None for text in [*texts, ""]]
    return [text for text, (here, after) in zip(texts, pairwise(dated), strict=True) if here or after]


def _first(pattern: re.Pattern[str], text: str, language: str | None) -> date | None:
    read = (_parse(found, language) for found in pattern.finditer(text))
    return next((day for day in read if day is not None), None)


def _parse(found: re.Match[str], language: str | None) -> date | None:
    shape = found.lastgroup or ""
    numbers = [int(number) for number in re.findall(r"\d+", found[shape])]
    try:
        match shape:
            case "year_first":
                return date(*numbers)
            case "numbers":
                day_first = found["english"] is None or language in _DAY_FIRST_LANGUAGES
                return _ordered(*numbers, day_first=day_first)
            case _:
                return date(numbers[1], _month_in(found[shape]), numbers[0])
    except ValueError:
        return None


def _ordered(first: int, second: int, year: int, *, day_first: bool) -> date | None:
    """The date of three numbers; None where both the first and the second may be the month."""
    if second > 12:
        return date(year, first, second)
    return date(year, second, first) if day_first or first > 12 or first == second else None


def _month_in(text: str) -> int:
    names = re.findall(r"[^\W\d_]+", text.lower())
    return next(_MONTHS[name] for name in names if name in _MONTHS)
