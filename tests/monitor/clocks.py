"""When something is due on two clocks that may part: what the due times and the queue are held to."""

from __future__ import annotations

from monitor.cadence import Due, Moment


def is_due(due: Due, now: Moment) -> bool:
    """Say whether the time has come on either clock.

    The monotonic clock keeps the cadence when the wall clock is set back; the wall clock notices a suspend,
    during which Linux's CLOCK_MONOTONIC stands still. Whoever then calls `reschedule` catches up exactly once.
    """
    return now.monotonic >= due.monotonic or now.wall >= due.wall
