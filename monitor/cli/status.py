"""`policywatch status`: is everything in order?"""

from __future__ import annotations

import sys

import typer

from monitor.cli.output import Format, TextFormat, TextFormatOption, fields, print_json, print_rows

NEEDS_A_PERSON = 1
TROUBLED = ("failing", "held", "stale", "withdrawn")
COLUMNS = fields("document", "state", "error_class", "last_success", "next_check", "reason")


def register(app: typer.Typer) -> None:
    app.command("status", epilog="Example: policywatch status --format json")(status)


def status(context: typer.Context, output: TextFormatOption = TextFormat.TEXT) -> None:
    """Show documents by state, those that are not seen, and the outbox. Exits with 1 if it needs a person."""
    from monitor.views import document_row, iso, states

    paused = context.obj.paused()
    with context.obj.history() as history:
        rows = [document_row(state, paused) for state in history.documents()]
        outbox = history.outbox()
    troubled = [row for row in rows if row["state"] in TROUBLED]
    facts = {
        "documents": states(rows),
        "outbox": {"open": outbox.open, "dead": outbox.dead, "oldest_open": iso(outbox.oldest_open_at)},
        "trouble": troubled,
    }
    if output is TextFormat.JSON:
        print_json(facts)
    else:
        counted = ", ".join(f"{count} {state}" for state, count in states(rows).items()) or "none"
        waiting = f", the oldest since {iso(outbox.oldest_open_at)}" if outbox.open else ""
        sys.stdout.write(f"documents: {counted}\noutbox: {outbox.open} open{waiting}, {outbox.dead} dead\n")
        if troubled:
            print_rows(troubled, COLUMNS, Format.TABLE, empty="")
    if troubled or outbox.dead:
        raise typer.Exit(NEEDS_A_PERSON)
