"""`policywatch search`: where a wording stands or stood."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli import filters
from monitor.cli.output import FormatOption, print_rows

COLUMNS = ("document", "first_seen", "last_seen", "live", "heading", "clause")


def register(app: typer.Typer) -> None:
    app.command("search", epilog="Example: policywatch search '\"train artificial intelligence\"'")(search)


def search(
    context: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(help='Words in any inflection; a "quoted part" as it stands; AND OR NOT NEAR, prefix*.'),
    ],
    service: filters.ServiceOption = None,
    kind: filters.KindOption = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Only what stood then (a date means its end).")
    ] = None,
    added_since: Annotated[str | None, typer.Option("--added-since", help="Only what appeared since.")] = None,
    limit: filters.LimitOption = 50,
    output: FormatOption = None,
) -> None:
    """Find clauses, with when each was first and last seen and under which heading."""
    from monitor.views import search_row
    from storage.search import SearchFilter

    wanted = SearchFilter(
        service=service,
        kind=kind,
        as_of=filters.until(context.obj, as_of),
        added_since=filters.since(context.obj, added_since),
        limit=limit,
    )
    with context.obj.history() as history:
        rows = [search_row(found) for found in history.search(" ".join(words), wanted)]
    print_rows(rows, COLUMNS, output, empty="no clause says or said this")
