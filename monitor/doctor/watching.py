"""PURE: documents and deliveries as they stand to what they mean and what is to be done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from monitor.doctor.model import Diagnosis, Result
from monitor.retry import CHANNEL_FAILS_AFTER
from monitor.views import iso, standing_state
from storage.deliveries import OutboxDepth
from storage.life import Life
from storage.records import ChannelTrouble
from storage.standings import Standing

TROUBLED = ("failing", "held", "stale", "withdrawn")
MOST_NAMED = 10
SILENT = timedelta(minutes=5)
"""A sign of life comes every minute; one that is late for as long is missing."""

DELIVERED_WITHIN = timedelta(hours=4)
"""How long the oldest open delivery may wait, unless the configuration says otherwise."""

START = "systemctl start policywatch"
_OF_THIS_MACHINE = frozenset({"dns", "connect", "timeout", "resource"})


def daemon(process: int | None, life: Life | None, now: datetime) -> Diagnosis:
    """Whether the daemon of this database gets on; `process` holds its lock, `life` is what it wrote down."""
    check = "daemon"
    if process is None:
        return _not_running(life)
    if life is None or life.process_id != process:
        return Diagnosis(check, Result.OK, f"runs as process {process}, and has written down nothing yet")
    since = f"runs as process {process} since {iso(life.started_at)}"
    if now - life.alive_at > SILENT:
        found = f"{since}, without a sign of life since {iso(life.alive_at)}"
        return Diagnosis(check, Result.ERROR, found, "journalctl -u policywatch -e; it hangs, or cannot write")
    return Diagnosis(check, Result.OK, f"{since}, last sign of life {iso(life.alive_at)}")


def _not_running(life: Life | None) -> Diagnosis:
    if life is None:
        return Diagnosis("daemon", Result.WARNING, "not running; none ever ran here", START)
    if life.stopped_at is not None:
        return Diagnosis(
            "daemon", Result.WARNING, f"not running; stopped in order {iso(life.stopped_at)}", START
        )
    found = f"not running; it ended without a word, last sign of life {iso(life.alive_at)}"
    return Diagnosis("daemon", Result.ERROR, found, "journalctl -u policywatch -e says why; " + START)


def documents(standings: Sequence[Standing], paused: frozenset[str] = frozenset()) -> Diagnosis:
    state_of = {standing.key: standing_state(standing, paused) for standing in standings}
    counts = Counter(state_of.values())
    found = ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "none yet"
    troubled = [standing for standing in standings if state_of[standing.key] in TROUBLED]
    if not troubled:
        return Diagnosis("documents", Result.OK, found)
    named = [_in_words(standing, state_of[standing.key]) for standing in troubled[:MOST_NAMED]]
    if len(troubled) > MOST_NAMED:
        named.append(f"and {len(troubled) - MOST_NAMED} more")
    watched = len(troubled) + counts["ok"]
    return Diagnosis("documents", Result.ERROR, found, _advice(troubled, watched), tuple(named))


def _in_words(standing: Standing, state: str) -> str:
    since = f" since {iso(standing.since)}" if standing.since else ""
    kind = f" ({standing.error_class})" if standing.error_class else ""
    return f"{standing.key} {state}{since}{kind}: {standing.reason}"


def _advice(troubled: Sequence[Standing], watched: int) -> str:
    kinds = {standing.error_class for standing in troubled}
    if 1 < len(troubled) == watched and kinds <= _OF_THIS_MACHINE:
        return "none can be reached: look at this machine's own network and DNS"
    if "blocked_address" in kinds:
        return "pages in your own network: list it under allow_private in [fetch]"
    return "open the pages; `policywatch check KEY` looks again at once"


def outbox(depth: OutboxDepth, now: datetime, limit: timedelta) -> Diagnosis:
    """`limit` is how long the oldest open delivery may wait."""
    if not depth.open and not depth.dead:
        return Diagnosis("outbox", Result.OK, "nothing waits")
    age = now - depth.oldest_open_at if depth.oldest_open_at else timedelta()
    waits = f", the oldest since {iso(depth.oldest_open_at)}" if depth.oldest_open_at else ""
    later = f" ({depth.later} not due yet)" if depth.later else ""
    found = f"{depth.open} open{later}{waits}; {depth.dead} given up"
    if depth.dead or age > limit:
        advice = (
            "`policywatch alerts` shows what was missed and why; `policywatch test CHANNEL` proves a channel"
        )
        return Diagnosis("outbox", Result.ERROR, found, advice)
    return Diagnosis("outbox", Result.OK, found)


def channels(troubles: Sequence[ChannelTrouble], now: datetime) -> Diagnosis:
    """Whether some channel has not worked for long."""
    if not troubles:
        return Diagnosis("channels", Result.OK, "none in trouble")
    named = tuple(f"{each.channel} since {iso(each.since)}: {each.error}" for each in troubles)
    found = f"{len(troubles)} in trouble"
    if now - troubles[0].since < CHANNEL_FAILS_AFTER:
        return Diagnosis("channels", Result.WARNING, found, details=named)
    return Diagnosis("channels", Result.ERROR, found, "`policywatch test CHANNEL` shows what it answers", named)
