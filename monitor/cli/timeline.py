"""`policywatch timeline`: in which months a wording came and went."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli import filters, wording
from monitor.cli.output import Format, FormatOption, chosen, print_rows, safe


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

    query = " ".join(words)
    with context.obj.searches() as archive:
        months = archive.timeline(query, wording.wanted(service, kind, topic, since, until))
    if out is not None and months:
        from monitor.chart.files import write_chart

        write_chart(out, query, months)
        sys.stderr.write(f"drawn: {out}\n")
    elif months and chosen(output) is Format.TABLE:
        from monitor.chart.terminal import as_text

        sys.stdout.write(safe(as_text(months)))
    else:
        print_rows([month_row(month) for month in months], {}, output, empty=wording.NOTHING)
