"""`policywatch validate`: every problem of the configuration at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from monitor.config import Settings


def register(app: typer.Typer) -> None:
    app.command("validate", epilog="Example: policywatch --config /etc/policywatch/config.toml validate")(
        validate
    )


def validate(context: typer.Context) -> None:
    """Report all problems of the configuration as `file:line: message`; exits with 78 if there are any."""
    settings = context.obj.settings()
    for warning in settings.warnings:
        sys.stderr.write(f"{warning}\n")
    for line in _missing_browser(settings):
        sys.stderr.write(f"{line}\n")
    sys.stdout.write(
        f"the configuration is fine: {_count(len(settings.targets), 'document')},"
        f" {_count(len(settings.rules), 'rule')}, {_count(len(settings.channels), 'channel')},"
        f" {_count(len(settings.routes), 'route')}\n"
    )


def _missing_browser(settings: Settings) -> Iterator[str]:
    """A line for each document that this machine cannot open; another machine may, so it is no problem."""
    from monitor.fetch.browser.renderer import browser_problem

    wanting = [target.key for target in settings.targets if target.browser]
    problem = browser_problem() if wanting else None
    if problem is not None:
        yield from (f"{key} is to be opened in a browser, and {problem}" for key in wanting)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
