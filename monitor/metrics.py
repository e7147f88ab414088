"""Counts in memory what no table tells, until it is written down; continues over restarts in the database.

A few dictionaries suffice: what is counted must add up over processes and be read by others, which a library's
registry in memory does not do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from storage.metrics import Series

CHECKS = "policywatch_checks_total"
CHECK_SECONDS_SUM = "policywatch_check_duration_seconds_sum"
CHECK_SECONDS_COUNT = "policywatch_check_duration_seconds_count"
NOTIFICATIONS = "policywatch_notifications_total"
NOTIFICATIONS_FAILED = "policywatch_notifications_failed_total"
RENDER_FALLBACKS = "policywatch_render_fallbacks_total"
PINGS = "policywatch_pings_total"
RELOAD = "policywatch_config_last_reload_successful"


@dataclass(frozen=True, slots=True)
class Gathered:
    """`counted` since the last time, to be added; `values` that hold now, to be put in place of others."""

    counted: Mapping[Series, float]
    values: Mapping[Series, float]


class Metrics:
    """Used from the event loop alone."""

    def __init__(self) -> None:
        self._counted: dict[Series, float] = {}
        self._values = {Series(RELOAD): 1.0}

    def checked(self, result: str, seconds: float) -> None:
        """A check ended as `result`: an outcome, or `crashed`."""
        self._count(CHECKS, result=result)
        self._count(CHECK_SECONDS_COUNT)
        self._add(Series(CHECK_SECONDS_SUM), seconds)

    def tried(self, channel: str) -> None:
        """A message was handed to a channel."""
        self._count(NOTIFICATIONS, channel=channel)

    def failed(self, channel: str, *, channel_wide: bool) -> None:
        """It was not accepted: for the `channel`'s sake, or the message's or its `recipient`'s."""
        self._count(NOTIFICATIONS_FAILED, channel=channel, reason="channel" if channel_wide else "recipient")

    def rendered_plainly(self) -> None:
        self._count(RENDER_FALLBACKS)

    def pinged(self, result: str) -> None:
        """The dead man's switch: `sent`, `failed` or `withheld`."""
        self._count(PINGS, result=result)

    def reloaded(self, *, successful: bool) -> None:
        self._values[Series(RELOAD)] = float(successful)

    def take(self) -> Gathered:
        """What was gathered, which begins anew."""
        gathered = Gathered(self._counted, dict(self._values))
        self._counted = {}
        return gathered

    def give_back(self, gathered: Gathered) -> None:
        """It could not be written down."""
        for series, amount in gathered.counted.items():
            self._add(series, amount)

    def _count(self, name: str, **labels: str) -> None:
        self._add(Series(name, tuple(sorted(labels.items()))), 1)

    def _add(self, series: Series, amount: float) -> None:
        self._counted[series] = self._counted.get(series, 0.0) + amount
