"""`policywatch versions`: when which text stood."""

from __future__ import annotations

from operator import itemgetter
from typing import Annotated

import typer

from monitor.cli.output import Columns, FormatOption, clauses, fields, print_rows

COLUMNS: Columns = {
    **fields("document", "number", "captured_at", "observed_until", "cause", "words"),
    "clauses": clauses,
    "findings": itemgetter("findings"),
}


_WITHOUT_DOCUMENT: Columns = {name: show for name, show in COLUMNS.items() if name != "document"}


def register(app: typer.Typer) -> None:
    app.command("versions", epilog="Example: policywatch versions linkedin/privacy-policy")(versions)


def versions(
    context: typer.Context,
    key: Annotated[str | None, typer.Argument(help="A document; all, if left out.")] = None,
    output: FormatOption = None,
) -> None:
    """List the versions of a document, one line for each time that a version stood."""
    from monitor.views import version_row

    with context.obj.history() as history:
        rows = [version_row(*found) for found in history.appearances(key)]
    print_rows(rows, COLUMNS if key is None else _WITHOUT_DOCUMENT, output, empty="no versions are recorded")
