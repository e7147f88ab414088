"""`policywatch silence`: what is not to be told for a while, who says so, and why."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Annotated

import typer

from monitor.cli.output import FormatOption, fields, print_rows, safe
from monitor.cli.work import By, login_name

app = typer.Typer(
    help="Keep alerts back for a while: by document, service or topic, with a reason and an end.",
    no_args_is_help=True,
)

COLUMNS = fields("id", "state", "covers", "author", "reason", "ends_at", "kept_back")


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="silence")


@app.command("add", epilog="Example: policywatch silence add --service acme --for 2d --reason 'they move'")
def add(
    context: typer.Context,
    document: Annotated[str | None, typer.Option("--document", help="Only this document, by its key.")] = None,
    service: Annotated[str | None, typer.Option("--service", help="Only this service, by name or id.")] = None,
    topic: Annotated[
        str | None, typer.Option("--topic", help="Only findings on this topic, such as ai-training.")
    ] = None,
    for_: Annotated[str | None, typer.Option("--for", help="For how long, such as 12h, 2d or 1w.")] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Instead: up to this date (its end in UTC) or time.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, in a sentence; needed.")] = "",
    by: By = None,
) -> None:
    """Keep back what is named, all of it together; what is kept back is told when the silence ends."""
    from monitor.app import utc_now
    from monitor.silencing import words_of
    from monitor.views import iso
    from monitor.work import silence

    now = utc_now()
    ends_at = _end(for_, until, now)
    with context.obj.writing() as database:
        made = silence(
            database, author=by or login_name(), reason=reason, document=document, service=service,
            topic=topic, ends_at=ends_at, now=now,
        )  # fmt: skip
    sys.stdout.write(safe(f"silence {made.id} until {iso(made.ends_at)}: {words_of(made)}\n"))


@app.command("list", epilog="Example: policywatch silence list --format table")
def list_(context: typer.Context, output: FormatOption = None) -> None:
    """List the silences, those that have ended too, the newest first, with how many alerts each kept back."""
    from monitor.app import utc_now
    from monitor.views import silence_row

    now = utc_now()
    with context.obj.history() as history:
        rows = [silence_row(silence, kept_back, now) for silence, kept_back in history.silences()]
    print_rows(rows, COLUMNS, output, empty="no silences")


@app.command("end", epilog="Example: policywatch silence end 3")
def end(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="SILENCE", help="The silence's number.")],
    by: By = None,
) -> None:
    """End a silence before its time."""
    from monitor.app import utc_now
    from monitor.silencing import words_of
    from monitor.work import end_silence

    with context.obj.writing() as database:
        ended = end_silence(database, number, by or login_name(), utc_now())
    sys.stdout.write(safe(f"silence {number} has ended: {words_of(ended)}\n"))


def _end(for_: str | None, until: str | None, now: datetime) -> datetime:
    from datetime import timedelta

    from monitor.cadence import parse_interval
    from monitor.errors import UsageError
    from monitor.refs import parse_time

    if (for_ is None) == (until is None):
        raise UsageError("say how long it holds, with either --for or --until")
    if until is not None:
        return parse_time(until, end_of_day=True)
    try:
        return now + timedelta(seconds=parse_interval(for_ or ""))
    except ValueError as error:
        raise UsageError(f"--for {for_!r}: {error}") from error
