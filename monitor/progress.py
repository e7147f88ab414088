"""PURE: whether every part of the daemon got on lately, or has nothing to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """A part's latest step, in seconds of the monotonic clock, and how long its longest step may take."""

    part: str
    at: float
    patience: float
    idle: bool = False


def stuck(marks: Iterable[Mark], now: float) -> tuple[str, ...]:
    """The parts that should have got on and did not; while there are any, the watchdog is not fed."""
    return tuple(mark.part for mark in marks if not mark.idle and now - mark.at > mark.patience)
