"""`policywatch search`: where a wording stands or stood."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from monitor.cli import filters
from monitor.cli.output import Format, FormatOption, Row, chosen, print_rows, safe


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
    added_since: Annotated[
        str | None, typer.Option("--added-since", help="Only what the document first said since then.")
    ] = None,
    limit: filters.LimitOption = 50,
    output: FormatOption = None,
) -> None:
    """Find clauses, with when each was first and last seen and under which heading."""
    from monitor.views import search_row
    from storage.search import SearchFilter

    wanted = SearchFilter(
        service=service,
        kind=kind,
        as_of=filters.until(as_of),
        added_since=filters.since(added_since),
        limit=limit,
    )
    with context.obj.history() as history:
        rows = [search_row(found) for found in history.search(" ".join(words), wanted)]
    if rows and chosen(output) is Format.TABLE:
        sys.stdout.write("\n".join(_block(row) for row in rows))
        return
    print_rows(rows, {}, output, empty="no clause says or said this")


def _block(row: Row) -> str:
    """A clause is prose: it reads better below its facts than in a narrow column."""
    until = "still there" if row["live"] else f"last seen {row['last_seen']}"
    path = " > ".join(row["heading"])
    lines = [f"{row['document']}: first seen {row['first_seen']} (version {row['first_version']}), {until}"]
    lines += [f"  {path}"] if path else []
    return safe("\n".join([*lines, f"  {row['clause']}"])) + "\n"
