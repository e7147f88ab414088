"""`policywatch documents`: what is watched or archived."""

from __future__ import annotations

import typer

from monitor.cli.filters import KindOption, ServiceOption
from monitor.cli.output import FormatOption, fields, print_rows

COLUMNS = fields("document", "state", "error_class", "versions", "last_check", "last_change", "reason")


def register(app: typer.Typer) -> None:
    app.command("documents", epilog="Example: policywatch documents --service linkedin")(documents)


def documents(
    context: typer.Context,
    service: ServiceOption = None,
    kind: KindOption = None,
    output: FormatOption = None,
) -> None:
    """List the documents, with their state and how often they were looked at."""
    from monitor.views import document_row

    paused = context.obj.paused()
    with context.obj.history() as history:
        rows = [document_row(state, paused) for state in history.documents(service=service, kind=kind)]
    print_rows(rows, COLUMNS, output, empty="no documents; `policywatch run` or an import brings some")
