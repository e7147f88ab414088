"""`policywatch changes`: what changed, across all documents."""

from __future__ import annotations

from operator import itemgetter
from typing import Annotated

import typer

from monitor.cli import filters
from monitor.cli.output import Columns, FormatOption, clauses, fields, print_rows
from monitor.errors import UsageError

COLUMNS: Columns = {
    **fields("captured_at", "document"),
    "version": lambda row: f"{row['previous'] or 'none'} -> {row['number']}",
    "cause": itemgetter("cause"),
    "clauses": clauses,
    "findings": itemgetter("findings"),
}


def register(app: typer.Typer) -> None:
    app.command("changes", epilog="Example: policywatch changes --since 2024-09-01 --until 2024-09-30")(changes)


def changes(
    context: typer.Context,
    service: filters.ServiceOption = None,
    kind: filters.KindOption = None,
    topic: filters.TopicOption = None,
    severity: filters.SeverityOption = None,
    since: filters.SinceOption = None,
    until: filters.UntilOption = None,
    on: Annotated[
        str | None, typer.Option("--on", help="What changed on this day (UTC): --since and --until at once.")
    ] = None,
    limit: filters.LimitOption = 1000,
    output: FormatOption = None,
) -> None:
    """List the changes, newest first."""
    from monitor.views import change_row

    if on and (since or until):
        raise UsageError("name the day with --on, or a span with --since and --until, not both")
    wanted = filters.wanted(service, kind, topic, severity, on or since, on or until)
    with context.obj.history() as history:
        rows = [change_row(change) for change in history.changes(wanted, limit)]
    print_rows(rows, COLUMNS, output, empty="no changes")
