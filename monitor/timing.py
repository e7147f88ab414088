"""PURE: when an alert may go out, and with which others it may share a message."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor import pacing
from monitor.cadence import Cron, next_due
from monitor.routes import Digest, Quiet, Timing
from storage.records import Severity

ALONE = ""
GROUP = "group"
AGAIN = "again"
REMINDER = "reminder"
GATHERED = (GROUP, AGAIN)
"""When the first of these is due, all of them go, whenever they are due themselves."""

DIGESTS = ("daily", "weekly")
"""What shares a message: deliveries with the same of these words. Those that go out at once have none."""


@dataclass(frozen=True, slots=True)
class Slot:
    """From when on a delivery may go out, and the grouping that it has in the outbox."""

    due_at: datetime
    grouping: str


def soonest(timings: Iterable[Timing], severity: Severity, now: datetime) -> Slot:
    """The slot of whoever is told by several routes; at once where no route says anything."""
    slots = [slot_of(timing, severity, now) for timing in timings]
    return min(slots, key=lambda slot: slot.due_at, default=Slot(now, ALONE))


def put_off(slot: Slot, now: datetime) -> Slot:
    """The slot of one more alert on what was told of a document twice in a day; a digest takes it as ever."""
    return slot if slot.grouping in DIGESTS else Slot(now + pacing.NOISY_PAUSE, AGAIN)


def slot_of(timing: Timing, severity: Severity, now: datetime) -> Slot:
    """When a route tells an alert that came up `now` (aware); quiet hours hold all but a high one."""
    if timing.digest is not None:
        slot = Slot(next_digest(timing.digest, now), timing.digest.every)
    elif timing.group_wait:
        slot = Slot(now + timedelta(seconds=timing.group_wait), GROUP)
    else:
        slot = Slot(now, ALONE)
    if timing.quiet is None or severity is Severity.HIGH:
        return slot
    return Slot(end_of_quiet(timing.quiet, slot.due_at), slot.grouping)


def next_digest(digest: Digest, after: datetime) -> datetime:
    """The first digest later than `after`, in UTC; one for each local day or week, whatever its clock does."""
    days = (digest.weekday + 1) % 7 if digest.every == "weekly" else "*"
    return next_due(Cron(f"{digest.at.minute} {digest.at.hour} * * {days}", digest.timezone), after, jitter=0.0)


def is_quiet(quiet: Quiet, at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(quiet.timezone)).time()
    if quiet.begin < quiet.until:
        return quiet.begin <= local < quiet.until
    return local >= quiet.begin or local < quiet.until


def end_of_quiet(quiet: Quiet, at: datetime) -> datetime:
    """`at`, or the end of the quiet hours that it lies in.

    On a day whose clock is set in these very hours the end may come twice, or a little late.
    """
    if not is_quiet(quiet, at):
        return at
    zone = ZoneInfo(quiet.timezone)
    days = [at.astimezone(zone).date() + timedelta(days=day) for day in range(3)]
    ends = (
        datetime.combine(day, quiet.until, tzinfo=zone).replace(fold=fold).astimezone(UTC)
        for day in days
        for fold in (0, 1)
    )
    return min(end for end in ends if end > at and not is_quiet(quiet, end))
