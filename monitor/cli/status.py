"""`policywatch status`: is everything in order?"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from monitor.cli.output import Format, TextFormat, TextFormatOption, fields, plain, print_json, print_rows

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.doctor.model import Diagnosis
    from storage.life import Life
    from storage.standings import Standing

NEEDS_A_PERSON = 1
NEXT_CHECKS = 5
MOST_SHOWN = 15
"""Of documents that are not seen, for people; programs get all."""

COLUMNS = fields("document", "state", "error_class", "since", "reason")


def register(app: typer.Typer) -> None:
    app.command("status", epilog="Example: policywatch status --format json")(status)


def status(context: typer.Context, output: TextFormatOption = TextFormat.TEXT) -> None:
    """Show daemon, documents that are not seen, next checks and outbox. Exits with 1 if it needs a person."""
    from monitor.app import utc_now
    from monitor.doctor import store, watching
    from monitor.doctor.model import Result
    from monitor.views import document_row, iso, standing_state, states
    from storage.files import sizes

    path, paused, now = context.obj.database_path(), context.obj.paused(), utc_now()
    with context.obj.history() as history:
        standings, outbox, life = history.standings(), history.outbox(now), history.life()
        troubles, silences = history.channel_troubles(), history.silences_in_force(now)
        unacknowledged = history.unacknowledged()
        state_of = {standing.key: standing_state(standing, paused) for standing in standings}
        since = {standing.key: standing.since for standing in standings}
        unseen = {key for key, state in state_of.items() if state in watching.TROUBLED}
        found = history.documents(keys=unseen) if unseen else []
    rows = [document_row(state, paused) for state in found]
    process = _process(path)
    daemon = store.daemon(path, now)
    trouble = [row | {"since": iso(since[row["document"]])} for row in rows]
    waiting = watching.outbox(outbox, now, context.obj.delivered_within())
    facts = {
        "daemon": _daemon(process, life) | _said(daemon),
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
        "work": {"unacknowledged_high": unacknowledged, "silences": len(silences)},
        "database": {"path": str(path), "size_bytes": sizes(path).database, "wal_bytes": sizes(path).wal},
        "trouble": trouble,
    }
    if output is TextFormat.JSON:
        print_json(facts)
    else:
        _print(facts, trouble)
    failing = watching.channels(troubles, now)
    if trouble or Result.ERROR in (daemon.result, waiting.result, failing.result):
        raise typer.Exit(NEEDS_A_PERSON)


def _process(path: Path) -> int | None:
    """The daemon's, as far as this user may know."""
    from monitor import lock

    try:
        return lock.holder(path)
    except (OSError, LookupError):
        return None


def _daemon(process: int | None, life: Life | None) -> dict[str, Any]:
    from monitor.views import iso

    return {
        "running": process is not None,
        "process": process,
        "version": life.version if life else None,
        "started_at": iso(life.started_at) if life else None,
        "alive_at": iso(life.alive_at) if life else None,
        "stopped_at": iso(life.stopped_at) if life else None,
    }


def _said(daemon: Diagnosis) -> dict[str, Any]:
    from monitor.doctor.model import Result

    unknown = {"running": None} if daemon.result is Result.UNKNOWN else {}
    return {"result": daemon.result.value, "found": daemon.found, **unknown}


def _next_checks(standings: Sequence[Standing], paused: frozenset[str]) -> list[dict[str, str | None]]:
    from monitor.views import iso

    due = sorted(
        (standing.next_due_at, standing.key)
        for standing in standings
        if standing.next_due_at is not None and standing.key not in paused
    )
    return [{"at": iso(at), "document": key} for at, key in due[:NEXT_CHECKS]]


def _print(facts: Mapping[str, Any], trouble: Sequence[Mapping[str, Any]]) -> None:
    from monitor.doctor.judge import size

    outbox, database = facts["outbox"], facts["database"]
    counted = ", ".join(f"{count} {state}" for state, count in facts["documents"].items()) or "none"
    waiting = f", the oldest since {outbox['oldest_open']}" if outbox["oldest_open"] else ""
    later = f" ({outbox['later']} not due yet)" if outbox["later"] else ""
    due = ", ".join(f"{each['document']} {each['at']}" for each in facts["next_checks"]) or "none"
    lines = [
        f"daemon: {facts['daemon']['found']}",
        f"documents: {counted}",
        f"next checks: {due}",
        f"outbox: {outbox['open']} open{later}{waiting}, {outbox['dead']} dead",
        f"database: {size(database['size_bytes'])}, and {size(database['wal_bytes'])} not yet taken into it",
    ]
    lines += [
        f"channel {each['channel']}: nothing got through since {each['failing_since']}: {each['error']}"
        for each in facts["channels"]
    ]
    work = facts["work"]
    if any(work.values()):
        new, silences = work["unacknowledged_high"], work["silences"]
        lines.append(f"alerts: {new} high ones not acknowledged; {silences} silences in force")
    sys.stdout.write("".join(plain(line) + "\n" for line in lines))
    if trouble:
        print_rows(trouble[:MOST_SHOWN], COLUMNS, Format.TABLE, empty="")
    if len(trouble) > MOST_SHOWN:
        sys.stdout.write(f"and {len(trouble) - MOST_SHOWN} more; `policywatch documents` lists them\n")
