"""`policywatch status`: is everything in order?"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import typer

from monitor.cli.output import Format, TextFormat, TextFormatOption, fields, plain, print_json, print_rows

NEEDS_A_PERSON = 1
MOST_SHOWN = 15
"""Of documents that are not seen, for people; programs get all."""

COLUMNS = fields("document", "state", "error_class", "since", "reason")


def register(app: typer.Typer) -> None:
    app.command("status", epilog="Example: policywatch status --format json")(status)


def status(context: typer.Context, output: TextFormatOption = TextFormat.TEXT) -> None:
    """Show daemon, documents that are not seen, next checks and outbox. Exits with 1 if it needs a person."""
    from monitor.app import utc_now
    from monitor.situation import situation

    path, paused, within = context.obj.database_path(), context.obj.paused(), context.obj.delivered_within()
    with context.obj.history() as history:
        found = situation(history, path, paused, utc_now(), within)
    if output is TextFormat.JSON:
        print_json(found.row)
    else:
        _print(found.row, found.row["trouble"])
    if found.needs_a_person:
        raise typer.Exit(NEEDS_A_PERSON)


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
