"""The daemon in this process, where the database can be made to refuse at once."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from monitor.app import running
from monitor.config import Settings, load_config
from monitor.daemon import Daemon
from monitor.systemd import ServiceManager
from storage.database import Database
from tests.servers.http import SiteServer

CONFIG = """
[fetch]
contact = "team@example.com"
allow_private = ["127.0.0.0/8"]
host_delay_seconds = 0.0
[storage]
database = "p.db"
[[services]]
name = "Acme"
[[services.documents]]
kind = "faq"
url = "{url}"
every = "1s"
[channels.mail]
type = "email"
host = "127.0.0.1"
port = 1
tls = "none"
from = "watch@example.com"
to = ["team@example.com"]
[[routes]]
to = ["mail"]
"""


class Told:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def _write(self, event: str, **values: Any) -> None:
        self.lines.append(f"{event} {values}")

    debug = info = warning = error = _write


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not reached():  # noqa: ASYNC110 (what is waited for happens in other threads and processes)
            await asyncio.sleep(0.05)


async def test_document_whose_failed_look_could_not_be_written_either_is_looked_at_again(
    tmp_path: Path,
) -> None:
    told, stop = Told(), asyncio.Event()
    with SiteServer({"/faq": "<title>Questions</title><p>We answer every question that you have.</p>"}) as site:
        path = tmp_path / "config.toml"
        path.write_text(CONFIG.format(url=site.url("/faq")), encoding="utf-8")
        settings = load_config(path, {})
        database = Database.open(tmp_path / "p.db", busy_timeout=0.1)

        def reread() -> Settings:
            return settings

        async with running(settings, database, told) as app:
            work = asyncio.create_task(Daemon(app, reread, ServiceManager()).run(stop, asyncio.Event()))
            await until(lambda: len(site.requests_for("/faq")) >= 2)
            with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                await until(lambda: any("another program is writing" in line for line in told.lines))
                await asyncio.sleep(3)  # several looks are due meanwhile, and every write is refused
                other.execute("ROLLBACK")
            looks = len(site.requests_for("/faq"))
            await until(lambda: len(site.requests_for("/faq")) > looks + 1)
            stop.set()
            await work
        database.close()
