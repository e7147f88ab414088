"""What the questions about a wording share: their argument, their filters, and how clauses are printed."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import filters
from monitor.cli.output import Format, Row, chosen, print_rows, safe

if TYPE_CHECKING:
    from storage.search import Hit, SearchFilter

WordsArgument = Annotated[
    list[str],
    typer.Argument(help='Words in any inflection; a "quoted part" as it stands; AND OR NOT NEAR, prefix*.'),
]
TopicOption = Annotated[
    str | None, typer.Option("--topic", help="Only clauses that a finding on this topic quotes.")
]
SinceOption = Annotated[
    str | None, typer.Option("--since", help="Only what still stood on this date (UTC) or later.")
]
UntilOption = Annotated[
    str | None, typer.Option("--until", help="Only what stood already on this date (UTC) or before.")
]
AsOfOption = Annotated[str | None, typer.Option("--as-of", help="Only what stood then (a date means its end).")]
AddedSinceOption = Annotated[
    str | None, typer.Option("--added-since", help="Only what the document first said since then.")
]

NOTHING = "no clause says or said this"


def wanted(
    service: str | None,
    kind: str | None,
    topic: str | None,
    since: str | None,
    until: str | None,
    as_of: str | None = None,
    added_since: str | None = None,
    limit: int = 1,
) -> SearchFilter:
    """What the filters ask for together."""
    from storage.search import SearchFilter

    return SearchFilter(
        service=service,
        kind=kind,
        topic=topic,
        since=filters.since(since),
        until=filters.until(until),
        as_of=filters.until(as_of),
        added_since=filters.since(added_since),
        limit=limit,
    )


def print_hits(hits: Sequence[Hit], limit: int, output: Format | None) -> None:
    """Print clauses; exits with 1 where there are none."""
    from monitor.rows import search_row

    rows = [search_row(hit) for hit in hits]
    if not rows or chosen(output) is not Format.TABLE:
        print_rows(rows, {}, output, empty=NOTHING)
        return
    from rich.console import Console

    console = Console(soft_wrap=True, highlight=False)
    width = console.width if console.is_terminal else None
    text = "\n".join(_block(row, width) for row in rows)
    if console.is_terminal and text.count("\n") > console.height:
        with console.pager(styles=True):
            console.print(text)
    else:
        console.print(text, end="")
    if len(rows) == limit:
        sys.stderr.write(f"these are the first {limit}; --limit asks for more\n")


def _block(row: Row, width: int | None) -> str:
    """A clause is prose: it reads better below its facts than in a narrow column."""
    from rich.markup import escape

    origin = "" if row["origin"] == "live" else f" (recorded by {row['origin']})"
    until = "still there" if row["live"] else f"last seen {_day(row['last_seen'])}"
    facts = f"{origin}: first seen {_day(row['first_seen'])} in version {row['first_version']}, {until}"
    path = escape(_indented(" > ".join(row["heading"]), width))
    head = f"[bold]{escape(safe(row['document']))}[/bold]{escape(safe(facts))}"
    lines = [head, *([f"[dim]{path}[/dim]"] if path else []), escape(_indented(row["clause"], width))]
    return "\n".join(lines) + "\n"


def _indented(text: str, width: int | None) -> str:
    """In lines that fit a terminal; elsewhere in one, so that it can be searched."""
    if width is None or not text:
        return f"  {safe(text)}" if text else ""
    return textwrap.fill(safe(text), width, initial_indent="  ", subsequent_indent="  ")


def _day(at: str) -> str:
    return at[:10]
