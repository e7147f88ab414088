"""`policywatch alerts`: what people were told, or are yet to be told."""

from __future__ import annotations

import typer

from monitor.cli import filters
from monitor.cli.output import Format, FormatOption, chosen, print_rows

COLUMNS = ("id", "captured_at", "severity", "status", "title", "delivered")


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
    limit: filters.LimitOption = 1000,
    output: FormatOption = None,
) -> None:
    """List the alerts with their deliveries, newest first."""
    from monitor.views import alert_row
    from storage.alerts import AlertFilter

    wanted = AlertFilter(
        service=service,
        kind=kind,
        topic=topic,
        severity=severity,
        since=filters.since(context.obj, since),
        until=filters.until(context.obj, until),
    )
    with context.obj.history() as history:
        rows = [alert_row(found) for found in history.alerts(wanted, limit)]
    form = chosen(output)
    if form is Format.TABLE:
        rows = [row | {"delivered": _delivered(row)} for row in rows]
    print_rows(rows, COLUMNS, form, empty="no alerts")


def _delivered(row: dict[str, object]) -> str:
    deliveries = row["deliveries"]
    assert isinstance(deliveries, list)  # noqa: S101 (made by alert_row)
    states = [delivery["state"] for delivery in deliveries]
    return ", ".join(f"{states.count(state)} {state}" for state in sorted(set(states))) or "to nobody"
