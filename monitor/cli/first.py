"""`policywatch first`: which documents said it first."""

from __future__ import annotations

import typer

from monitor.cli import filters, wording
from monitor.cli.output import FormatOption


def register(app: typer.Typer) -> None:
    app.command("first", epilog="Example: policywatch first '\"train artificial intelligence\"'")(first)


def first(
    context: typer.Context,
    words: wording.WordsArgument,
    service: filters.ServiceOption = None,
    kind: filters.KindOption = None,
    topic: wording.TopicOption = None,
    since: wording.SinceOption = None,
    until: wording.UntilOption = None,
    limit: filters.LimitOption = 10,
    output: FormatOption = None,
) -> None:
    """List the documents that ever said it, the earliest first, each with the clause that said it first."""
    wanted = wording.wanted(service, kind, topic, since, until, limit=limit)
    with context.obj.searches() as archive:
        hits = archive.first(" ".join(words), wanted)
    wording.print_hits(hits, limit, output)
