"""PURE: times and what searches find as plain rows, with the names that people and other programs rely on."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from monitor.searches import Month
from storage.search import Hit

Row = dict[str, Any]


def iso(at: datetime | date | None) -> str | None:
    """ISO 8601; times in UTC to the second with a Z."""
    if isinstance(at, datetime):
        return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return at.isoformat() if at else None


def search_row(hit: Hit) -> Row:
    return {
        "document": hit.document.key,
        "origin": hit.document.origin,
        "service": hit.document.service,
        "kind": hit.document.kind,
        "clause": hit.clause,
        "heading": list(hit.heading),
        "first_seen": iso(hit.first_seen),
        "first_version": hit.first_version,
        "last_seen": iso(hit.last_seen),
        "last_version": hit.last_version,
        "live": hit.live,
    }


def month_row(month: Month) -> Row:
    return {
        "month": month.month,
        "service": month.service,
        "origin": month.origin,
        "born": month.born,
        "died": month.died,
        "recorded": month.recorded,
    }
