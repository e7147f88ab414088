"""`policywatch report`: what happened in a while, and what is open at its end."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import filters
from monitor.cli.output import safe
from monitor.errors import UsageError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from monitor.messages.report import Report


class ReportFormat(StrEnum):
    TEXT = "text"
    HTML = "html"
    CSV = "csv"
    ICS = "ics"
    JSON = "json"


def register(app: typer.Typer) -> None:
    app.command("report", epilog="Example: policywatch report --week --format html --out week.html")(report)


def report(
    context: typer.Context,
    week: Annotated[
        bool, typer.Option("--week", help="The last whole week, Monday to Monday in your timezone.")
    ] = False,
    since: filters.SinceOption = None,
    until: filters.UntilOption = None,
    output: Annotated[
        ReportFormat, typer.Option("--format", help="text, html, csv, ics (deadlines for a calendar) or json.")
    ] = ReportFormat.TEXT,
    out: Annotated[Path | None, typer.Option("--out", help="Write it into this file.")] = None,
) -> None:
    """Tell what changed, what is coming and what could not be seen or told; the last seven days by default."""
    from monitor.app import utc_now

    if week and (since or until):
        raise UsageError("--week names a time already; leave out --since and --until")
    settings = context.obj.settings_if_any()
    zone = settings.timezone if settings else None
    begin, end = _time(utc_now(), zone, since, until, week=week)
    if begin >= end:
        raise UsageError("--since must lie before --until")
    with context.obj.history() as history:
        found = history.report(begin, end)
    written = _written(found, str(zone or "UTC"), output)
    if out is not None:
        out.write_bytes(written)
        sys.stderr.write(f"written: {out}\n")
    elif output is ReportFormat.TEXT:
        sys.stdout.write(safe(written.decode()))
    else:
        sys.stdout.write(written.decode())


def _time(
    now: datetime, zone: ZoneInfo | None, since: str | None, until: str | None, *, week: bool
) -> tuple[datetime, datetime]:
    if week:
        today = now.astimezone(zone or UTC).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        monday = today - timedelta(days=today.weekday())
        return (monday - timedelta(weeks=1)).astimezone(UTC), monday.astimezone(UTC)
    end = filters.until(until) or now
    return filters.since(since) or end - timedelta(weeks=1), end


def _written(report: Report, timezone: str, output: ReportFormat) -> bytes:
    import json

    from monitor.messages import render_report, rows_of_report
    from monitor.messages.model import Envelope, ReportNotice

    first, last = report.since.date().isoformat(), report.until.date().isoformat()
    notice = ReportNotice(f"Policies from {first} to {last}", report)
    envelope = Envelope("", "", "", report.until, timezone)
    if output is ReportFormat.JSON:
        return (json.dumps(rows_of_report(report), ensure_ascii=True, indent=2) + "\n").encode()
    files = render_report(notice, envelope)
    if output is ReportFormat.ICS:
        return files.calendar
    texts = {ReportFormat.TEXT: files.text, ReportFormat.HTML: files.html, ReportFormat.CSV: files.csv}
    return texts[output].encode("utf-8", "replace")
