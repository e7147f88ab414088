"""PURE: how a storm of alerts becomes few messages, of which the first come at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from storage.records import Lately, Severity

LATELY = timedelta(hours=6)
SINGLE_MESSAGES = 4
"""So many messages to a recipient lately go out alone and at once; what comes beyond them shares messages."""

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 3, 9, 27, 60))
"""How long after the last message the next one waits, for each that is more than `SINGLE_MESSAGES`."""

PAUSE_BEFORE_HIGH = timedelta(minutes=10)
"""No high alert waits for longer than this after the last message."""


TOLD_AT_ONCE = 2
"""So often within `NOISY_PAUSE` the same is told of one document at once; from then on in a summary."""

NOISY_PAUSE = timedelta(days=1)


def is_noise(rules: Collection[str], earlier: Iterable[Collection[str]]) -> bool:
    """Whether what fires on a document has fired so often lately, by the rules of each alert, that it can wait.

    A rule that has not is news, however noisy the document is.
    """
    fired = [rule for alert in earlier for rule in set(alert)]
    return bool(rules) and all(fired.count(rule) >= TOLD_AT_ONCE for rule in rules)


def shares(waiting: int, lately: Lately) -> bool:
    """Whether what waits for a recipient goes out together."""
    return waiting + lately.messages > SINGLE_MESSAGES


def not_before(lately: Lately, severities: Iterable[Severity]) -> datetime | None:
    """From when on a message about alerts of these severities may go out; None for at once."""
    if lately.last_at is None or lately.messages < SINGLE_MESSAGES:
        return None
    pause = PAUSES[min(lately.messages - SINGLE_MESSAGES, len(PAUSES) - 1)]
    if Severity.HIGH in severities:
        pause = min(pause, PAUSE_BEFORE_HIGH)
    return lately.last_at + pause
