"""`policywatch export`: the history in open forms, for other programs and for keeping."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.context import Context
from monitor.cli.filters import KindOption, ServiceOption
from monitor.cli.output import safe
from monitor.cli.progress import progress_bar

if TYPE_CHECKING:
    from monitor.exporters.model import Exported, Progress
    from storage.database import Database
    from storage.records import Document

    Write = Callable[[Database, Sequence[Document], Progress], Exported]

app = typer.Typer(help="Write the history in open forms.", no_args_is_help=True)

KeysArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[KEY]...", help="Documents; all, if left out.")
]


@app.command("folder", epilog="Example: policywatch export folder linkedin/ linkedin/privacy-policy")
def folder(
    context: typer.Context,
    destination: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")],
    keys: KeysArgument = None,
    service: ServiceOption = None,
    kind: KindOption = None,
) -> None:
    """Write Markdown, one dated file each time that a version began to stand, with a list of them all."""
    from monitor.exporters.folder import export_folder

    def write(database: Database, documents: Sequence[Document], progress: Progress) -> Exported:
        return export_folder(database, documents, destination, progress=progress)

    _export(context.obj, write, keys or [], service, kind, destination, "texts")


@app.command("ota-versions", epilog="Example: policywatch export ota-versions versions.git --service linkedin")
def ota_versions(
    context: typer.Context,
    destination: Annotated[Path, typer.Argument(metavar="DIR", help="The bare repository to make.")],
    keys: KeysArgument = None,
    service: ServiceOption = None,
    kind: KindOption = None,
) -> None:
    """Write a git repository laid out as the versions of Open Terms Archive: a commit for every change."""
    from monitor.exporters.ota_versions import export_ota_versions

    def write(database: Database, documents: Sequence[Document], progress: Progress) -> Exported:
        return export_ota_versions(database, documents, destination, progress=progress)

    _export(context.obj, write, keys or [], service, kind, destination, "commits")


@app.command("warc", epilog="Example: policywatch export warc captures.warc.gz linkedin/privacy-policy")
def warc(
    context: typer.Context,
    destination: Annotated[Path, typer.Argument(metavar="FILE", help="The file to make, such as a.warc.gz.")],
    keys: KeysArgument = None,
    service: ServiceOption = None,
    kind: KindOption = None,
) -> None:
    """Write the stored pages as servers sent them, as a WARC file."""
    from monitor.exporters.warc import export_warc

    def write(database: Database, documents: Sequence[Document], progress: Progress) -> Exported:
        return export_warc(database, documents, destination, progress=progress)

    _export(context.obj, write, keys or [], service, kind, destination, "captures")


def _export(
    context: Context,
    write: Write,
    keys: Sequence[str],
    service: str | None,
    kind: str | None,
    destination: Path,
    entries: str,
) -> None:
    from monitor.exporters.model import chosen
    from storage.database import Database

    database = Database.open(context.database_path(), read_only=True)
    try:
        documents = chosen(database, keys, service=service, kind=kind)
        with progress_bar("exporting") as progress:
            done = write(database, documents, progress)
    finally:
        database.close()
    for line in done.left_out:
        sys.stderr.write(safe(f"left out: {line}\n"))
    sys.stdout.write(safe(f"{destination}: {done.entries} {entries} of {done.documents} documents\n"))
