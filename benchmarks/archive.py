"""Measures the import of archives: `python -m benchmarks.archive DATABASE REPOSITORY...` (bare clones).

Each repository is imported by the real command, in a process of its own, into one new database. Printed are
the recorded versions a second of one processor's time (git's part included) and of the clock, the most memory
that a process held, what a second import takes, and the database against git's packed repositories. Exits with
1 where one of the bounds is passed that docs/decisions/0014-archives-at-scale.md sets.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from storage.database import Database
from storage.stats import parts

COMMAND = (sys.executable, "-c", "from monitor.cli import main; main()")

LEAST_RATE = 250
"""Recorded versions a second of one processor."""

MOST_MEMORY = 500
"""Megabytes."""

MOST_ROOM = 2.0
"""Times the room of git's packs."""


@dataclass(frozen=True, slots=True)
class Run:
    """One import: recorded versions, seconds of the clock and of the processor, megabytes."""

    records: int
    seconds: float
    processor: float
    memory: float


def measure(database: Path, repositories: Sequence[Path]) -> int:
    """Prints the figures of importing `repositories` into a new `database`; 1 if a bound is passed."""
    runs = [_import(database, repository) for repository in repositories]
    for repository, run in zip(repositories, runs, strict=True):
        _print_run(repository.name, run)
    whole = Run(
        sum(run.records for run in runs),
        sum(run.seconds for run in runs),
        sum(run.processor for run in runs),
        max(run.memory for run in runs),
    )
    _print_run("all of them", whole)
    again = [_import(database, repository) for repository in repositories]
    print(f"the same once more: {sum(run.processor for run in again):.1f} s of the processor")
    room, packs = database.stat().st_size, sum(map(_packed, repositories))
    print(f"database {room / 1e6:.1f} MB, git's packs {packs / 1e6:.1f} MB: {room / packs:.2f} times")
    _print_parts(database)
    passed = whole.records / whole.processor >= LEAST_RATE and whole.memory <= MOST_MEMORY
    return 0 if passed and room / packs <= MOST_ROOM else 1


def _import(database: Path, repository: Path) -> Run:
    began = time.perf_counter()
    process = subprocess.Popen(
        [*COMMAND, "--database", str(database), "import", "ota-versions", str(repository)]
    )
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"the import of {repository} ended with {os.waitstatus_to_exitcode(status)}")
    seconds = time.perf_counter() - began
    return Run(_records(repository), seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _print_run(name: str, run: Run) -> None:
    print(
        f"{name}: {run.records:,} recorded versions in {run.processor:.0f} s of the processor,"
        f" {run.records / run.processor:,.0f} a second ({run.records / run.seconds:,.0f} by the clock),"
        f" {run.memory:.0f} MB"
    )


def _records(repository: Path) -> int:
    """As many commits as recorded a version."""
    return int(_git(repository, "rev-list", "--count", "HEAD"))


def _packed(repository: Path) -> int:
    """The bytes of git's packs with their indexes."""
    packs = Path(_git(repository, "rev-parse", "--absolute-git-dir").strip()) / "objects" / "pack"
    return sum(file.stat().st_size for file in packs.iterdir())


def _git(repository: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(repository), *arguments], capture_output=True, text=True, check=True
    ).stdout


def _print_parts(database: Path) -> None:
    opened = Database.open(database, read_only=True)
    with opened.read() as transaction:
        for part in parts(transaction):
            print(f"  {part.name}: {part.bytes / 1e6:.2f} MB")


if __name__ == "__main__":
    raise SystemExit(measure(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]]))
