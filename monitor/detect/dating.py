"""PURE: which changes touch nothing but the dates that a document states of itself."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib import resources

from monitor.diff.model import Change, Step, StepKind

_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"(?:\d{1,2}|(?:19|20)\d\d)(?:st|nd|rd|th|er|ª|º)?")
_YEAR = re.compile(r"(?:19|20)\d\d")

LONGEST = 400
"""Characters of a clause that may be nothing but a date with its label, or a sentence around one."""


def only_dates(change: Change) -> tuple[Step, ...]:
    """The steps of a change that touches nothing but dates; none where more was touched, or nothing."""
    steps = tuple(
        step
        for step in change.steps
        if step.kind not in {StepKind.KEPT, StepKind.MOVED} and not change.is_soft(step)
    )
    return steps if steps and all(_is_of_a_date(change, step) for step in steps) else ()


def _is_of_a_date(change: Change, step: Step) -> bool:
    before = change.before[step.before].text if step.before is not None else None
    after = change.after[step.after].text if step.after is not None else None
    if any(len(text) > LONGEST for text in (before, after) if text is not None):
        return False
    if before is not None and after is not None:
        return _is_redated(before, after)
    return _is_a_date(before or after or "")


def _is_redated(before: str, after: str) -> bool:
    """Whether two texts are the same sentence around another date, or two dates with their labels."""
    if _is_a_date(before) and _is_a_date(after):
        return True
    was, now = _words(before), _words(after)
    return was != now and any(map(_YEAR.fullmatch, [*was, *now])) and _undated(was) == _undated(now)


def _is_a_date(text: str) -> bool:
    words = _words(text)
    return any(map(_YEAR.fullmatch, words)) and not set(_undated(words)) - _around()


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _undated(words: list[str]) -> list[str]:
    return [word for word in words if not _NUMBER.fullmatch(word) and word not in _months()]


@lru_cache(maxsize=1)
def _months() -> frozenset[str]:
    data = tomllib.loads(resources.files("monitor.extract").joinpath("dates.toml").read_text(encoding="utf-8"))
    return frozenset(name for names in data["months"].values() for name in names.split())


@lru_cache(maxsize=1)
def _around() -> frozenset[str]:
    data = tomllib.loads(resources.files("monitor.detect").joinpath("flags.toml").read_text(encoding="utf-8"))
    return frozenset(data["around-dates"]["words"])
