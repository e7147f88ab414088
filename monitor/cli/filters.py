"""The filters that queries share."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from monitor.cli.context import Context
from storage.records import Severity

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
SinceOption = Annotated[str | None, typer.Option("--since", help="From this date or time on.")]
UntilOption = Annotated[str | None, typer.Option("--until", help="Up to this date (its end) or time.")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=1_000_000, help="At most so many.")]


def since(context: Context, text: str | None) -> datetime | None:
    from monitor.refs import parse_time

    return parse_time(text, context.zone()) if text else None


def until(context: Context, text: str | None) -> datetime | None:
    from monitor.refs import parse_time

    return parse_time(text, context.zone(), end_of_day=True) if text else None
