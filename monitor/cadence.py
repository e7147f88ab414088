"""PURE: when a document is due, by interval or cron expression, on clocks that may jump or stand still."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from monitor.decide import Patience

MIN_INTERVAL_SECONDS = 1.0
MAX_INTERVAL_SECONDS = 366 * 86400.0
MAX_CRON_LENGTH = 200
JITTER_SHARE = 0.1
MAX_JITTER_SECONDS = 300.0
FIRST_RETRY_SECONDS = 300.0
DOUBTED_SECONDS = 20 * 3600.0
"""After so long a doubtful text that is still there is believed, however seldom the document is looked at."""

_LOOKS_TO_AVERAGE = 8

_INTERVAL = re.compile(r"([0-9]{1,9})\s*([smhdw])")
_UNIT_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


@dataclass(frozen=True, slots=True)
class Every:
    seconds: float


@dataclass(frozen=True, slots=True)
class Cron:
    """Five cron fields, read in `timezone` (an IANA name) with the daylight-saving rules of Debian's cron."""

    expression: str
    timezone: str = "UTC"


Cadence = Every | Cron


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant on both clocks: `wall` in UTC, `monotonic` in seconds from an arbitrary start."""

    wall: datetime
    monotonic: float


@dataclass(frozen=True, slots=True)
class Due:
    """When a document is to be checked next, on both clocks. Only `wall` outlives a restart."""

    wall: datetime
    monotonic: float


def parse_interval(text: str) -> float:
    """Seconds of an interval such as `30s`, `15m`, `6h`, `1d` or `1w`.

    Raises:
        ValueError: it is no interval, or lies outside 1 second to 366 days; the text says which.

    """
    match = _INTERVAL.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError('not an interval; write a number and s, m, h, d or w, for example "6h"')
    seconds = int(match[1]) * _UNIT_SECONDS[match[2]]
    if not MIN_INTERVAL_SECONDS <= seconds <= MAX_INTERVAL_SECONDS:
        raise ValueError("an interval must lie between 1 second and 366 days")
    return seconds


def parse_pause(text: str) -> float:
    """As `parse_interval`, where `0s` says that there is none."""
    return 0.0 if text.strip() in ("0", "0s") else parse_interval(text)


def check_cron(expression: str) -> str | None:
    """Say what is wrong with a cron expression, or None if nothing is."""
    if len(expression) > MAX_CRON_LENGTH:
        return f"a cron expression has at most {MAX_CRON_LENGTH} characters"
    if len(expression.split()) != 5:
        return (
            "a cron expression has five fields: minute, hour, day of month, month, day of week; "
            'for example "0 7 * * *"'
        )
    try:
        next(CronSim(expression, datetime(2024, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        return f"not a cron expression: {str(error).lower()}"
    except StopIteration:
        return "this cron expression never comes due"
    return None


def next_due(cadence: Cadence, after: datetime, jitter: float) -> datetime:
    """The first due time later than `after` (aware), in UTC.

    `jitter` from 0 to 1 delays an interval by up to a tenth of it, at most 5 minutes, so that documents that
    were once checked together part. A cron expression names its minute and is kept to it.
    """
    if isinstance(cadence, Cron):
        return _next_cron(cadence, after)
    spread = min(JITTER_SHARE * cadence.seconds, MAX_JITTER_SECONDS)
    return after.astimezone(UTC) + timedelta(seconds=cadence.seconds + jitter * spread)


def reschedule(cadence: Cadence, now: Moment, jitter: float) -> Due:
    """When to check next after a check that ended `now`."""
    return _on_both_clocks(next_due(cadence, now.wall, jitter), now)


def resume(cadence: Cadence, stored: datetime | None, now: Moment, jitter: float) -> Due:
    """When to check first after a start, `stored` being the due time that an earlier run wrote down.

    A document that was never checked, or came due while nothing ran, is due at once and once. A due time that
    lies further away than a whole interval (the clock stood wrong, or the interval was shortened) is pulled in.
    """
    if stored is None:
        return Due(now.wall, now.monotonic)
    return _on_both_clocks(min(stored, next_due(cadence, now.wall, jitter)), now)


def _on_both_clocks(wall: datetime, now: Moment) -> Due:
    return Due(wall, now.monotonic + (wall - now.wall).total_seconds())


def _next_cron(cadence: Cron, after: datetime) -> datetime:
    after = after.astimezone(UTC)
    times = CronSim(cadence.expression, after.astimezone(ZoneInfo(cadence.timezone)))
    # In the hour that a change to winter time repeats, cronsim may answer with its first, past occurrence.
    while (due := next(times).astimezone(UTC)) <= after:
        pass
    return due


def reschedule_failed(
    cadence: Cadence, now: Moment, failures: int, retry_after: float | None, jitter: float
) -> Due:
    """When to try again after the check number `failures` in a row failed for now.

    Sooner than usual at first (5, 10, 20 minutes, ...), and later than the cadence says only where the server
    asked us to wait (`retry_after`, in seconds).
    """
    usual = next_due(cadence, now.wall, jitter)
    backoff = FIRST_RETRY_SECONDS * (1 << min(max(failures - 1, 0), 10)) * (1 + JITTER_SHARE * jitter)
    again = min(usual, now.wall + timedelta(seconds=backoff))
    return _on_both_clocks(max(again, now.wall + timedelta(seconds=retry_after or 0.0)), now)


def usual_seconds(cadence: Cadence) -> float:
    """How long usually lies between two looks; for a cron expression the mean over a few of them."""
    if isinstance(cadence, Every):
        return cadence.seconds
    times = CronSim(cadence.expression, datetime(2024, 1, 1, tzinfo=UTC))
    seen = [found for found, _ in zip(times, range(_LOOKS_TO_AVERAGE), strict=False)]
    return (seen[-1] - seen[0]).total_seconds() / (len(seen) - 1) if len(seen) > 1 else MAX_INTERVAL_SECONDS


def patience_for(cadence: Cadence, confirm_after: float) -> Patience:
    """When a second look confirms a new text: a doubtful one is to be seen at the next usual look as well."""
    doubtful = min(usual_seconds(cadence), DOUBTED_SECONDS)
    return Patience(timedelta(seconds=confirm_after), timedelta(seconds=max(confirm_after, doubtful)))


def look_again(cadence: Cadence, now: Moment, seconds: float, jitter: float) -> Due:
    """When to take the second look that a new text waits for."""
    return _on_both_clocks(min(next_due(cadence, now.wall, jitter), now.wall + timedelta(seconds=seconds)), now)


def overdue_seconds(due: Due, now: Moment, running_since: float) -> float:
    """For how many seconds a look has been due while we ran; negative while it is not due.

    On the monotonic clock, so that neither a stop nor a suspend counts.
    """
    return now.monotonic - max(due.monotonic, running_since)
