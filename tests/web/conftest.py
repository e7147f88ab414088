from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import Database
from tests.storage.conftest import empty_file
from tests.web.recorded import fill
from tests.web.served import Served, served

__all__ = ["empty_file"]


@pytest.fixture(scope="session")
def recorded_file(empty_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of `tests.web.recorded`."""
    path = Path(shutil.copy(empty_file, tmp_path_factory.mktemp("recorded")))
    database = Database.open(path)
    fill(database)
    database.close()
    return path


@pytest.fixture(scope="module")
def browser(recorded_file: Path) -> Iterator[Served]:
    with served(recorded_file) as running:
        yield running
