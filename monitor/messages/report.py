"""PURE: what happened in a while and what is open at its end: the records of a report, and its lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from monitor.messages.letter import Listing
from monitor.messages.model import DocumentLabel
from monitor.messages.names import counted, moment, name_of_document, name_of_error, what_happened
from storage.records import Finding, Severity

_T = TypeVar("_T")

NO_RULE = "no rule fired"
QUIET = "Quiet changes (the wording changed, the page's own date did not)"


@dataclass(frozen=True, slots=True)
class ReportedChange:
    """A change of a document; `severity` is that of its strongest finding, None if no rule fired."""

    document: DocumentLabel
    at: datetime
    number: int
    previous: int | None
    severity: Severity | None
    findings: tuple[Finding, ...]
    flags: tuple[str, ...]
    words_added: int
    words_removed: int


@dataclass(frozen=True, slots=True)
class Deadline:
    """The day from which a document's standing text is in force, by its own words."""

    document: DocumentLabel
    day: date
    number: int


@dataclass(frozen=True, slots=True)
class Unseen:
    document: DocumentLabel
    since: datetime
    error_class: str


@dataclass(frozen=True, slots=True)
class Silenced:
    """A silence that held in the time of the report."""

    covers: str
    author: str
    reason: str
    until: datetime
    kept_back: int


@dataclass(frozen=True, slots=True)
class DeadDelivery:
    at: datetime
    channel: str
    recipient: str
    title: str
    error: str
    document: DocumentLabel | None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many changes a week saw, by severity; None counts those on which no rule fired."""

    monday: date
    changes: tuple[tuple[Severity | None, int], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """From `since` on, before `until`; what is open is so at `until`. Changes are in the order of time."""

    since: datetime
    until: datetime
    changes: tuple[ReportedChange, ...]
    deadlines: tuple[Deadline, ...]
    unseen: tuple[Unseen, ...]
    silenced: tuple[Silenced, ...]
    dead: tuple[DeadDelivery, ...]
    weeks: tuple[Counted, ...]


def narrowed(report: Report, passes: Callable[[DocumentLabel], bool]) -> Report:
    """What of the report is on documents that pass; silences stay, and counts by week are of everything."""
    return replace(
        report,
        changes=tuple(each for each in report.changes if passes(each.document)),
        deadlines=tuple(each for each in report.deadlines if passes(each.document)),
        unseen=tuple(each for each in report.unseen if passes(each.document)),
        dead=tuple(each for each in report.dead if each.document is None or passes(each.document)),
    )


def by_severity(changes: Sequence[ReportedChange]) -> str:
    """`12 (2 high, 3 medium, 7 no rule fired)`."""
    counts = Counter(each.severity for each in changes)
    order = (*Severity, None)
    parts = [f"{counts[each]:,} {each.value if each else NO_RULE}" for each in order if counts[each]]
    return f"{len(changes):,} ({', '.join(parts)})" if parts else "none"


def what_changed(change: ReportedChange) -> str:
    what = what_happened(change.findings)
    step = f"version {change.number}" if change.previous is None else f"{change.previous} → {change.number}"
    return f"{name_of_document(change.document)}: {what} ({change.at.date().isoformat()}, {step})"


def listings(report: Report, timezone: str) -> Iterator[Listing]:
    """Everything beside the changes on which rules fired; what is empty says so."""
    quiet = [each for each in report.changes if "quiet" in each.flags]
    yield Listing(QUIET, _lines(quiet, what_changed))
    yield Listing(
        "Deadlines ahead", _lines(report.deadlines, lambda each: _deadline(each, report.until.date()))
    )
    yield Listing("Not readable", _lines(report.unseen, lambda each: _unseen(each, timezone)))
    yield Listing("Silenced", _lines(report.silenced, lambda each: _silenced(each, timezone)))
    yield Listing("Given up, not delivered", _lines(report.dead, _dead))


def _lines(things: Sequence[_T], line: Callable[[_T], str]) -> tuple[str, ...]:
    return tuple(line(each) for each in things)


def _deadline(deadline: Deadline, today: date) -> str:
    left = counted((deadline.day - today).days, "day")
    name = name_of_document(deadline.document)
    return f"{deadline.day.isoformat()}, in {left}: {name} ({deadline.document.key})"


def _unseen(unseen: Unseen, timezone: str) -> str:
    error = name_of_error(unseen.error_class)
    return f"{name_of_document(unseen.document)}: since {moment(unseen.since, timezone)}; {error}"


def _silenced(silenced: Silenced, timezone: str) -> str:
    kept = counted(silenced.kept_back, "alert")
    until = moment(silenced.until, timezone)
    return f"{silenced.covers} until {until}, {silenced.author}: {silenced.reason}; {kept} kept back"


def _dead(dead: DeadDelivery) -> str:
    return f"{dead.title}: to {dead.recipient} over {dead.channel}; {dead.error}"
