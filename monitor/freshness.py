"""PURE: how long a document may go unseen before somebody is told."""

from __future__ import annotations

from datetime import datetime, timedelta

from storage.records import Blindness

DEFAULT_INTERVALS = 3
SHORTEST_DEFAULT_SECONDS = 86400.0
LOOKS_TO_CONFIRM = 2
"""One look that fails right after a long stop or a start without network is no outage yet."""


def default_limit(usual_seconds: float) -> float:
    """Seconds a document may go unseen that is usually looked at every `usual_seconds`."""
    return max(SHORTEST_DEFAULT_SECONDS, DEFAULT_INTERVALS * usual_seconds)


def is_stale(found: Blindness, limit_seconds: float, now: datetime) -> bool:
    """Whether a document went unseen for `limit_seconds` or more, and not by a single look's bad luck.

    Looks in vain from before a long stop prove nothing: the next look is to speak first. A look in the future
    was made while the clock stood wrong: it counts by its distance alone.
    """
    limit = timedelta(seconds=limit_seconds)
    unseen = abs(now - (found.last_good_at or found.since))
    is_recent = abs(now - found.until) < limit
    return found.looks >= LOOKS_TO_CONFIRM and is_recent and unseen >= limit
