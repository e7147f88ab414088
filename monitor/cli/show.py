"""`policywatch show`: what a document said at a time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.filters import TimezoneOption, zone_of
from monitor.cli.output import TextFormat, TextFormatOption, print_json, safe
from monitor.errors import UsageError

if TYPE_CHECKING:
    from storage.records import ClockState


def register(app: typer.Typer) -> None:
    app.command("show", epilog="Example: policywatch show linkedin/privacy-policy@2024-09-18")(show)


def show(
    context: typer.Context,
    reference: Annotated[
        str, typer.Argument(metavar="KEY[@REF]", help="REF: a number, latest, a date, or a time with offset.")
    ],
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="The same as @REF: what stood on this date or at this time.")
    ] = None,
    raw: Annotated[bool, typer.Option("--raw", help="The stored bytes, as they came.")] = False,
    timezone: TimezoneOption = None,
    output: TextFormatOption = TextFormat.TEXT,
) -> None:
    """Print the text of a document as of a version, date or time."""
    from monitor.refs import parse_key
    from monitor.views import text_row

    if as_of and "@" in reference:
        raise UsageError(f"{reference} names a version already; leave out --as-of")
    key, wanted = parse_key(f"{reference}@{as_of}" if as_of else reference, zone_of(timezone))
    with context.obj.history() as history:
        if raw:
            sys.stdout.buffer.write(history.raw(key, wanted))
            return
        found = history.text(key, wanted)
    facts = text_row(found)
    if output is TextFormat.JSON:
        print_json(facts)
        return
    sys.stdout.write(
        f"{found.document.key}, version {facts['version']}: first seen {facts['captured_at']},"
        f" last seen {facts['observed_until']}{_doubt(found.clock)}\n\n"
    )
    sys.stdout.write(safe(facts["text"]))


def _doubt(clock: ClockState) -> str:
    """What a reader of the times must know."""
    from storage.records import ClockState

    return "; the clock was not synchronised then" if clock is ClockState.UNSYNCED else ""
