"""PURE: times, documents and changes in the words of the pages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from monitor.messages.names import Counts, clause_counts, counted, name_of_kind


class Named(Protocol):
    """What tells a document of a service from the others."""

    @property
    def key(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def region(self) -> str | None: ...


def moment(at: datetime, zone: ZoneInfo) -> str:
    """`18 Sep 2024, 14:05` in the timezone of people."""
    return f"{at.astimezone(zone):%-d %b %Y, %H:%M}"


def day(at: date, zone: ZoneInfo | None = None) -> str:
    """`18 Sep 2024`."""
    return f"{at.astimezone(zone) if isinstance(at, datetime) and zone else at:%-d %b %Y}"


def iso(at: date) -> str:
    """As programs read it: a day, or a time in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if isinstance(at, datetime) else at.isoformat()


def extent(counts: Counts) -> str:
    """`2 clauses added, 1 edited`."""
    touched = list(clause_counts(counts).items())
    if not touched:
        return "no clause changed"
    (what, number), *others = touched
    return ", ".join([f"{counted(number, 'clause')} {what}", *(f"{many:,} {fate}" for fate, many in others)])


def document_name(document: Named) -> str:
    """`Privacy Policy (EU)`, with what else its key tells it apart by."""
    region = f" ({document.region.upper()})" if document.region else ""
    more = document.key.split("/")[2:]
    variant = "" if not more or more == [(document.region or "").lower()] else f" · {' · '.join(more)}"
    return f"{name_of_kind(document.kind)}{region}{variant}"


def sentence(text: str) -> str:
    """A capital letter at the beginning; the others stay (unlike `capitalize`, which turns AI into Ai)."""
    return text[:1].upper() + text[1:]
