"""The program, imported once for all tests that run its commands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.program import Program


@pytest.fixture(scope="session")
def program() -> Iterator[Program]:
    program = Program()
    yield program
    program.close()
