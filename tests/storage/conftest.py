from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import Database


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database with nothing in it, to be copied: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("empty") / "policywatch.db"
    Database.open(path).close()
    return path


@pytest.fixture
def database(empty_file: Path, tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(Path(shutil.copy(empty_file, tmp_path)))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def shared_database(empty_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """For tests that read what one fixture wrote, and for properties, whose examples undo what they write."""
    opened = Database.open(Path(shutil.copy(empty_file, tmp_path_factory.mktemp("shared"))))
    yield opened
    opened.close()
