"""`policywatch timeline`: in which months a wording came and went."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import filters, wording
from monitor.cli.output import Format, FormatOption, chosen, print_rows, safe
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.searches import Month

DRAWN = (".svg", ".png")


def register(app: typer.Typer) -> None:
    app.command(
        "timeline", epilog="Example: policywatch timeline '\"artificial intelligence\"' --out chart.svg"
    )(timeline)


def timeline(
    context: typer.Context,
    words: wording.WordsArgument,
    service: filters.ServiceOption = None,
    kind: filters.KindOption = None,
    topic: wording.TopicOption = None,
    since: wording.SinceOption = None,
    until: wording.UntilOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Draw it into this file, by its ending SVG or PNG.")
    ] = None,
    output: FormatOption = None,
) -> None:
    """Count the clauses that say it as they came and went, by month and service."""
    from monitor.rows import month_row

    if out is not None and out.suffix.lower() not in DRAWN:
        raise UsageError(f"--out {out}: the name must end in .svg or .png")
    query = " ".join(words)
    with context.obj.searches() as archive:
        months = archive.timeline(query, wording.wanted(service, kind, topic, since, until))
    if out is not None and months:
        _draw(out, query, months)
    elif months and chosen(output) is Format.TABLE:
        from monitor.chart.terminal import as_text

        sys.stdout.write(safe(as_text(months)))
    else:
        print_rows([month_row(month) for month in months], {}, output, empty=wording.NOTHING)


def _draw(out: Path, wording: str, months: Sequence[Month]) -> None:
    from monitor.chart.drawing import draw
    from monitor.paper import as_png, as_svg

    drawing = draw(wording, months)
    out.write_bytes(as_svg(drawing).encode() if out.suffix.lower() == ".svg" else as_png(drawing))
    sys.stderr.write(f"drawn: {out}\n")
