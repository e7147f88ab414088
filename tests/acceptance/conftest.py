"""A world for each test, its servers up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.world import World, a_world
from tests.servers.program import Program


@pytest.fixture
def world(tmp_path: Path, program: Program) -> Iterator[World]:
    with a_world(tmp_path, program) as world:
        yield world
