"""A world for each test, its servers up; the program is imported once for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.world import BEFORE, World
from tests.servers.http import SiteServer
from tests.servers.program import Program
from tests.servers.slack import SlackServer
from tests.servers.smtp import HOST, Certificates, SmtpServer


@pytest.fixture(scope="session")
def program() -> Iterator[Program]:
    program = Program()
    yield program
    program.close()


@pytest.fixture
def world(tmp_path: Path, program: Program) -> Iterator[World]:
    certificates = Certificates(tmp_path)
    smtp = SmtpServer(context=certificates.server(HOST), username="watch", password="canary-password")
    with SiteServer(BEFORE) as site, smtp, SlackServer() as slack:
        world = World(tmp_path, site, smtp, slack, certificates, program)
        world.write_config()
        yield world
