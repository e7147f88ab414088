"""PURE: how long to wait before a delivery is tried again, and when to give it up."""

from __future__ import annotations

from datetime import datetime, timedelta

FIRST_DELAY_SECONDS = 5.0
MAX_DELAY_SECONDS = 900.0
"""Also how long after a receiver's recovery the last waiting delivery goes out."""

MAX_RETRY_AFTER_SECONDS = 3600.0
"""A receiver may ask for more patience than this; one odd answer must not silence a channel for days."""

GIVE_UP_AFTER = timedelta(days=4)
"""RFC 5321, section 4.5.4.1: the give-up time generally needs to be at least 4 to 5 days."""

CHANNEL_FAILS_AFTER = timedelta(minutes=30)
"""A channel over which nothing has got through for so long is told over the others."""

MIN_ATTEMPTS = 10
"""About half an hour of tries; an alert that is old because we were down ourselves gets them as well."""


def retry_delay(attempts: int, retry_after: float | None, jitter: float) -> float:
    """Seconds to wait after the failed try number `attempts` (1 is the first): 5, 10, 20, ... at most 900.

    `jitter` from 0 to 1 takes up to a tenth off, so that deliveries that failed together part. `retry_after`
    is what the receiver asked for, in seconds; it is heeded up to an hour.
    """
    doublings = min(max(attempts - 1, 0), 16)
    delay = min(FIRST_DELAY_SECONDS * (1 << doublings), MAX_DELAY_SECONDS) * (1 - 0.1 * jitter)
    if retry_after is None or retry_after != retry_after:  # noqa: PLR0124 - a header may say "nan"
        return delay
    return max(delay, min(retry_after, MAX_RETRY_AFTER_SECONDS))


def gives_up(due_at: datetime, now: datetime, attempts: int) -> bool:
    """Say whether a delivery that was due then and failed `attempts` times for now is not to be tried again."""
    return attempts >= MIN_ATTEMPTS and now - due_at > GIVE_UP_AFTER
