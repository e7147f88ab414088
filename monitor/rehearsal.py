"""PURE: who would be told of an alert now, when, and which routes would not take it and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor import timing
from monitor.alerting import Audience, passed_topics, told_of
from monitor.messages.model import DocumentLabel
from monitor.routes import Route
from monitor.silencing import keeps_back
from storage.records import Finding, Severity, Silence


@dataclass(frozen=True, slots=True)
class Subject:
    """An alert as the routes see it; `findings` are None for one on a document as a whole."""

    document: DocumentLabel
    findings: Sequence[Finding] | None
    flags: Collection[str]
    severity: Severity


@dataclass(frozen=True, slots=True)
class Answer:
    """What a route says to an alert; `refused_by` are the filters that do not let it through."""

    number: int
    to: tuple[str, ...]
    passes: bool
    refused_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody who would be told, unless there is a `silence`: from when on, and for what it may be shared."""

    channel: str
    recipient: str
    due_at: datetime
    grouping: str
    silence: Silence | None


def answers(subject: Subject, audience: Audience) -> list[Answer]:
    """One for each route, in their order, from 1 on."""
    return [_answer(number, route, subject) for number, route in enumerate(audience.routes, start=1)]


def told(subject: Subject, audience: Audience, silences: Iterable[Silence], now: datetime) -> list[Told]:
    """Everybody who would be told, or would be but for a silence."""
    silent = list(silences)
    planned = told_of(subject.document, subject.findings, subject.flags, audience, token="")
    slots = [timing.soonest(each.timings, subject.severity, now) for each in planned]
    return [
        Told(
            each.channel,
            each.recipient,
            slot.due_at,
            slot.grouping,
            keeps_back(silent, subject.document.key, each.topics),
        )
        for each, slot in zip(planned, slots, strict=True)
    ]


def _answer(number: int, route: Route, subject: Subject) -> Answer:
    topics = passed_topics(route, subject.document, subject.findings, subject.flags)
    passes = topics is not None
    return Answer(number, route.to, passes, () if passes else tuple(_refusing(route, subject)))


def _refusing(route: Route, subject: Subject) -> Iterator[str]:
    """The filters that let nothing of the subject through; each alone may, and all together not."""
    document, found = subject.document, subject.findings or ()
    service = document.key.partition("/")[0]
    passing = {
        "services": not route.services or service in route.services,
        "kinds": not route.kinds or document.kind in route.kinds,
        "regions": not route.regions or document.region in route.regions,
        "topics": not route.topics or any(each.topic in route.topics for each in found),
        "effects": not route.effects or any(each.effect in route.effects for each in found),
        "rules": not route.rules or any(each.rule in route.rules for each in found),
        "flags": not route.flags or not route.flags.isdisjoint(subject.flags),
        "severity": any(each.severity.rank <= route.severity.rank for each in found),
    }
    whole = ("services", "kinds", "regions")
    refusing = [name for name, passes in passing.items() if not passes]
    yield from (name for name in refusing if subject.findings is not None or name in whole)
    if not refusing:
        yield "no finding passes all of its filters at once"
