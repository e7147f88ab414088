"""`policywatch extract`: what we read in a page, clause by clause, what was set aside and why."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.output import NOTHING_FOUND, Format, print_json, print_rows, safe

if TYPE_CHECKING:
    from monitor.cli.context import Context
    from monitor.cli.page import Page
    from monitor.config import Settings

Row = dict[str, Any]


class ExtractFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"


REASONS = {
    "navigation": "in the navigation of the page",
    "header": "in the header of the page",
    "footer": "in the footer of the page",
    "aside": "marked as beside the text",
    "dialog": "in a dialog or banner that opens over the page",
    "search": "in a search form",
    "field": "in a field to write in",
    "aid": "of use to those who use the page: around a field to write in, or said by screen readers",
    "no-script": "for browsers without JavaScript",
    "fallback": "shown where an embedded document is not",
    "hidden": "hidden, and nothing on the page opens it",
    "outside-main": "outside of the page's main part",
    "links": "nothing but links, or nearly",
    "button": "the label of a button",
    "label": "a few words without a sentence",
    "running": "at the head or foot of the printed pages, or on their edges",
    "contents": "in a printed table of contents",
}
"""What each reason is called when we speak to people."""

_LABELS = {"paragraph": "¶", "list-item": "-", "table-row": "|"}


def register(app: typer.Typer) -> None:
    app.command("extract", epilog="Example: policywatch extract https://www.example.com/legal/privacy")(extract)


def extract(
    context: typer.Context,
    where: Annotated[
        str, typer.Argument(metavar="FILE|URL", help="An HTML, Markdown or text file, or a page.")
    ],
    select: Annotated[
        list[str] | None, typer.Option("--select", help="Read only what this CSS selector matches; repeatable.")
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", help="Leave out what this CSS selector matches; repeatable.")
    ] = None,
    output: Annotated[
        ExtractFormat, typer.Option("--format", help="text, json, or jsonl with one clause a line.")
    ] = ExtractFormat.TEXT,
) -> None:
    """Show what we read in a page, and what was set aside and why. Exits with 1 if that leaves nothing."""
    from monitor.cli.page import read_page
    from monitor.extract.model import ExtractOptions

    options = ExtractOptions(tuple(select or ()), tuple(remove or ()))
    page = read_page(where, _settings(context.obj, where), options)
    rows = list(_clause_rows(page))
    if output is ExtractFormat.JSON:
        print_json(facts(page) | {"clauses": rows})
    elif output is ExtractFormat.JSONL:
        print_rows(rows, {}, Format.JSONL, empty="the page holds no text")
    else:
        sys.stdout.write(safe("\n".join(_text(page, rows))) + "\n")
    if all(row["soft"] for row in rows):
        sys.stderr.write("nothing on the page counts as its text\n")
        raise typer.Exit(NOTHING_FOUND)


def _settings(given: Context, where: str) -> Settings:
    """How pages are fetched: as configured, else by the defaults; a file needs neither."""
    import os

    from monitor.cli.page import is_address
    from monitor.config import default_settings

    found = given.settings_if_any() if is_address(where) else None
    return found or default_settings(os.environ)


def facts(page: Page) -> Row:
    """What is known of the page as a whole, with the names that programs rely on."""
    from monitor.clauses import count_words
    from monitor.views import iso

    reading, extraction = page.reading, page.reading.extraction
    return {
        "address": page.address,
        "title": extraction.title,
        "language": extraction.language,
        "stated_date": iso(extraction.stated_date),
        "effective_date": iso(extraction.effective_date),
        "words": count_words(extraction.clauses),
        "page_kind": reading.page_kind,
        "charset": reading.charset,
        "extractor": extraction.extractor,
        "fingerprint": extraction.fingerprint,
        "warnings": list(extraction.warnings),
    }


def _clause_rows(page: Page) -> Iterator[Row]:
    from monitor.clauses import heading_paths

    clauses = page.reading.extraction.clauses
    for index, (clause, path) in enumerate(zip(clauses, heading_paths(clauses), strict=True)):
        yield {
            "clause": clause.text,
            "kind": clause.kind.value,
            "level": clause.level,
            "opens_block": clause.opens_block,
            "heading": list(path),
            "soft": clause.soft,
            "reason": page.reading.set_aside.get(index),
        }


def _text(page: Page, rows: Sequence[Row]) -> Iterator[str]:
    hard = [row for row in rows if not row["soft"]]
    soft = [row for row in rows if row["soft"]]
    known = facts(page)
    for name in ("address", "title", "language", "stated_date", "effective_date", "page_kind", "charset"):
        yield f"{name.replace('_', ' ') + ':':<16}{known[name] or 'not stated'}"
    for warning in known["warnings"]:
        yield f"{'warning:':<16}{warning}"
    yield f"\nRead as its text: {known['words']:,} words in {len(hard):,} clauses"
    yield from map(_line, hard)
    if soft:
        yield f"\nSet aside, outside of comparisons and alerts: {len(soft):,} clauses"
    for reason in dict.fromkeys(row["reason"] for row in soft):
        yield f"\n  {REASONS.get(reason, 'for no reason that is kept')}:"
        yield from (f"    {row['clause']}" for row in soft if row["reason"] == reason)


def _line(row: Row) -> str:
    """A clause behind what it is: `h2`, `-` for an item at its depth, `|` for a row, `¶` for a paragraph."""
    if row["kind"] == "heading":
        return f"\nh{row['level']}  {row['clause']}"
    indent = "  " * max(0, row["level"] - 1)
    label = _LABELS[row["kind"]] if row["opens_block"] else " "
    return f"    {indent}{label} {row['clause']}"
