"""PURE: which alerts are one thing for a person to read: those of one service, close in time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.records import AlertKind, AlertMark

SPAN = timedelta(days=7)
"""An incident lasts so long from its first alert on; what comes later begins another."""

KINDS = frozenset({AlertKind.CHANGE, AlertKind.RETURNED})
"""Alerts on what a document says; those that tell of the watch itself belong to no incident."""


@dataclass(frozen=True, slots=True)
class Incident:
    """Alerts of one service within `SPAN` of the first, in the order of time; `number` is that of the first."""

    number: int
    service: str
    begins: datetime
    members: tuple[int, ...]


def incidents(marks: Iterable[AlertMark]) -> Iterator[Incident]:
    """The incidents that these alerts make, whatever order they come in."""
    by_service: dict[str, list[AlertMark]] = {}
    for mark in sorted(marks, key=lambda mark: (mark.captured_at, mark.id)):
        open_one = by_service.setdefault(mark.service, [])
        if open_one and mark.captured_at - open_one[0].captured_at >= SPAN:
            yield _incident(open_one)
            open_one.clear()
        open_one.append(mark)
    yield from map(_incident, by_service.values())


def by_member(marks: Iterable[AlertMark]) -> dict[int, Incident]:
    """The incident of each alert."""
    return {member: incident for incident in incidents(marks) for member in incident.members}


def same_week(incident: Incident) -> tuple[datetime, datetime]:
    """The week before an incident began, and the one that it may last: what happens then is its context."""
    return incident.begins - SPAN, incident.begins + SPAN


def _incident(marks: Sequence[AlertMark]) -> Incident:
    first = marks[0]
    return Incident(first.id, first.service, first.captured_at, tuple(mark.id for mark in marks))
