"""The filters that queries share."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from monitor.errors import UsageError
from storage.records import RecordFilter, Severity

ServiceOption = Annotated[
    str | None, typer.Option("--service", help="Only this service, by name or first part of the key.")
]
KindOption = Annotated[
    str | None, typer.Option("--kind", help="Only documents of this kind, such as privacy-policy.")
]
TopicOption = Annotated[
    str | None, typer.Option("--topic", help="Only with a finding on this topic, such as ai-training.")
]
SeverityOption = Annotated[Severity | None, typer.Option("--severity", help="Only this severe or more.")]
SinceOption = Annotated[str | None, typer.Option("--since", help="From this date (UTC) or time on.")]
UntilOption = Annotated[str | None, typer.Option("--until", help="Up to this date (its end in UTC) or time.")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=1_000_000, help="At most so many.")]


TimezoneOption = Annotated[
    str | None, typer.Option("--timezone", help="In which a date's begin and end are meant (default UTC).")
]


def zone_of(name: str | None) -> ZoneInfo | None:
    """The timezone of this IANA name.

    Raises:
        UsageError: there is none.
    """
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UsageError(f"--timezone {name!r} is not known; write a name such as Europe/Berlin") from error


def since(text: str | None) -> datetime | None:
    from monitor.refs import parse_time

    return parse_time(text) if text else None


def until(text: str | None) -> datetime | None:
    from monitor.refs import parse_time

    return parse_time(text, end_of_day=True) if text else None


def wanted(
    service: str | None,
    kind: str | None,
    topic: str | None,
    severity: Severity | None,
    begin: str | None,
    end: str | None,
) -> RecordFilter:
    """What the filters of `changes` and `alerts` ask for together."""
    return RecordFilter(service, kind, topic, severity, since(begin), until(end))
