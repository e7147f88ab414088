"""`policywatch search`: where a wording stands or stood."""

from __future__ import annotations

import typer

from monitor.cli import filters, wording
from monitor.cli.output import FormatOption


def register(app: typer.Typer) -> None:
    app.command("search", epilog="Example: policywatch search '\"train artificial intelligence\"'")(search)


def search(
    context: typer.Context,
    words: wording.WordsArgument,
    service: filters.ServiceOption = None,
    kind: filters.KindOption = None,
    topic: wording.TopicOption = None,
    since: wording.SinceOption = None,
    until: wording.UntilOption = None,
    as_of: wording.AsOfOption = None,
    added_since: wording.AddedSinceOption = None,
    limit: filters.LimitOption = 20,
    output: FormatOption = None,
) -> None:
    """Find clauses, with when each was first and last seen and under which heading."""
    wanted = wording.wanted(service, kind, topic, since, until, as_of, added_since, limit)
    with context.obj.searches() as archive:
        hits = archive.search(" ".join(words), wanted)
    wording.print_hits(hits, limit, output)
