"""`policywatch run`: the daemon."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import typer

from monitor.errors import ConfigInvalid

if TYPE_CHECKING:
    from monitor.cli.context import Context
    from monitor.config import Settings
    from monitor.systemd import ServiceManager


def register(app: typer.Typer) -> None:
    app.command("run", epilog="Example: policywatch --config /etc/policywatch/config.toml run")(run)


def run(context: typer.Context) -> None:
    """Watch the documents until told to stop (SIGTERM or Ctrl-C). SIGHUP reloads the configuration."""
    from monitor.ending import leave_at_once_when_told
    from monitor.systemd import ServiceManager

    manager = ServiceManager.of(os.environ, os.getpid())
    leave_at_once_when_told(manager.stopping)
    try:
        _run(context.obj, manager)
    except Exception as error:
        manager.status(f"Ended: {error}")
        raise


def _run(given: Context, manager: ServiceManager) -> None:
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from monitor import daemon
    from monitor.log import Redactor, listen_to_libraries, make_log
    from storage.database import Database

    redactor = Redactor()

    def read() -> Settings:
        settings = given.settings()
        redactor.learn(secret.reveal() for secret in settings.secrets)
        return settings

    def reread() -> Settings:
        settings = read()
        if given.database_path(settings) != database.path:
            raise ConfigInvalid(
                f"storage.database is {database.path} until the next restart; restart to change it"
            )
        return settings

    settings = read()
    log = make_log(verbose=given.verbose, redactor=redactor)
    listen_to_libraries(log)
    # Elsewhere: while this thread waited for another writer itself, it could heed no signal.
    with ThreadPoolExecutor(1) as opening:
        database = opening.submit(Database.open, given.database_path(settings)).result()
    try:
        asyncio.run(daemon.run(settings, database, log, reread, manager))
    finally:
        database.close()
