"""kill -9 in the middle of an import, then the same import again: the database holds the same."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from storage.database import Database
from tests.acceptance.test_kills import needs_strace, strace
from tests.acceptance.world import COMMAND
from tests.monitor.importers.archive import Archive
from tests.monitor.importers.contents import contents
from tests.servers.program import Program

SENTENCES = ("We sell nothing.", "We may train AI models on your posts.", "We keep it for a year.")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    archive = Archive(tmp_path_factory.mktemp("made") / "versions")
    for service in ("Acme", "Beta", "Cosmo", "Delta"):
        for month in range(1, 5):
            kept = SENTENCES[: month % 3 + 1]
            text = "\n\n".join([f"# {service}", *kept])
            archive.record(f"{service}/Privacy Policy.md", text, f"2024-0{month}-01")
    return archive.folder


def line(database: Path, archive: Path) -> list[str]:
    return ["--database", str(database), "import", "ota-versions", str(archive)]


def killed_at_commit(number: int, database: Path, archive: Path) -> bool:
    command = [*strace("fdatasync", number), *COMMAND, *line(database, archive)]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False, env=dict(os.environ))
    return done.returncode != 0


@needs_strace
def test_an_import_that_was_killed_goes_on_where_it_stood(
    archive: Path, tmp_path: Path, program: Program
) -> None:
    def import_into(database: Path) -> int:
        return program.run(line(database, archive), os.environ).returncode

    assert import_into(tmp_path / "whole.db") == 0
    whole = Database.open(tmp_path / "whole.db", read_only=True)
    for number in (2, 4, 7):  # commits, and what is written when they go into the database
        path = tmp_path / f"killed-{number}.db"
        assert killed_at_commit(number, path, archive)
        assert import_into(path) == 0
        assert contents(Database.open(path, read_only=True)) == contents(whole)
