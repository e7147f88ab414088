"""`policywatch route`: tries the routes of the configuration."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.output import NOTHING_FOUND, TextFormat, TextFormatOption, print_json, safe

if TYPE_CHECKING:
    from monitor.rehearsal import Answer, Told

app = typer.Typer(help="Try the routes of the configuration.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="route")


@app.callback()
def _group() -> None:
    pass


@app.command("test", epilog="Example: policywatch route test 12")
def rehearse(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ALERT", help="The number of an alert, imported or not.")],
    output: TextFormatOption = TextFormat.TEXT,
) -> None:
    """Say who would get an alert if it came up now, and when. Nothing is sent; exits with 1 if nobody would."""
    from monitor.app import audience_of, utc_now
    from monitor.rehearsal import answers, told

    settings, now = context.obj.settings(), utc_now()
    audience = audience_of(settings)
    with context.obj.history() as history:
        subject, silences = history.subject(number), history.silences_in_force(now)
    routes, people = answers(subject, audience), told(subject, audience, silences, now)
    if output is TextFormat.JSON:
        print_json(
            {"routes": [_route_row(each) for each in routes], "told": [_told_row(each) for each in people]}
        )
    else:
        lines = [*map(_route_line, routes), *map(_told_line, people)] or ["there are no routes"]
        sys.stdout.write("".join(safe(line) + "\n" for line in lines))
    if not any(each.silence is None for each in people):
        sys.stderr.write("nobody would be told\n")
        raise typer.Exit(NOTHING_FOUND)


def _route_row(answer: Answer) -> dict[str, Any]:
    return {
        "route": answer.number,
        "to": list(answer.to),
        "passes": answer.passes,
        "refused_by": list(answer.refused_by),
    }


def _told_row(told: Told) -> dict[str, Any]:
    from monitor.views import iso

    return {
        "channel": told.channel,
        "recipient": told.recipient,
        "due_at": iso(told.due_at),
        "grouping": told.grouping,
        "silence": told.silence.id if told.silence else None,
    }


def _route_line(answer: Answer) -> str:
    verdict = "passes" if answer.passes else f"does not pass: {', '.join(answer.refused_by)}"
    return f"route {answer.number} to {', '.join(answer.to)}: {verdict}"


def _told_line(told: Told) -> str:
    from monitor.silencing import words_of
    from monitor.views import iso

    who = f"  {told.recipient} over {told.channel}"
    if told.silence is not None:
        silence = told.silence
        return (
            f"{who}: not told, silence {silence.id} by {silence.author} ({words_of(silence)}: {silence.reason})"
        )
    shared = {"daily": " in the daily digest", "weekly": " in the weekly digest", "group": ", with others"}
    return f"{who}: {iso(told.due_at)}{shared.get(told.grouping, '')}"
