"""`policywatch backtest`: what rules would have alerted on in all of history."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import filters
from monitor.cli.context import Context
from monitor.cli.output import Columns, Format, FormatOption, Row, chosen, fields, print_rows
from monitor.cli.progress import progress_bar

if TYPE_CHECKING:
    from monitor.backtest import Asking, Span
    from monitor.tally import Tally
    from storage.records import Document

NOTHING = 1

_QUOTED = 60
"""Characters of a quote that a table shows."""

_FEW = 20
"""Up to so many documents one process is done before others have begun."""

_ALERTS: Columns = {
    "date": lambda row: row["captured_at"][:10],
    **fields("document", "rule", "effect", "severity"),
    "quote": lambda row: _short(row["quote"] or row["before"] or ""),
    "reason": itemgetter("reason"),
}
_RULES = fields("rule", "alerts", "per_1000_changes", "findings", "documents", "first", "last")


def register(app: typer.Typer) -> None:
    app.command("backtest", epilog="Example: policywatch backtest --rules my-rules.toml --since 2023-01-01")(
        backtest
    )


def backtest(
    context: typer.Context,
    rules: Annotated[
        Path | None,
        typer.Option("--rules", metavar="FILE", help="A TOML file with [[rules]] (else those in force)."),
    ] = None,
    service: filters.ServiceOption = None,
    kind: filters.KindOption = None,
    topic: Annotated[
        str | None, typer.Option("--topic", help="Only rules on this topic, such as ai-training.")
    ] = None,
    since: filters.SinceOption = None,
    until: filters.UntilOption = None,
    summary: Annotated[bool, typer.Option("--summary", help="Only tell how often each rule fires.")] = False,
    limit: filters.LimitOption = 1000,
    output: FormatOption = None,
) -> None:
    """Run rules over every recorded change: what would have alerted, when and why. Nothing is stored."""
    from monitor.backtest import Span

    asking = _narrowed(_in_force(context.obj, rules), topic)
    span = Span(filters.since(since), filters.until(until))
    tally = _run(context.obj, asking, service, kind, span, limit)
    if tally.alerts and not summary:
        _print_alerts(tally, limit, output)
    if summary or (tally.alerts and chosen(output) is Format.TABLE):
        print_rows(_by_rule(tally), _RULES, output, empty="there is no rule to ask")
    sys.stderr.write(
        f"{tally.alerts} of {tally.news} changes in {tally.documents} documents would have alerted\n"
    )
    if not tally.alerts:
        raise typer.Exit(NOTHING)


def _in_force(context: Context, file: Path | None) -> Asking:
    """Rules and topics of `file`, else those that the configuration has in force, else the shipped ones."""
    from monitor.backtest import Asking
    from monitor.config.load import load_rules
    from monitor.detect.rulebook import shipped_rules
    from monitor.detect.topics.table import shipped_books

    settings = context.settings_if_asked()
    if file is not None:
        rules, books = load_rules(file)
    else:
        rules, books = (settings.rules, settings.books) if settings else (shipped_rules(), shipped_books())
    topics = tuple(dict.fromkeys(book.topic for book in books))
    return Asking(rules, topics, settings.adjustments if settings else ())


def _narrowed(asking: Asking, topic: str | None) -> Asking:
    if topic is None:
        return asking
    return replace(
        asking,
        rules=[rule for rule in asking.rules if rule.topic == topic],
        topics=[each for each in asking.topics if each == topic],
    )


def _run(
    context: Context, asking: Asking, service: str | None, kind: str | None, span: Span, limit: int
) -> Tally:
    from monitor.backtest import backtest as run
    from monitor.tally import Tally
    from storage import documents
    from storage.database import Database

    tally = Tally([*asking.topics, *(rule.id for rule in asking.rules)], limit)
    database = Database.open(context.database_path(), read_only=True)
    try:
        with database.read() as transaction:
            found: list[Document] = documents.every(transaction, service=service, kind=kind)
        workers = len(os.sched_getaffinity(0)) if len(found) > _FEW else 1
        with progress_bar("judging") as progress:
            for replayed in run(database, found, asking, span, workers=workers, progress=progress):
                tally.add(replayed.news, replayed.fired)
    finally:
        database.close()
    return tally


def _print_alerts(tally: Tally, limit: int, output: Format | None) -> None:
    """One record an alert; in a table and in CSV a line a finding."""
    from monitor.views import change_row

    rows: list[Row] = [change_row(change) for change in tally.newest()]
    if chosen(output) in (Format.TABLE, Format.CSV):
        rows = [_flat(row, finding) for row in rows for finding in row["findings"]]
    print_rows(rows, _ALERTS, output, empty="")
    if tally.alerts > limit:
        sys.stderr.write(f"the newest {limit} alerts of {tally.alerts} are listed; --limit lists more\n")


def _flat(change: Row, finding: Mapping[str, Any]) -> Row:
    facts = {name: change[name] for name in ("captured_at", "document", "number", "previous", "flags")}
    return facts | dict(finding)


def _by_rule(tally: Tally) -> list[Row]:
    from monitor.views import iso

    return [
        {
            "rule": rule.rule,
            "alerts": rule.alerts,
            "per_1000_changes": tally.per_thousand(rule),
            "findings": rule.findings,
            "documents": len(rule.documents),
            "first": iso(rule.first),
            "last": iso(rule.last),
        }
        for rule in tally.rules.values()
    ]


def _short(quote: str) -> str:
    return quote if len(quote) <= _QUOTED else quote[: _QUOTED - 1].rstrip() + "\u2026"
