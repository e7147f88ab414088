"""The demo's surroundings on loopback: a site, a mail server that keeps its mail, a Slack-like endpoint."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

LOOPBACK = "127.0.0.1"


@dataclass(slots=True)
class Surroundings:
    """What the demo's servers serve and have received; ports are chosen by the system."""

    pages: dict[str, str] = field(default_factory=dict)
    mails: list[EmailMessage] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)
    http_port: int = 0
    smtp_port: int = 0


@contextmanager
def serving(pages: dict[str, str]) -> Iterator[Surroundings]:
    """The servers, up while the block runs."""
    around = Surroundings(pages=dict(pages))
    with _site(around), _mail_server(around):
        yield around


@contextmanager
def _site(around: Surroundings) -> Iterator[None]:
    site = ThreadingHTTPServer((LOOPBACK, 0), _handler(around))
    site.daemon_threads = True
    around.http_port = site.server_address[1]
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        site.shutdown()
        site.server_close()
        thread.join()


@contextmanager
def _mail_server(around: Surroundings) -> Iterator[None]:
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        loop.create_server(lambda: SMTP(_Mailbox(around.mails), loop=loop), LOOPBACK, 0)
    )
    around.smtp_port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Mailbox:
    def __init__(self, mails: list[EmailMessage]) -> None:
        self._mails = mails

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        content = envelope.content or b""
        mail = message_from_bytes(
            content if isinstance(content, bytes) else content.encode(), policy=policy.default
        )
        self._mails.append(mail)
        return "250 kept"


def _handler(around: Surroundings) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            page = around.pages.get(self.path)
            content_type = "text/markdown" if self.path.endswith(".md") else "text/html"
            status = 404 if page is None else 200
            self._answer(status, (page or "not found").encode(), f"{content_type}; charset=utf-8")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            around.posts.append(json.loads(body))
            self._answer(200, b"ok", "text/plain")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (http.server's name)
            """Stay silent: the demo tells its own story."""

        def _answer(self, status: int, body: bytes, content_type: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
