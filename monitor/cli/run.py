"""`policywatch run`: the daemon."""

from __future__ import annotations

import asyncio

import typer


def register(app: typer.Typer) -> None:
    app.command("run", epilog="Example: policywatch --config /etc/policywatch/config.toml run")(run)


def run(context: typer.Context) -> None:
    """Watch the configured documents until told to stop (SIGTERM or Ctrl-C)."""
    from monitor import daemon
    from monitor.log import make_log
    from storage.database import Database

    settings = context.obj.settings()
    database = Database.open(context.obj.database_path(settings))
    try:
        asyncio.run(daemon.run(settings, database, make_log(verbose=context.obj.verbose)))
    finally:
        database.close()
