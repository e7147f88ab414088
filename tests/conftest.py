"""For all tests: the program, imported once for those that run its commands, and how many run side by side."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.servers.program import Program


def pytest_xdist_auto_num_workers() -> int:
    """Three for two cores: the tests of the daemon wait more than they compute."""
    cores = len(os.sched_getaffinity(0))
    return cores + cores // 2


@pytest.fixture(scope="session")
def program() -> Iterator[Program]:
    program = Program()
    yield program
    program.close()
