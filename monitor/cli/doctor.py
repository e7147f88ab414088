"""`policywatch doctor`: what is wrong, and what to do about it."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.output import TextFormat, TextFormatOption, plain, print_json
from monitor.errors import PolicywatchError

if TYPE_CHECKING:
    from monitor.cli.context import Context
    from monitor.config import Settings
    from monitor.doctor.examine import Check
    from monitor.doctor.model import Diagnosis

NEEDS_A_PERSON = 1
RESULT_WIDTH, CHECK_WIDTH = 8, 18


def register(app: typer.Typer) -> None:
    app.command("doctor", epilog="Example: policywatch doctor --offline")(doctor)


def doctor(
    context: typer.Context,
    backup: Annotated[
        Path | None, typer.Option("--backup", help="Open and verify this backup as well.")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Leave out what needs a network.")] = False,
    output: TextFormatOption = TextFormat.TEXT,
) -> None:
    """Examine configuration, database, machine, channels and documents. Exits with 1 if it needs a person."""
    import asyncio

    from monitor.doctor.model import Result

    found = asyncio.run(_examined(context.obj, backup, offline=offline))
    if output is TextFormat.JSON:
        print_json([_row(diagnosis) for diagnosis in found])
    else:
        width = shutil.get_terminal_size().columns
        sys.stdout.write("".join(f"{line}\n" for each in found for line in _lines(each, width)))
    if any(diagnosis.result is Result.ERROR for diagnosis in found):
        raise typer.Exit(NEEDS_A_PERSON)


async def _examined(given: Context, backup: Path | None, *, offline: bool) -> list[Diagnosis]:
    from monitor.doctor import plan
    from monitor.doctor.examine import examine

    settings, error = _settings(given)
    checks: list[Check] = []
    if given.database is not None or settings is not None:
        checks += plan.of_database(given.database_path(settings), settings)
    if backup is not None:
        checks.append(plan.of_backup(backup))
    if settings is not None and not offline:
        checks += plan.of_network(settings)
    return [plan.of_configuration(settings, error), *await examine(checks)]


def _settings(given: Context) -> tuple[Settings | None, PolicywatchError | None]:
    try:
        settings = given.settings_if_any() if given.database is not None else given.settings()
    except PolicywatchError as error:
        return None, error
    return settings, None


def _row(diagnosis: Diagnosis) -> dict[str, object]:
    return {
        "check": diagnosis.check,
        "result": diagnosis.result.value,
        "found": diagnosis.found,
        "advice": diagnosis.advice or None,
        "details": list(diagnosis.details),
    }


def _lines(diagnosis: Diagnosis, width: int) -> Sequence[str]:
    """The row as text of others can stand in it: one paragraph each, in the column beside result and name."""
    column = RESULT_WIDTH + CHECK_WIDTH
    paragraphs = [diagnosis.found, *(f"- {detail}" for detail in diagnosis.details)]
    if diagnosis.advice:
        paragraphs.append(f"> {diagnosis.advice}")
    beside = textwrap.TextWrapper(max(width, 60) - column, subsequent_indent="  ", break_on_hyphens=False)
    told = [line for paragraph in paragraphs for line in beside.wrap(plain(paragraph))]
    head = f"{diagnosis.result.value:<{RESULT_WIDTH}}{plain(diagnosis.check):<{CHECK_WIDTH}}"
    return [head + told[0], *(" " * column + line for line in told[1:])]
