"""`policywatch assess`: what the change between two files means, without any database."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.output import Format, chosen, print_json, print_rows, safe
from monitor.errors import InputMissing, InputUnreadable, UsageError
from monitor.keys import slug

if TYPE_CHECKING:
    from monitor.assess import Assessment
    from monitor.cli.context import Context
    from monitor.detect.compile import CompiledRule
    from monitor.detect.topics.model import Book
    from monitor.extract.model import Extraction

Row = dict[str, Any]

NO_CHANGE = 1


@dataclass(frozen=True, slots=True)
class _Pair:
    id: str
    before: Path | None
    after: Path
    language: str | None
    kind: str = ""


def register(app: typer.Typer) -> None:
    app.command("assess", epilog="Example: policywatch assess privacy-2024-08.html privacy-2024-09.html")(
        assess
    )


def assess(
    context: typer.Context,
    before: Annotated[Path | None, typer.Argument(help="An HTML, PDF, Markdown or text file.")] = None,
    after: Annotated[Path | None, typer.Argument(help="The same, as it reads now.")] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(
            "--pairs", help='A file of many, a JSON object a line: "id", "before", "after", "lang", "kind".'
        ),
    ] = None,
    language: Annotated[str | None, typer.Option("--language", help="Of the text, such as en or de.")] = None,
    output: Annotated[Format | None, typer.Option("--format", help="table, json, jsonl or csv.")] = None,
) -> None:
    """Say what changed from one file to another, and what that means. Exits with 1 where nothing differs."""
    if pairs is not None and (before or after):
        raise UsageError("name either two files or --pairs, not both")
    if pairs is None and (before is None or after is None):
        raise UsageError("name the file before and the file after, or --pairs FILE")
    desk = _Desk(context.obj)
    try:
        if pairs is not None:
            _print_all(desk, pairs, chosen(output))
        elif after is not None:
            _print_one(desk, _Pair(str(after), before, after, language), chosen(output))
    finally:
        desk.close()


def _print_all(desk: _Desk, pairs: Path, output: Format) -> None:
    rows = (desk.row(pair) for pair in _read_pairs(pairs))
    if output is Format.JSONL:
        for row in rows:
            print_rows([row], {}, Format.JSONL, empty="")
        return
    columns = {
        "ID": lambda row: row["id"],
        "ALERT": lambda row: "yes" if row["alert"] else "",
        "SEVERITY": lambda row: row["severity"] or "",
        "FINDINGS": lambda row: ", ".join(f"{each['topic']} {each['effect']}" for each in row["findings"]),
        "HELD": lambda row: row["held"] or "",
    }
    print_rows(list(rows), columns, output, empty="the file names no pair")


def _print_one(desk: _Desk, pair: _Pair, output: Format) -> None:
    row = desk.row(pair)
    if output is Format.TABLE:
        sys.stdout.write(safe("\n".join(_lines(row))) + "\n")
    elif output is Format.JSON:
        print_json(row)
    else:
        print_rows([row], {}, output, empty="")
    if not row["changed"]:
        raise typer.Exit(NO_CHANGE)


def _lines(row: Row) -> Iterator[str]:
    yield ", ".join(f"{row[fate]} clauses {fate}" for fate in ("added", "removed", "edited", "moved"))
    if row["held"]:
        yield f"Not taken for a change of the document: {row['held']}"
    for flag in row["flags"]:
        yield f"Flag: {flag}"
    for finding in row["findings"]:
        yield f"\n{finding['topic']}: {finding['effect']} ({finding['severity']})"
        yield f"  why     {finding['reason']}"
        if finding["heading"]:
            yield f"  under   {' > '.join(finding['heading'])}"
        if finding["before"]:
            yield f"  before  {finding['before']}"
        if finding["quote"]:
            yield f"  now     {finding['quote']}"
    if not row["held"]:
        yield "\nThis alerts." if row["alert"] else "\nThis alerts nobody."


class _Desk:
    """The rules in force, else the shipped ones, and a reader of files; each file is read once in a row."""

    def __init__(self, context: Context) -> None:
        from monitor.detect.compile import compile_rule
        from monitor.detect.rulebook import shipped_rules
        from monitor.detect.topics.table import shipped_books
        from monitor.extract.reader import PageReader

        settings = context.settings_if_asked()
        self._rules: list[CompiledRule] = [
            compile_rule(rule) for rule in (settings.rules if settings else shipped_rules())
        ]
        self._adjustments = settings.adjustments if settings else ()
        self._books: tuple[Book, ...] = settings.books if settings else shipped_books()
        self._pages = PageReader()
        self._read = lru_cache(maxsize=8)(self._extraction)

    def close(self) -> None:
        self._pages.close()

    def row(self, pair: _Pair) -> Row:
        """The record of a pair, with the names that programs rely on."""
        from monitor.assess import assess
        from monitor.detect.severity import Place

        before = self._read(pair.before) if pair.before else None
        after = self._read(pair.after)
        language = pair.language or after.language
        place = Place(kind=pair.kind)
        return _row(
            pair.id, assess(before, after, self._rules, self._books, language, place, self._adjustments)
        )

    def _extraction(self, path: Path) -> Extraction:
        """Text is read here; pages and printed ones are taken apart in a worker process."""
        from monitor.cli.page import source_of
        from monitor.extract.failures import ExtractionFailed, ExtractionRefused
        from monitor.extract.model import ExtractOptions
        from monitor.extract.read import extract

        source = source_of(path)
        try:
            if source.content_type in {"text/markdown", "text/plain"}:
                return extract(source)
            (extraction,) = self._pages.read([source], ExtractOptions())
        except (ExtractionRefused, ExtractionFailed) as error:
            raise InputUnreadable(f"{path}: {error.reason}") from error
        return extraction


def _row(pair_id: str, found: Assessment) -> Row:
    from monitor.diff.model import StepKind
    from monitor.views import finding_row

    return {
        "id": pair_id,
        "changed": found.changed,
        "alert": bool(found.told),
        "severity": found.severity.value if found.severity else None,
        "held": found.held,
        "flags": list(found.flags),
        "findings": [finding_row(finding) for finding in found.findings],
        "added": found.change.count(StepKind.ADDED),
        "removed": found.change.count(StepKind.REMOVED),
        "edited": found.change.count(StepKind.EDITED),
        "moved": found.change.count(StepKind.MOVED),
    }


def _read_pairs(path: Path) -> Iterator[_Pair]:
    """The pairs of a file; paths are those of the current directory."""
    try:
        file = path.open(encoding="utf-8")
    except FileNotFoundError:
        raise InputMissing(f"there is no file {path}") from None
    except OSError as error:
        raise InputUnreadable(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    with file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _parse_pair(f"{path}:{number}", line)


def _parse_pair(where: str, line: str) -> _Pair:
    try:
        row = json.loads(line)
        before, after, language = row.get("before"), row["after"], row.get("lang")
        known = language not in {None, "", "und"}
        return _Pair(
            str(row["id"]),
            Path(before) if before else None,
            Path(after),
            language if known else None,
            kind=slug(str(row.get("kind") or "")),
        )
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        raise InputUnreadable(
            f'{where}: this is no pair; a line is an object with "id", "before" (a path or null) and "after"'
        ) from None
