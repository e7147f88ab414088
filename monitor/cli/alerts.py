"""`policywatch alerts`: what people were told, or are yet to be told."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli import filters
from monitor.cli.output import FormatOption, Row, fields, print_rows


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
    limit: filters.LimitOption = 1000,
    output: FormatOption = None,
) -> None:
    """List the alerts with their deliveries, newest first."""
    from monitor.views import alert_row

    wanted = filters.wanted(service, kind, topic, severity, since, until)
    with context.obj.history() as history:
        found = history.alerts(wanted, limit) if message is None else history.alerts_in(message)
        rows = [alert_row(each) for each in found]
    columns = {**fields("id", "captured_at", "severity", "status", "title"), "delivered": _delivered}
    print_rows(rows, columns, output, empty="no alerts")


def _delivered(row: Row) -> str:
    states = [delivery["state"] for delivery in row["deliveries"]]
    return ", ".join(f"{states.count(state)} {state}" for state in sorted(set(states))) or row["origin"]
