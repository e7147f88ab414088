"""`policywatch diff`: two versions of a document, clause by clause, words marked."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.output import print_json, safe
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.history import Comparison

SAME = 1


class DiffFormat(StrEnum):
    TEXT = "text"
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
    output: Annotated[DiffFormat, typer.Option("--format", help="text or json.")] = DiffFormat.TEXT,
) -> None:
    """Compare two versions; left out, the latest with the one before. Exits with 1 where nothing differs."""
    from monitor.refs import Reference, parse, parse_time

    if (since or until) and (before or after):
        raise UsageError("name the two ends either as BEFORE AFTER or with --since and --until, not both")
    zone = context.obj.zone()
    old = (
        Reference(at=parse_time(since, zone), text=since) if since else parse(before, zone) if before else None
    )
    new = (
        Reference(at=parse_time(until, zone, end_of_day=True), text=until)
        if until
        else parse(after or "latest", zone)
    )
    with context.obj.history() as history:
        found = history.diff(key, old, new)
    rows = changed_clauses(found)
    if output is DiffFormat.JSON:
        print_json(_facts(found) | {"clauses": rows})
    else:
        _print_text(found, rows)
    if not rows:
        raise typer.Exit(SAME)


def changed_clauses(found: Comparison) -> list[dict[str, Any]]:
    """Every clause that did not stay, in reading order, with the headings above it and its words marked."""
    from monitor.clauses import heading_paths
    from monitor.diff.model import StepKind
    from monitor.diff.render import in_plain_text
    from monitor.diff.words import mark

    change = found.change
    old_paths, new_paths = heading_paths(change.before), heading_paths(change.after)
    rows = []
    for step in change.steps:
        if step.kind is StepKind.KEPT or change.is_soft(step):
            continue
        before = change.before[step.before].text if step.before is not None else None
        after = change.after[step.after].text if step.after is not None else None
        path = new_paths[step.after] if step.after is not None else old_paths[step.before or 0]
        marked = in_plain_text(mark(before or "", after or "")) if step.kind is not StepKind.MOVED else after
        rows.append(
            {"kind": step.kind.value, "heading": list(path), "before": before, "after": after, "marked": marked}
        )
    return rows


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


def _print_text(found: Comparison, rows: list[dict[str, Any]]) -> None:
    facts = _facts(found)
    before, after = facts["before"], facts["after"]
    sys.stdout.write(
        f"{facts['document']}: version {before['version']} (last seen {before['observed_until']})"
        f" -> version {after['version']} (first seen {after['captured_at']})\n"
    )
    heading: list[str] | None = None
    for row in rows:
        if row["heading"] != heading:
            heading = row["heading"]
            sys.stdout.write("\n" + safe(" > ".join(heading) or "(no heading)") + "\n")
        sys.stdout.write(f"  {row['kind']}: {safe(row['marked'])}\n")
    if not rows:
        sys.stdout.write("nothing differs\n")
