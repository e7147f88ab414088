"""`policywatch diff`: two versions of a document, clause by clause, words marked."""

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
    from monitor.diff.report import ChangedClause
    from monitor.history import Comparison

SAME = 1


class DiffFormat(StrEnum):
    TEXT = "text"
    HTML = "html"
    JSON = "json"


def register(app: typer.Typer) -> None:
    app.command("diff", epilog="Example: policywatch diff linkedin/privacy-policy 2024-08-01 2024-09-19")(diff)


def diff(
    context: typer.Context,
    key: Annotated[str, typer.Argument()],
    before: Annotated[str | None, typer.Argument(help="A number, latest, a date or a time.")] = None,
    after: Annotated[str | None, typer.Argument(help="The same; the latest, if left out.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Instead of BEFORE: what stood at the beginning of this day.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Instead of AFTER: what stood at the end of this day.")
    ] = None,
    timezone: TimezoneOption = None,
    output: Annotated[DiffFormat, typer.Option("--format", help="text, html or json.")] = DiffFormat.TEXT,
) -> None:
    """Compare two versions; left out, the latest with the one before. Exits with 1 where nothing differs."""
    from monitor.diff.report import changed_clauses
    from monitor.refs import Reference, parse, parse_time

    if (since or until) and (before or after):
        raise UsageError("name the two ends either as BEFORE AFTER or with --since and --until, not both")
    zone = zone_of(timezone)
    old = parse(before, zone) if before else None
    if since:
        old = Reference(at=parse_time(since, zone), text=since)
    new = parse(until or after or "latest", zone)
    with context.obj.history() as history:
        found = history.diff(key, old, new)
    clauses, facts = changed_clauses(found.change), _facts(found)
    if output is DiffFormat.JSON:
        print_json(facts | {"clauses": [_record(clause) for clause in clauses]})
    elif output is DiffFormat.HTML:
        from monitor.cli.diff_page import as_page

        sys.stdout.write(as_page(facts, clauses))
    else:
        _print_text(facts, clauses)
    if not clauses:
        raise typer.Exit(SAME)


def _facts(found: Comparison) -> dict[str, Any]:
    from monitor.views import iso

    return {
        "document": found.after.document.key,
        "before": {
            "version": found.before.version.number,
            "observed_until": iso(found.before.appearance.observed_until),
        },
        "after": {
            "version": found.after.version.number,
            "captured_at": iso(found.after.appearance.captured_at),
        },
    }


def _record(clause: ChangedClause) -> dict[str, Any]:
    return {
        "kind": clause.kind.value,
        "heading": list(clause.heading),
        "before": clause.before,
        "after": clause.after,
        "marked": clause.marked,
    }


def _print_text(facts: dict[str, Any], clauses: Sequence[ChangedClause]) -> None:
    before, after = facts["before"], facts["after"]
    sys.stdout.write(
        f"{facts['document']}: version {before['version']} (last seen {before['observed_until']})"
        f" -> version {after['version']} (first seen {after['captured_at']})\n"
    )
    heading: tuple[str, ...] | None = None
    for clause in clauses:
        if clause.heading != heading:
            heading = clause.heading
            sys.stdout.write("\n" + safe(" > ".join(heading) or "(no heading)") + "\n")
        sys.stdout.write(f"  {clause.kind.value}: {safe(clause.marked)}\n")
    if not clauses:
        sys.stdout.write("nothing differs\n")
