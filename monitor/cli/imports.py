"""`policywatch import`: brings archives that others made into the history."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.context import Context
from monitor.cli.declarations import ota_declarations
from monitor.cli.output import safe
from monitor.cli.progress import progress_bar

if TYPE_CHECKING:
    from monitor.importers.recorded import Progress, Summary
    from monitor.watch import Watch
    from storage.database import Database

DAMAGED = 65

app = typer.Typer(help="Bring archives that others made into the history.", no_args_is_help=True)

OriginOption = Annotated[
    str | None, typer.Option("--origin", help="The archive's name (else that of its folder or file).")
]


@app.command("ota-versions", epilog="Example: policywatch --database a.db import ota-versions archive.bundle")
def ota_versions(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A work tree, a bare repository or a bundle.")],
    origin: OriginOption = None,
) -> None:
    """Import a versions repository of Open Terms Archive; nothing is delivered, a second run adds nothing."""
    from monitor.importers.ota_versions import import_versions

    _import(
        context.obj,
        origin,
        lambda database, watch, progress: import_versions(
            database, path, watch, origin=origin, progress=progress
        ),
    )


@app.command("ota-captures", epilog="Example: policywatch --database a.db import ota-captures captures.bundle")
def ota_captures(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A work tree, a bare repository or a bundle.")],
    origin: OriginOption = None,
) -> None:
    """Import a snapshots repository of Open Terms Archive, its pages judged like our own looks."""
    from monitor.importers.ota_captures import import_ota_captures

    _import(
        context.obj,
        origin,
        lambda database, watch, progress: import_ota_captures(
            database, path, watch, origin=origin, progress=progress
        ),
    )


app.command(
    "ota-declarations", epilog="Example: policywatch import ota-declarations pga-declarations --output -"
)(ota_declarations)


@app.command("folder", epilog="Example: policywatch --database a.db import folder recorded/")
def folder(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="DIR", help="Holds SERVICE/KIND/2024-09-18.html and so on.")],
    origin: OriginOption = None,
) -> None:
    """Import dated files (HTML, PDF, Markdown, text) as recorded versions; a second run adds nothing."""
    from monitor.importers.folder import import_folder

    _import(
        context.obj,
        origin,
        lambda database, watch, progress: import_folder(
            database, path, watch, origin=origin, progress=progress
        ),
    )


@app.command("wayback", epilog="Example: policywatch --database a.db import wayback crawl.warc.gz")
def wayback(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="WARC files, or indexes (CDX, CDXJ) beside them.")
    ],
    key: Annotated[
        str | None,
        typer.Option("--key", help="The document of pages that the configuration does not name."),
    ] = None,
    url: Annotated[str | None, typer.Option("--url", help="Only captures of this address.")] = None,
    origin: Annotated[str | None, typer.Option("--origin", help="The archive's name (else wayback).")] = None,
) -> None:
    """Import captures of web archives and judge them like our own; a second run adds nothing."""
    from monitor.errors import UsageError
    from monitor.importers.addresses import Addresses
    from monitor.importers.captures import import_captures
    from monitor.importers.recorded import Summary
    from monitor.importers.spool import Spool
    from monitor.importers.wayback import read
    from monitor.keys import is_key

    if key is not None and not is_key(key):
        raise UsageError(f"--key {key!r}: write SERVICE/KIND or SERVICE/KIND/VARIANT in a to z, 0 to 9 and -")
    settings = context.obj.settings_if_asked()
    addresses = Addresses(settings.targets if settings else (), key=key, only=url)

    def work(database: Database, watch: Watch, progress: Progress) -> Summary:
        with Spool() as spool:
            captures = read(files, addresses, spool)
            summary = import_captures(
                database, captures, captures.described, watch,
                origin=origin or "wayback", progress=progress, total=len(captures), until=datetime.now(UTC),
            )  # fmt: skip
        left_out = Summary(unreadable=tuple(captures.unreadable), damaged=tuple(captures.damaged))
        return summary + left_out

    _import(context.obj, origin, work)


def _import(context: Context, origin: str | None, work: Callable[[Database, Watch, Progress], Summary]) -> None:
    from monitor.errors import UsageError
    from monitor.keys import is_key_part
    from storage.database import Database
    from storage.records import LIVE

    if origin is not None and (origin == LIVE or not is_key_part(origin)):
        raise UsageError(f"--origin {origin!r}: write lower-case letters, digits and hyphens, and not {LIVE!r}")
    database = Database.open(context.database_path())
    try:
        with _without_full_collections(), progress_bar("importing") as progress:
            summary = work(database, _watch(context), progress)
    finally:
        database.close()
    _tell(summary)


@contextmanager
def _without_full_collections() -> Iterator[None]:
    """Spare Python's collector the walk over all that is remembered: a third of a second each, for nothing.

    What dies young is still collected; an import makes no cycles that live longer.
    """
    young, middle, old = gc.get_threshold()
    gc.set_threshold(young, middle, 1_000_000)
    try:
        yield
    finally:
        gc.set_threshold(young, middle, old)


def _tell(summary: Summary) -> None:
    """Say what came of it, and everything that was left out; damaged input ends with 65."""
    for line in dict.fromkeys(summary.unreadable):
        sys.stderr.write(safe(f"left out: {line}\n"))
    for line in summary.damaged:
        sys.stderr.write(safe(f"cannot be read: {line}\n"))
    if summary.late:
        sys.stderr.write(
            f"{summary.late} records are older than what their documents already had, and were put in their"
            " places\n"
        )
    if summary.held:
        held = ", ".join(f"{count} {kind}" for kind, count in sorted(summary.held.items()))
        sys.stderr.write(f"captures that were not taken for their document: {held}\n")
    sys.stdout.write(
        f"{summary.documents} documents: {summary.versions} new versions in {summary.appearances} appearances,"
        f" {summary.alerts} alerts recorded, {summary.skipped} records were there already\n"
    )
    if summary.damaged:
        raise typer.Exit(DAMAGED)


def _watch(context: Context) -> Watch:
    """The rules in force, else the shipped ones; nobody is told."""
    from monitor.alerting import Audience
    from monitor.config.rules import books_of
    from monitor.config.shape import ConfigTable
    from monitor.detect.compile import compile_rule
    from monitor.detect.rulebook import shipped_rules
    from monitor.watch import Watch

    settings = context.settings_if_asked()
    rules = settings.rules if settings else shipped_rules()
    books = settings.books if settings else books_of(ConfigTable().rulebooks)
    return Watch([compile_rule(rule) for rule in rules], Audience(), "off", books=books)
