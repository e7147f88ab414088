"""A world for each test, its servers up; the program is imported once for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.world import World, a_world
from tests.servers.program import Program


@pytest.fixture(scope="session")
def program() -> Iterator[Program]:
    program = Program()
    yield program
    program.close()


@pytest.fixture
def world(tmp_path: Path, program: Program) -> Iterator[World]:
    with a_world(tmp_path, program) as world:
        yield world
