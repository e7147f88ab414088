"""`policywatch metrics`: numbers for Prometheus."""

from __future__ import annotations

import sys
from pathlib import Path

import typer


def register(app: typer.Typer) -> None:
    app.command("metrics", epilog="Example: policywatch metrics > policywatch.prom")(metrics)


def metrics(context: typer.Context) -> None:
    """Print every metric in Prometheus' text format; the daemon itself listens on nothing."""
    from monitor.app import utc_now
    from monitor.exposition import exposition
    from monitor.readings import read

    path = context.obj.database_path()
    found = read(path, context.obj.paused(), utc_now(), running=_runs(path))
    sys.stdout.write(exposition(found))


def _runs(path: Path) -> bool:
    from monitor import lock

    try:
        return lock.holder(path) is not None
    except LookupError:  # held, by whomever
        return True
    except OSError:
        return False
