"""`policywatch diff`: two versions or two documents, clause by clause, words marked."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.filters import TimezoneOption, zone_of
from monitor.cli.output import print_json, safe
from monitor.errors import UsageError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from monitor.diff.report import ChangedClause
    from monitor.history import Comparison, History

SAME = 1


class DiffFormat(StrEnum):
    TEXT = "text"
    HTML = "html"
    JSON = "json"


def register(app: typer.Typer) -> None:
    app.command("diff", epilog="Example: policywatch diff linkedin/privacy-policy 2024-08-01 2024-09-19")(diff)


def diff(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="KEY[@REF]", help="REF: a number, latest, a date or a time.")],
    before: Annotated[
        str | None, typer.Argument(metavar="[A | KEY[@REF]]", help="The older version, or another document.")
    ] = None,
    after: Annotated[
        str | None, typer.Argument(metavar="[B]", help="The newer version; the latest, if left out.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Instead of A: what stood at the beginning of this day.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Instead of B: what stood at the end of this day.")
    ] = None,
    timezone: TimezoneOption = None,
    output: Annotated[DiffFormat, typer.Option("--format", help="text, html or json.")] = DiffFormat.TEXT,
) -> None:
    """Compare two versions of a document, or two documents; alone, the latest with the one before.

    Exits with 1 where nothing differs.
    """
    from monitor.refs import is_key
    from monitor.views import changed_clause_row, comparison_row

    if (since or until) and (before or after or "@" in key):
        raise UsageError("name the two ends either as A and B or with --since and --until, not both")
    zone = zone_of(timezone)
    with context.obj.history() as history:
        if before is not None and is_key(before):
            found = _of_two(history, key, before, after, zone)
        else:
            found = _of_one(history, key, (before, after), (since, until), zone)
    clauses, facts = found.clauses, comparison_row(found)
    if output is DiffFormat.JSON:
        print_json(facts | {"clauses": [changed_clause_row(clause) for clause in clauses]})
    elif output is DiffFormat.HTML:
        from monitor.diff_page import as_page

        sys.stdout.write(as_page(facts, clauses))
    else:
        _print_text(facts, clauses)
    if not clauses:
        raise typer.Exit(SAME)


def _of_two(history: History, first: str, second: str, third: str | None, zone: ZoneInfo | None) -> Comparison:
    from monitor.refs import parse_key

    if third is not None:
        raise UsageError(f"{third}: two documents are compared as KEY@REF KEY@REF, with nothing behind them")
    return history.compare(*parse_key(first, zone), *parse_key(second, zone))


def _of_one(
    history: History,
    name: str,
    ends: tuple[str | None, str | None],
    days: tuple[str | None, str | None],
    zone: ZoneInfo | None,
) -> Comparison:
    """KEY A B, KEY@A B, or KEY with days."""
    from monitor.refs import Reference, parse, parse_time

    key, at, reference = name.partition("@")
    if at and ends[1] is not None:
        raise UsageError(f"{name} and two more versions are three; name two")
    before, after = (reference, ends[0]) if at else ends
    since, until = days
    old = parse(before, zone) if before is not None else None
    if since:
        old = Reference(at=parse_time(since, zone), text=since)
    return history.diff(key, old, parse(until or after or "latest", zone))


def _print_text(facts: dict[str, Any], clauses: Sequence[ChangedClause]) -> None:
    before, after = facts["before"], facts["after"]
    other = f"{after['document']}: " if after["document"] != before["document"] else ""
    sys.stdout.write(
        f"{before['document']}: version {before['version']} (last seen {before['observed_until']})"
        f" -> {other}version {after['version']} (first seen {after['captured_at']})\n"
    )
    heading: tuple[str, ...] | None = None
    for clause in clauses:
        if clause.heading != heading:
            heading = clause.heading
            sys.stdout.write("\n" + safe(" > ".join(heading) or "(no heading)") + "\n")
        sys.stdout.write(f"  {clause.kind.value}: {safe(clause.marked)}\n")
    if not clauses:
        sys.stdout.write("nothing differs\n")
