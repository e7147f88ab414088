"""`policywatch validate`: every problem of the configuration at once."""

from __future__ import annotations

import sys

import typer


def register(app: typer.Typer) -> None:
    app.command("validate", epilog="Example: policywatch --config /etc/policywatch/config.toml validate")(
        validate
    )


def validate(context: typer.Context) -> None:
    """Report all problems of the configuration as `file:line: message`; exits with 78 if there are any."""
    settings = context.obj.settings()
    for warning in settings.warnings:
        sys.stderr.write(f"{warning}\n")
    sys.stdout.write(
        f"the configuration is fine: {_count(len(settings.targets), 'document')},"
        f" {_count(len(settings.rules), 'rule')}, {_count(len(settings.channels), 'channel')},"
        f" {_count(len(settings.routes), 'route')}\n"
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
