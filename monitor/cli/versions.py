"""`policywatch versions`: when which text stood."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.output import FormatOption, print_rows

COLUMNS = (
    "document",
    "number",
    "captured_at",
    "observed_until",
    "cause",
    "words",
    "added",
    "removed",
    "edited",
    "moved",
    "findings",
)


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
    print_rows(rows, COLUMNS, output, empty="no versions are recorded")
