"""How everything stands at present, as one row: what `status` and the history browser tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from monitor import lock
from monitor.doctor import store, watching
from monitor.doctor.model import Diagnosis, Result
from monitor.history import History
from monitor.rows import Row, iso
from monitor.views import document_row, standing_state, states
from storage.files import sizes
from storage.life import Life
from storage.standings import Standing

NEXT_CHECKS = 5


@dataclass(frozen=True, slots=True)
class Situation:
    row: Row
    needs_a_person: bool


def situation(
    history: History, path: Path, paused: frozenset[str], now: datetime, delivered_within: timedelta
) -> Situation:
    """The situation of the database at `path`, which `history` reads; `paused` are keys of documents."""
    standings, outbox, life = history.standings(), history.outbox(now), history.life()
    troubles, silences = history.channel_troubles(), history.silences_in_force(now)
    state_of = {standing.key: standing_state(standing, paused) for standing in standings}
    trouble = _trouble(history, standings, state_of, paused)
    daemon, size = store.daemon(path, now), sizes(path)
    row: Row = {
        "daemon": _daemon(_process(path), life) | _said(daemon),
        "documents": states([{"state": state} for state in state_of.values()]),
        "next_checks": _next_checks(standings, paused),
        "outbox": {
            "open": outbox.open,
            "later": outbox.later,
            "dead": outbox.dead,
            "oldest_open": iso(outbox.oldest_open_at),
        },
        "channels": [
            {"channel": each.channel, "failing_since": iso(each.since), "error": each.error}
            for each in troubles
        ],
        "work": {"unacknowledged_high": history.unacknowledged(), "silences": len(silences)},
        "database": {"path": str(path), "size_bytes": size.database, "wal_bytes": size.wal},
        "trouble": trouble,
    }
    waiting, failing = watching.outbox(outbox, now, delivered_within), watching.channels(troubles, now)
    in_error = Result.ERROR in (daemon.result, waiting.result, failing.result)
    return Situation(row, needs_a_person=bool(trouble) or in_error)


def _trouble(
    history: History, standings: Sequence[Standing], state_of: dict[str, str], paused: frozenset[str]
) -> list[Row]:
    """The documents that are not seen, each with since when."""
    unseen = {key for key, state in state_of.items() if state in watching.TROUBLED}
    since = {standing.key: standing.since for standing in standings}
    rows = [document_row(state, paused) for state in history.documents(keys=unseen)] if unseen else []
    return [row | {"since": iso(since[row["document"]])} for row in rows]


def _process(path: Path) -> int | None:
    """The daemon's, as far as this user may know."""
    try:
        return lock.holder(path)
    except (OSError, LookupError):
        return None


def _daemon(process: int | None, life: Life | None) -> dict[str, Any]:
    return {
        "running": process is not None,
        "process": process,
        "version": life.version if life else None,
        "started_at": iso(life.started_at) if life else None,
        "alive_at": iso(life.alive_at) if life else None,
        "stopped_at": iso(life.stopped_at) if life else None,
    }


def _said(daemon: Diagnosis) -> dict[str, Any]:
    unknown = {"running": None} if daemon.result is Result.UNKNOWN else {}
    return {"result": daemon.result.value, "found": daemon.found, **unknown}


def _next_checks(standings: Sequence[Standing], paused: frozenset[str]) -> list[dict[str, str | None]]:
    due = sorted(
        (standing.next_due_at, standing.key)
        for standing in standings
        if standing.next_due_at is not None and standing.key not in paused
    )
    return [{"at": iso(at), "document": key} for at, key in due[:NEXT_CHECKS]]
