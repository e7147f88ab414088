"""`policywatch links`: what watched documents link to and nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.output import FormatOption, Row, fields, print_rows, safe

if TYPE_CHECKING:
    from monitor.cli.context import Context
    from monitor.extract.model import Link, Source
    from monitor.extract.pool import ExtractionPool
    from monitor.history import History
    from storage.records import Appearance, Document, Version

COLUMNS = fields("document", "text", "url", "kind", "since_version", "since")


def register(app: typer.Typer) -> None:
    app.command("links", epilog="Example: policywatch links linkedin/privacy-policy")(links)


def links(
    context: typer.Context,
    key: Annotated[str | None, typer.Argument(help="A document; all that are watched, if left out.")] = None,
    output: FormatOption = None,
) -> None:
    """List policies, FAQ, help pages and settings that documents link to and that are not watched."""
    import asyncio

    with context.obj.history() as history:
        rows = asyncio.run(_rows(history, key, _watched(context.obj, history)))
    print_rows(rows, COLUMNS, output, empty="no page is linked to that should be watched and is not")


def _watched(given: Context, history: History) -> frozenset[str]:
    """Every address that the configuration names, if there is one, or a document of the archive has."""
    settings = None if given.database is not None and given.config is None else given.settings_if_any()
    configured = [url for target in settings.targets for url in target.urls] if settings else []
    archived = [url for state in history.documents() for url in state.document.urls]
    return frozenset(configured or archived)


async def _rows(history: History, key: str | None, watched: frozenset[str]) -> list[Row]:
    from monitor.extract.pool import ExtractionPool
    from storage.records import LIVE

    documents: dict[Document, list[tuple[Appearance, Version]]] = {}
    for document, appearance, version, _ in history.appearances(key):
        if key is not None or document.origin == LIVE:
            documents.setdefault(document, []).insert(0, (appearance, version))
    pool = ExtractionPool(workers=1)
    try:
        return [
            row
            for document, standing in documents.items()
            for row in await _rows_of(pool, history, document, standing, watched)
        ]
    finally:
        pool.close()


async def _rows_of(
    pool: ExtractionPool,
    history: History,
    document: Document,
    standing: Sequence[tuple[Appearance, Version]],
    watched: frozenset[str],
) -> list[Row]:
    """The rows of a document; `standing` are its appearances, the newest first."""
    from monitor.links import link_kind, linked_page, unwatched_links
    from monitor.views import iso

    newest = standing[0]
    found = await _links(pool, document, history.latest_pages(document) or history.pages(newest[1]))
    unwatched = {linked_page(link.url): link for link in unwatched_links(found or (), document.urls, watched)}
    since = dict.fromkeys(unwatched, newest[0])
    open_pages = set(unwatched)
    for appearance, version in standing:
        found = await _links(pool, document, history.pages(version)) if open_pages else None
        open_pages &= {linked_page(link.url) for link in found or ()}
        since |= dict.fromkeys(open_pages, appearance)
    return [
        {
            "document": document.key,
            "text": link.text,
            "url": link.url,
            "kind": link_kind(link),
            "since_version": since[page].number,
            "since": iso(since[page].captured_at),
        }
        for page, link in unwatched.items()
    ]


async def _links(pool: ExtractionPool, document: Document, pages: Sequence[Source]) -> list[Link] | None:
    """The links of all pages of a version, or None where one cannot be read any more."""
    from monitor.extract.failures import ExtractionFailed, ExtractionRefused

    try:
        return [link for page in pages for link in await pool.links(page)]
    except (ExtractionRefused, ExtractionFailed) as error:
        sys.stderr.write(safe(f"{document.key}: a stored page could not be read: {error.reason}\n"))
        return None
