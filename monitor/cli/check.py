"""`policywatch check`: look now, once."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.output import safe
from monitor.errors import TryLater, UsageError

if TYPE_CHECKING:
    import asyncio

    from monitor.app import App
    from monitor.config import Settings, Target
    from monitor.log import Log
    from monitor.looks import Report
    from storage.database import Database

SOMETHING_FAILED = 1
LONGEST_WAIT_SECONDS = 120.0
"""For the second look that confirms a new text; a longer wait is left to the daemon or the next `check`."""


def register(app: typer.Typer) -> None:
    app.command("check", epilog="Example: policywatch check linkedin/privacy-policy --dry-run")(check)


def check(
    context: typer.Context,
    keys: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY]...", help="Documents; all, if left out.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Look and tell, but store and send nothing.")
    ] = False,
) -> None:
    """Check documents now and deliver what comes of it. Exits with 1 if one could not be read."""
    import asyncio

    from monitor.log import make_log

    settings = context.obj.settings()
    targets = _chosen(settings, keys or [])
    log = make_log(verbose=context.obj.verbose)
    with _opened(context.obj.database_path(settings), dry_run=dry_run) as database:
        reports = asyncio.run(_check(settings, targets, database, log, dry_run))
    if any(report.outcome.value in ("failed", "held") for report in reports):
        raise typer.Exit(SOMETHING_FAILED)


@contextmanager
def _opened(path: Path, *, dry_run: bool) -> Iterator[Database]:
    """The database; for a dry run it is only read, and where there is none an empty one stands in for it."""
    from storage.database import Database

    with tempfile.TemporaryDirectory() as folder:
        stands_in = dry_run and not path.exists()
        database = (
            Database.open(Path(folder) / "empty.db") if stands_in else Database.open(path, read_only=dry_run)
        )
        try:
            yield database
        finally:
            database.close()


def _chosen(settings: Settings, keys: Sequence[str]) -> list[Target]:
    known = {target.key: target for target in settings.targets}
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise UsageError(
            f"not in the configuration: {', '.join(unknown)}; it names {', '.join(known) or 'no document'}"
        )
    return [known[key] for key in keys] or [target for target in settings.targets if not target.paused]


async def _check(
    settings: Settings, targets: Sequence[Target], database: Database, log: Log, dry_run: bool
) -> list[Report]:
    import asyncio

    from monitor import agenda, attention
    from monitor.app import CHECKS_AT_ONCE, running, utc_now

    async with running(settings, database, log) as app:
        if not dry_run:
            await app.worker(lambda: agenda.enrol(app.database, targets, utc_now()))
        free = asyncio.Semaphore(CHECKS_AT_ONCE)
        looks = (_check_one(app, target, free, dry_run=dry_run) for target in targets)
        reports = await asyncio.gather(*looks)
        if not dry_run:
            audience = app.pipeline.watch.audience
            await app.worker(lambda: agenda.tell_unseen(app.database, targets, (), audience, utc_now()))
            await app.worker(lambda: attention.attend(app.database, audience, utc_now()))
            await _deliver(app)
    return reports


async def _check_one(app: App, target: Target, free: asyncio.Semaphore, *, dry_run: bool) -> Report:
    import asyncio

    async with free:
        report = await _look(app, target, dry_run=dry_run)
    wait = report.look_again_after
    if wait is not None and wait <= LONGEST_WAIT_SECONDS:
        sys.stdout.write(f"{_line(report)}; looking again in {wait:g} seconds\n")
        sys.stdout.flush()
        await asyncio.sleep(wait)
        async with free:
            report = await _look(app, target, dry_run=dry_run)
    sys.stdout.write(_line(report) + "\n")
    return report


async def _look(app: App, target: Target, *, dry_run: bool) -> Report:
    from monitor import agenda
    from monitor.app import utc_now
    from monitor.cadence import Moment

    if dry_run:
        return await app.pipeline.preview(target)
    audience = app.pipeline.watch.audience
    appointment = agenda.Appointment(
        target, audience, lambda: Moment(utc_now(), time.monotonic()), random.random()
    )
    return await app.pipeline.check(target, appointment)


async def _deliver(app: App) -> None:
    """Empty the outbox, unless a daemon runs: then that is its work."""
    from monitor import outbox
    from monitor.lock import only_one

    try:
        with only_one(app.database.path):
            await app.worker(lambda: outbox.take_back(app.database))
            await app.dispatcher.drain()
    except TryLater:
        sys.stderr.write("the daemon runs and delivers what is due\n")


def _line(report: Report) -> str:
    line = f"{report.document}: {report.outcome.value}"
    if report.outcome.value in ("failed", "held"):
        return safe(f"{line}: {report.reason}")
    if report.outcome.value == "changed":
        added, removed, edited, moved = report.counts
        line += f": {added} added, {removed} removed, {edited} edited, {moved} moved"
    if report.version is not None:
        line += f" (version {report.version})"
    for finding in report.findings:
        line += f"\n  [{finding.severity.value}] {finding.rule}: {finding.reason}"
    return safe(line)
