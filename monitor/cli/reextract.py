"""`policywatch reextract`: stored pages are read again after an upgrade."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.output import safe
from monitor.cli.progress import progress_bar

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.extract.model import ExtractOptions
    from monitor.reextraction import Reread
    from storage.database import Database
    from storage.records import Document

UNREADABLE = 65


def register(app: typer.Typer) -> None:
    app.command("reextract", epilog="Example: policywatch reextract --dry-run")(reextract)


def reextract(
    context: typer.Context,
    keys: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY]...", help="Documents; all, if left out.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and tell, but store nothing.")] = False,
) -> None:
    """Read the stored pages of what stands again, as this version reads them; fetches and alerts nothing."""
    from storage.database import Database

    settings = context.obj.settings_if_asked()
    path = context.obj.database_path(settings)
    Database.open_as_it_is(path).close()  # an empty one is not made for this
    database = Database.open(path, read_only=dry_run)
    try:
        outcomes = _reread_all(database, settings, keys or [], dry_run=dry_run)
    finally:
        database.close()
    sys.stdout.write(_summary(outcomes))
    if outcomes["unreadable"]:
        raise typer.Exit(UNREADABLE)


def _reread_all(
    database: Database, settings: Settings | None, keys: Sequence[str], *, dry_run: bool
) -> Counter[str]:
    from monitor.alerting import Audience
    from monitor.extract.reader import PageReader
    from monitor.reextraction import Reextraction
    from monitor.watch import Watch

    selectors = _selectors(settings)
    chosen = _chosen(database, keys)
    outcomes: Counter[str] = Counter()
    with PageReader() as reader, progress_bar("reading") as progress:
        reextraction = Reextraction(database, reader.read, Watch([], Audience(), "off"), dry_run)
        for number, document in enumerate(chosen, 1):
            found = reextraction.run(document, selectors.get(_watched_key(document)))
            outcomes[found.outcome.value] += 1
            _tell(found)
            progress(number, len(chosen))
    return outcomes


def _selectors(settings: Settings | None) -> dict[str, ExtractOptions]:
    from monitor.extract.model import ExtractOptions

    targets = settings.targets if settings else ()
    return {target.key: ExtractOptions(target.select, target.remove) for target in targets}


def _watched_key(document: Document) -> str:
    """The key under which the configuration may name an imported document that made way for our own."""
    return document.key.removesuffix(f"/{document.origin}")


def _chosen(database: Database, keys: Sequence[str]) -> list[Document]:
    from monitor.errors import InputMissing
    from storage import documents

    with database.read() as transaction:
        every = documents.every(transaction)
    known = {document.key: document for document in every}
    if missing := [key for key in keys if key not in known]:
        raise InputMissing(f"there is no document {', '.join(missing)}; `policywatch documents` lists them")
    return [known[key] for key in keys] or every


def _tell(found: Reread) -> None:
    if found.outcome.value == "unreadable":
        sys.stderr.write(safe(f"left as it is: {found.document}: {found.reason}\n"))
    if found.outcome.value == "different":
        added, removed, edited, moved = found.counts
        sys.stdout.write(
            f"{found.document}: {added} added, {removed} removed, {edited} edited, {moved} moved\n"
        )


def _summary(outcomes: Counter[str]) -> str:
    return (
        f"{outcomes.total()} documents: {outcomes['different']} read differently now,"
        f" {outcomes['same']} as before, {outcomes['current']} were read so already,"
        f" {outcomes['no bytes']} have no stored pages, {outcomes['unreadable']} are left as they are\n"
    )
