"""`policywatch status`: is everything in order?"""

from __future__ import annotations

import sys

import typer

from monitor.cli.output import Format, FormatOption, print_json, print_rows

NEEDS_A_PERSON = 1
COLUMNS = ("document", "state", "last_success", "next_check", "reason")


def register(app: typer.Typer) -> None:
    app.command("status", epilog="Example: policywatch status --format json")(status)


def status(context: typer.Context, output: FormatOption = None) -> None:
    """Show documents by state, failing and held ones, and the outbox. Exits with 1 if it needs a person."""
    from monitor.views import document_row, iso, states

    with context.obj.history() as history:
        rows = [document_row(state) for state in history.documents()]
        outbox = history.outbox()
    troubled = [row for row in rows if row["state"] in ("failing", "held")]
    facts = {
        "documents": states(rows),
        "outbox": {"open": outbox.open, "dead": outbox.dead, "oldest_open": iso(outbox.oldest_open_at)},
        "trouble": troubled,
    }
    if output in (Format.JSON, Format.JSONL):
        print_json(facts)
    else:
        counted = ", ".join(f"{count} {state}" for state, count in states(rows).items()) or "none"
        waiting = f", the oldest since {iso(outbox.oldest_open_at)}" if outbox.open else ""
        sys.stdout.write(f"documents: {counted}\noutbox: {outbox.open} open{waiting}, {outbox.dead} dead\n")
        if troubled:
            print_rows(troubled, COLUMNS, Format.TABLE, empty="")
    if troubled or outbox.dead:
        raise typer.Exit(NEEDS_A_PERSON)
