"""The real application, served by uvicorn on loopback in a thread of this process."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from io import StringIO
from pathlib import Path
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import uvicorn

from monitor.config import Web, WebSettings
from monitor.history import History
from monitor.log import make_log
from tests.storage.builders import hours
from web.app import application
from web.serving import listening

NOW = hours(24 * 40)
"""What the clock of every served browser says, unless a test has another."""

HTML = {"Accept": "text/html"}

Form = Mapping[str, str] | Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Served:
    """A running browser; `log` is what it said."""

    port: int
    log: StringIO = field(default_factory=StringIO)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Answer:
        return self._ask(method, path, {**HTML, **(headers or {})})

    def post(
        self,
        path: str,
        form: Mapping[str, str] | Sequence[tuple[str, str]],
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """A form as a browser sends it from one of our own pages."""
        sent = {**HTML, "Origin": self.origin, "Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, {**sent, **(headers or {})}, urlencode(form))

    def _ask(self, method: str, path: str, headers: Mapping[str, str], body: str | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, {k: v for k, v in headers.items() if v})
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()


@contextmanager
def served(
    database: Path, web: Web | None = None, *, public_url: str = "", now: datetime = NOW, zone: str = "UTC"
) -> Iterator[Served]:
    """The browser of the archive at `database`."""
    log, ready = StringIO(), threading.Event()
    settings = WebSettings(web or Web(port=0), database, ZoneInfo(zone), public_url, frozenset())
    with History.open(database) as history, listening("127.0.0.1", 0) as door:
        app = application(settings, history, lambda: now, make_log(stream=log), ready.set)
        config = uvicorn.Config(
            app, http="h11", ws="none", lifespan="on", log_config=None, timeout_graceful_shutdown=2,
            proxy_headers=False, server_header=False,
        )  # fmt: skip
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            assert ready.wait(30), log.getvalue()
            yield Served(door.getsockname()[1], log)
        finally:
            server.should_exit = True
            thread.join(30)
