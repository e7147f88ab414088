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


def import_into(database: Path, archive: Path, *before: str) -> int:
    command = [*before, *COMMAND, "--database", str(database), "import", "ota-versions", str(archive)]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False, env=dict(os.environ))
    return done.returncode


@needs_strace
def test_an_import_that_was_killed_goes_on_where_it_stood(archive: Path, tmp_path: Path) -> None:
    assert import_into(tmp_path / "whole.db", archive) == 0
    whole = Database.open(tmp_path / "whole.db", read_only=True)
    for number in (2, 4, 7):  # commits, and what is written when they go into the database
        path = tmp_path / f"killed-{number}.db"
        assert import_into(path, archive, *strace("fdatasync", number)) != 0
        assert import_into(path, archive) == 0
        assert contents(Database.open(path, read_only=True)) == contents(whole)
