"""`policywatch init`: a first configuration, with a starter list of documents."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.output import safe
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.config import Settings


def register(app: typer.Typer) -> None:
    app.command("init", epilog="Example: policywatch init watch --contact privacy-team@example.com")(init)


def init(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER]", help="Where config.toml is written; here, if left out.")
    ] = None,
    contact: Annotated[
        str | None,
        typer.Option("--contact", help="E-mail address: told to the watched sites, and gets the alerts."),
    ] = None,
    mail_host: Annotated[str, typer.Option("--mail-host", help="The mail server.")] = "localhost",
) -> None:
    """Write config.toml and, in conf.d/, a list of well-known policies and FAQ pages. Overwrites nothing."""
    from monitor.config.first import write_first_config
    from monitor.config.types import is_mail_address

    named: Path | None = context.obj.config
    if folder is not None and named is not None:
        raise UsageError("name the place once, as FOLDER or with --config")
    contact = contact or _asked()
    if not is_mail_address(contact):
        raise UsageError(f"--contact {contact!r} is not an e-mail address")
    config = named or (folder or Path()) / "config.toml"
    settings = write_first_config(config, contact, mail_host, os.environ)
    sys.stdout.write(safe("\n".join(_next_steps(config, settings, mail_host))) + "\n")


def _asked() -> str:
    if not sys.stdin.isatty():
        raise UsageError("name your team's e-mail address with --contact; the watched sites are told it")
    return str(typer.prompt("E-mail address of your team, told to the watched sites and sent the alerts"))


def _next_steps(config: Path, settings: Settings, mail_host: str) -> Iterator[str]:
    from monitor.config.files import CONF_D
    from monitor.config.first import STARTER

    services = len({target.service_id for target in settings.targets})
    yield f"written: {config}"
    yield f"written: {config.parent / CONF_D / STARTER}"
    yield f"They are valid, and name {len(settings.targets)} documents of {services} services."
    yield f"Mail is to go through {mail_host}; nothing was tried yet. Next:"
    named = "" if config == Path("config.toml") else f" --config {config}"
    for purpose, command in (
        ("does mail arrive?", "test team-mail"),
        ("which pages answer?", "check --dry-run"),
        ("watch another page", "add URL"),
        ("after every edit", "validate"),
        ("watch them all", "run"),
    ):
        yield f"  {purpose:<22}policywatch{named} {command}"
