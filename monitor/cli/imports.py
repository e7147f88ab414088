"""`policywatch import`: brings archives that others made into the history."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.context import Context

if TYPE_CHECKING:
    from monitor.importers.ota_versions import Progress
    from monitor.watch import Watch

app = typer.Typer(help="Bring archives that others made into the history.", no_args_is_help=True)


@app.command("ota-versions", epilog="Example: policywatch --database a.db import ota-versions archive.bundle")
def ota_versions(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A work tree, a bare repository or a bundle.")],
    origin: Annotated[
        str | None, typer.Option("--origin", help="The archive's name (else the repository's).")
    ] = None,
) -> None:
    """Import a versions repository of Open Terms Archive; nothing is delivered, a second run adds nothing."""
    from monitor.errors import UsageError
    from monitor.importers.ota_versions import import_versions
    from monitor.keys import is_key_part
    from storage.database import Database
    from storage.records import LIVE

    if origin is not None and (origin == LIVE or not is_key_part(origin)):
        raise UsageError(f"--origin {origin!r}: write lower-case letters, digits and hyphens, and not {LIVE!r}")
    database = Database.open(context.obj.database_path())
    try:
        with _progress_bar("importing") as progress:
            summary = import_versions(database, path, _watch(context.obj), origin=origin, progress=progress)
    finally:
        database.close()
    for unreadable in summary.unreadable:
        sys.stderr.write(f"left out, its path makes no key: {unreadable}\n")
    sys.stdout.write(
        f"{summary.documents} documents: {summary.versions} new versions in {summary.appearances} appearances,"
        f" {summary.alerts} alerts recorded, {summary.skipped} records were there already\n"
    )


def _watch(context: Context) -> Watch:
    """The rules in force, else the shipped ones; nobody is told."""
    from monitor.alerting import Audience
    from monitor.detect.compile import compile_rule
    from monitor.detect.rulebook import shipped_rules
    from monitor.watch import Watch

    settings = None if context.database is not None and context.config is None else context.settings_if_any()
    rules = settings.rules if settings else shipped_rules()
    return Watch([compile_rule(rule) for rule in rules], Audience(), "off")


@contextmanager
def _progress_bar(doing: str) -> Iterator[Progress]:
    """A bar on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
