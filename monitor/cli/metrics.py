"""`policywatch metrics`: numbers for Prometheus."""

from __future__ import annotations

import sys

import typer


def register(app: typer.Typer) -> None:
    app.command("metrics", epilog="Example: policywatch metrics > policywatch.prom")(metrics)


def metrics(context: typer.Context) -> None:
    """Print every metric in Prometheus' text format; the daemon itself listens on nothing."""
    from monitor.app import utc_now
    from monitor.exposition import exposition
    from monitor.readings import read, runs

    path = context.obj.database_path()
    found = read(path, context.obj.paused(), utc_now(), running=runs(path))
    sys.stdout.write(exposition(found))
