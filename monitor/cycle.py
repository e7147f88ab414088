"""PURE: whether the daemon's work of the last minutes was done as it should, or why that cannot be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Cycle:
    """What was seen: parts that do not get on, whether the database took a write, looks that are overdue.

    `unheard_since` is when the oldest news was written that nobody has received, or could receive.
    """

    stuck: Sequence[str]
    written: bool
    overdue: Sequence[str]
    unheard_since: datetime | None


def doubts(cycle: Cycle, now: datetime, delivered_within: timedelta) -> tuple[str, ...]:
    """Why all is not well, in words that stay the same while it lasts; empty if all is."""
    found = []
    if cycle.stuck:
        found.append(f"{', '.join(cycle.stuck)} does not get on")
    if not cycle.written:
        found.append("the database takes no writes")
    if cycle.overdue:
        others = f" and {len(cycle.overdue) - 1} more" if len(cycle.overdue) > 1 else ""
        found.append(f"the look at {cycle.overdue[0]}{others} is overdue")
    if cycle.unheard_since is not None and now - cycle.unheard_since > delivered_within:
        found.append("alerts do not arrive")
    return tuple(found)
