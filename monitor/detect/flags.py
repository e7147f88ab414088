"""PURE: what else is remarkable about a change: its dates, its defaults, the past, promised notice."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources

from monitor.detect.dating import only_dates
from monitor.detect.topics.words import Finder, Lexicon, tokenise
from monitor.diff.model import Change, Step, StepKind
from storage.records import Clause, Finding

QUIET = "quiet"
DATE_ONLY = "date-only"
BACKDATED = "backdated"
RETROACTIVE = "retroactive"
DEFAULT_FLIP = "default-flip"
NOTICE_PROMISED = "notice-promised"

_LISTS = ("retroactive", "opt-in", "opt-out", "notify", "changes", "document")

_A_DAY = timedelta(days=1)
"""A page's date is that of its author's calendar; ours may be a day ahead."""


@dataclass(frozen=True, slots=True)
class Dates:
    """What a document says of itself: when it was last updated, and from when on it holds."""

    stated: date | None = None
    effective: date | None = None


UNDATED = Dates()


@dataclass(frozen=True, slots=True)
class Dating:
    """The dates of the old and of the new text, and the last day on which the old one was seen, if known."""

    before: Dates = UNDATED
    after: Dates = UNDATED
    last_seen: date | None = None


def flags_of(change: Change, dating: Dating, findings: Iterable[Finding] = ()) -> tuple[str, ...]:
    """The flags of a change, in the order in which they are named to people; none for a first version."""
    steps = [step for step in _changed(change) if not change.is_soft(step)]
    if not change.before or not steps:
        return ()
    date_only = bool(only_dates(change))
    found = {
        QUIET: not date_only and _is_quiet(dating),
        DATE_ONLY: date_only,
        BACKDATED: _is_backdated(dating),
        RETROACTIVE: not date_only and _reaches_back(change, steps),
        DEFAULT_FLIP: not date_only and any(_flips(*pair) for pair in _pairs(change, steps, findings)),
        NOTICE_PROMISED: not date_only and promise_of_notice(change.before) is not None,
    }
    return tuple(flag for flag, is_so in found.items() if is_so)


def promise_of_notice(clauses: Sequence[Clause]) -> Clause | None:
    """The first clause that promises to tell people of changes to the document."""
    places = sorted(set(_finder("notify").places([clause.text for clause in clauses])))
    for place in places:
        tags = _tags(clauses[place].text)
        if not clauses[place].soft and all(name in tags for name in ("notify", "changes", "document")):
            return clauses[place]
    return None


def _changed(change: Change) -> Iterator[Step]:
    return (step for step in change.steps if step.kind not in {StepKind.KEPT, StepKind.MOVED})


def _is_quiet(dating: Dating) -> bool:
    """Whether the page states a date that did not move with the words."""
    stated = dating.after.stated
    return stated is not None and stated == dating.before.stated and _same_effect(dating)


def _same_effect(dating: Dating) -> bool:
    return dating.after.effective in {None, dating.before.effective}


def _is_backdated(dating: Dating) -> bool:
    """Whether a new date lies before the old one, or before a day on which the old text still stood."""
    pairs = (
        (dating.before.stated, dating.after.stated),
        (dating.before.effective, dating.after.effective),
    )
    return any(
        now is not None and now != was and _lies_before(now, was, dating.last_seen) for was, now in pairs
    )


def _lies_before(now: date, was: date | None, last_seen: date | None) -> bool:
    return (was is not None and now < was) or (last_seen is not None and now < last_seen - _A_DAY)


def _reaches_back(change: Change, steps: Sequence[Step]) -> bool:
    """Whether a new or edited clause speaks of the past in words that its former text did not have."""
    after = [(step, change.after[step.after].text) for step in steps if step.after is not None]
    for place in set(_finder("retroactive").places([text for _, text in after])):
        step, text = after[place]
        before = change.before[step.before].text if step.before is not None else ""
        if _count("retroactive", text) > _count("retroactive", before):
            return True
    return False


def _count(name: str, text: str) -> int:
    return len(_tags(text).get(name, ()))


def _pairs(change: Change, steps: Sequence[Step], findings: Iterable[Finding]) -> Iterator[tuple[str, str]]:
    for step in steps:
        if step.before is not None and step.after is not None:
            yield change.before[step.before].text, change.after[step.after].text
    yield from ((each.before, each.quote) for each in findings if each.before and each.quote)


def _flips(before: str, after: str) -> bool:
    """Whether what had to be agreed to must now be objected to, or the other way round."""
    if not any(True for _ in _finder("opt-in", "opt-out").places([before])):
        return False
    was, now = _tags(before), _tags(after)
    turned_off = "opt-in" in was and "opt-out" not in was and "opt-out" in now and "opt-in" not in now
    turned_on = "opt-out" in was and "opt-in" not in was and "opt-in" in now and "opt-out" not in now
    return turned_off or turned_on


def _tags(text: str) -> dict[str, list[tuple[int, int]]]:
    return _lexicon().tag(tokenise(text).words)


@lru_cache(maxsize=1)
def _lexicon() -> Lexicon:
    data = tomllib.loads(resources.files("monitor.detect").joinpath("flags.toml").read_text(encoding="utf-8"))
    return Lexicon({name: data[name] for name in _LISTS})


@lru_cache(maxsize=8)
def _finder(*names: str) -> Finder:
    return Finder([_lexicon().pattern(name) for name in names])
