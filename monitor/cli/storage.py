"""`policywatch storage`: what the database holds, and what takes the room."""

from __future__ import annotations

import typer

from monitor.cli.output import Columns, FormatOption, Row, print_rows

app = typer.Typer(help="What takes the room in the database.", no_args_is_help=True)


@app.callback()
def _storage() -> None:
    """What takes the room in the database."""


@app.command("stats", epilog="Example: policywatch --database archive.db storage stats")
def stats(context: typer.Context, form: FormatOption = None) -> None:
    """Say what takes the room: bytes with all indexes, rows, and the share of the whole file."""
    from storage.database import Database
    from storage.stats import parts

    database = Database.open(context.obj.database_path(), read_only=True)
    with database.read() as transaction:
        found = parts(transaction)
    whole = sum(part.bytes for part in found)
    rows = [_row(part.name, part.bytes, part.rows, whole) for part in found]
    columns: Columns = {
        "part": lambda row: row["part"],
        "bytes": lambda row: f"{row['bytes']:,}",
        "rows": lambda row: "" if row["rows"] is None else f"{row['rows']:,}",
        "share": lambda row: f"{row['share']:.1%}",
    }
    print_rows([*rows, _row("all of it", whole, None, whole)], columns, form, empty="nothing is stored")


def _row(part: str, size: int, rows: int | None, whole: int) -> Row:
    return {"part": part, "bytes": size, "rows": rows, "share": round(size / max(1, whole), 4)}
