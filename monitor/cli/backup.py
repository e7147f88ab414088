"""`policywatch backup`: a checked copy of the database, made while the daemon runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    app.command("backup", epilog="Example: policywatch backup /var/backups/policywatch.db --force")(backup)


def backup(
    context: typer.Context,
    destination: Annotated[Path, typer.Argument(metavar="DEST", help="The file to make.")],
    force: Annotated[bool, typer.Option("--force", help="Replace DEST, if it is there.")] = False,
) -> None:
    """Copy the database to DEST and read the copy back; DEST is whole, or not there at all."""
    from storage.backup import back_up
    from storage.database import Database

    database = Database.open(context.obj.database_path(), read_only=True)
    done = back_up(database, destination, replace=force)
    sys.stdout.write(
        f"{done.path}: {done.size:,} bytes in {done.tables} tables; read back {done.versions[0]:,} of"
        f" {done.versions[1]:,} versions and {done.pages[0]:,} of {done.pages[1]:,} stored pages\n"
    )
