"""How answers are printed: tables for people, JSON, JSON lines or CSV for programs."""

from __future__ import annotations

import csv
import json
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer

NOTHING_FOUND = 1


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


FormatOption = Annotated[
    Format | None,
    typer.Option("--format", help="How to print; a table on a terminal, JSON lines elsewhere."),
]


def chosen(wanted: Format | None) -> Format:
    if wanted is not None:
        return wanted
    return Format.TABLE if sys.stdout.isatty() else Format.JSONL


def print_rows(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], wanted: Format | None, *, empty: str
) -> None:
    """Print `rows`; a table shows `columns` alone, the other forms everything. No rows: exits with 1."""
    form = chosen(wanted)
    if form is Format.JSON:
        print_json(list(rows))
    elif form is Format.JSONL:
        for row in rows:
            sys.stdout.write(_json(row) + "\n")
    elif form is Format.CSV:
        _print_csv(rows, columns)
    elif rows:
        _print_table(rows, columns)
    if not rows:
        sys.stderr.write(empty + "\n")
        raise typer.Exit(NOTHING_FOUND)


def print_json(value: Any) -> None:
    sys.stdout.write(_json(value, indent=2) + "\n")


def plain(value: Any) -> str:
    """A value in one line of plain text, safe for a terminal; a list of records is told by its length."""
    if value is None or value in ([], ()):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return " > ".join(map(plain, value)) if isinstance(value[0], str) else str(len(value))
    return safe(str(value).replace("\n", " "))


def safe(text: str) -> str:
    """Text that cannot move a terminal's cursor or turn its writing direction; line ends and spaces stay."""
    return text if text.isprintable() else "".join(map(_safe_sign, text))


def _safe_sign(sign: str) -> str:
    if sign.isprintable() or sign == "\n" or unicodedata.category(sign) == "Zs":
        return sign
    return json.dumps(sign)[1:-1]


def _json(value: Any, indent: int | None = None) -> str:
    """JSON with every letter as it is; what could act on a terminal is escaped, which JSON reads alike."""
    return safe(json.dumps(value, ensure_ascii=False, indent=indent))


def _print_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    names = list(rows[0]) if rows else list(columns)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in names])


def _cell(value: Any) -> str:
    """A spreadsheet takes a leading =, +, - or @ for a formula: such text gets an apostrophe before it."""
    text = _json(value) if isinstance(value, (list, dict)) else plain(value)
    is_formula = text.startswith(("=", "+", "-", "@")) and not isinstance(value, (int, float))
    return "'" + text if is_formula else text


def _print_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(Text(plain(row[name])) for name in columns))
    console = Console()
    if console.is_terminal and len(rows) > console.height - 4:
        with console.pager(styles=True):
            console.print(table)
    else:
        console.print(table)
