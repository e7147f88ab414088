"""How answers are printed: tables for people, JSON, JSON lines or CSV for programs."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from operator import itemgetter
from typing import Annotated, Any

import typer

from monitor.forms import as_csv, as_json
from monitor.forms import plain as plain  # noqa: PLC0414 (commands find them here)
from monitor.forms import safe as safe  # noqa: PLC0414

NOTHING_FOUND = 1

Row = Mapping[str, Any]
Columns = Mapping[str, Callable[[Row], Any]]
"""A table's columns: the heading, and what a row shows under it."""

_TIME = re.compile(r"\A(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\dZ\Z")


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


FormatOption = Annotated[
    Format | None,
    typer.Option("--format", help="How to print; a table on a terminal, JSON lines elsewhere."),
]


class TextFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


TextFormatOption = Annotated[TextFormat, typer.Option("--format", help="text or json.")]


def chosen(wanted: Format | None) -> Format:
    if wanted is not None:
        return wanted
    return Format.TABLE if sys.stdout.isatty() else Format.JSONL


def fields(*names: str) -> Columns:
    """Columns that show a row's values under their own names."""
    return {name.replace("_", " "): itemgetter(name) for name in names}


def clauses(row: Row) -> str:
    """How many clauses a change added, removed, edited and moved, in one column."""
    counted = {"+": "added", "-": "removed", "~": "edited", ">": "moved"}
    return " ".join(f"{sign}{row[name]}" for sign, name in counted.items() if row[name])


def print_rows(rows: Sequence[Row], columns: Columns, wanted: Format | None, *, empty: str) -> None:
    """Print `rows`; a table shows `columns` alone, the other forms everything. No rows: exits with 1."""
    form = chosen(wanted)
    if form is Format.JSON:
        print_json(list(rows))
    elif form is Format.JSONL:
        for row in rows:
            sys.stdout.write(as_json(row) + "\n")
    elif form is Format.CSV:
        sys.stdout.write(as_csv(rows))
    elif rows:
        _print_table(rows, columns)
    if not rows:
        sys.stderr.write(empty + "\n")
        raise typer.Exit(NOTHING_FOUND)


def print_json(value: Any) -> None:
    sys.stdout.write(as_json(value, indent=2) + "\n")


def _print_table(rows: Sequence[Row], columns: Columns) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_minutes(plain(show(row)))) for show in columns.values()))
    console = Console()
    if console.is_terminal and len(rows) > console.height - 4:
        with console.pager(styles=True):
            console.print(table)
    else:
        console.print(table)


def _minutes(text: str) -> str:
    """Times in a table are told to the minute, in UTC as everywhere."""
    return _TIME.sub(r"\1 \2", text)
