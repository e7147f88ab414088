"""`policywatch alerts`: what people were told, or are yet to be told."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from monitor.cli import filters
from monitor.cli.output import Format, FormatOption, Row, chosen, fields, print_rows, safe


def register(app: typer.Typer) -> None:
    app.command("alerts", epilog="Example: policywatch alerts --severity high --since 2024-09-01")(alerts)


def alerts(
    context: typer.Context,
    service: filters.ServiceOption = None,
    kind: filters.KindOption = None,
    topic: filters.TopicOption = None,
    severity: filters.SeverityOption = None,
    since: filters.SinceOption = None,
    until: filters.UntilOption = None,
    message: Annotated[
        int | None, typer.Option("--message", help="Those that share this message, whose number it names.")
    ] = None,
    incident: Annotated[
        int | None,
        typer.Option("--incident", help="The alerts of this incident, and what others changed in its week."),
    ] = None,
    limit: filters.LimitOption = 1000,
    output: FormatOption = None,
) -> None:
    """List the alerts with their deliveries, newest first."""
    from monitor.views import alert_row

    if incident is not None:
        _print_incident(context, incident, output)
        return
    wanted = filters.wanted(service, kind, topic, severity, since, until)
    with context.obj.history() as history:
        found = history.alerts(wanted, limit) if message is None else history.alerts_in(message)
        rows = [alert_row(each) for each in found]
    print_rows(rows, _COLUMNS, output, empty="no alerts")


def _print_incident(context: typer.Context, number: int, output: Format | None) -> None:
    from monitor.views import incident_rows

    with context.obj.history() as history:
        rows = incident_rows(history.incident(number))
    print_rows(rows, _COLUMNS, output, empty="no alerts")
    if chosen(output) is Format.TABLE:
        sys.stdout.write("\n".join(["In the same week, on the same topics:", *_same_week(rows[0])]) + "\n")


def _same_week(row: Row) -> list[str]:
    return [f"  {safe(other['title'])} (alert {other['alert']})" for other in row["same_week"]] or ["  nothing"]


def _delivered(row: Row) -> str:
    states = [delivery["state"] for delivery in row["deliveries"]]
    return ", ".join(f"{states.count(state)} {state}" for state in sorted(set(states))) or row["origin"]


_COLUMNS = {**fields("id", "captured_at", "severity", "status", "incident", "title"), "delivered": _delivered}
