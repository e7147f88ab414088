"""A world for each test, its servers up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.world import BEFORE, World
from tests.servers.http import SiteServer
from tests.servers.slack import SlackServer
from tests.servers.smtp import HOST, Certificates, SmtpServer


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    certificates = Certificates(tmp_path)
    smtp = SmtpServer(context=certificates.server(HOST), username="watch", password="canary-password")
    with SiteServer(BEFORE) as site, smtp, SlackServer() as slack:
        world = World(tmp_path, site, smtp, slack, certificates)
        world.write_config()
        yield world
