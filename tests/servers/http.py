"""Real HTTP servers on loopback for tests: one that misbehaves byte for byte, one that is an honest site."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

PATIENCE_SECONDS = 20.0
"""After this long a connection of a server is given up, so that no test can hang on it."""


def response(
    body: bytes | str = b"", *, status: str = "200 OK", headers: Mapping[str, str] | None = None
) -> bytes:
    """Write a whole HTTP/1.1 response that ends its connection; `headers` may replace the Content-Length."""
    content = body.encode() if isinstance(body, str) else body
    fields = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(len(content)),
        "Connection": "close",
        **(headers or {}),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + content


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """A request as it arrived; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: datetime


class RawConnection:
    """What a script of a `RawServer` plays on: one accepted connection, its first request read."""

    def __init__(self, stream: socket.socket, request: SeenRequest) -> None:
        self._stream = stream
        self.request = request

    def send(self, data: bytes) -> None:
        """Send `data`; fails with OSError once the client is gone, which ends the script."""
        self._stream.sendall(data)

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self._stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._stream.close()

    def wait_until_closed(self) -> None:
        """Say nothing until the client goes away."""
        while self._stream.recv(65536):
            pass


Script = Callable[[RawConnection], None]


class RawServer:
    """Sends exactly what its scripts say: bytes, or a function of the connection, by path; closes afterwards.

    `scripts` may be changed while it runs; the path "*" stands for every other. `connections` counts accepted
    connections, `requests` those whose head arrived. With `tls`, connections that fail in the handshake count.
    """

    def __init__(
        self,
        scripts: Mapping[str, Script | bytes] | Script | bytes = b"",
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.scripts = dict(scripts) if isinstance(scripts, Mapping) else {"*": scripts}
        self.connections = 0
        self.requests: list[SeenRequest] = []
        self._tls = tls
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
        self.host = host
        self.port: int = self._listener.getsockname()[1]

    def url(self, path: str = "/", *, host: str | None = None) -> str:
        """Return the URL of `path`, under another host name if asked (for injected resolvers)."""
        return _url(self._tls, host or self.host, self.port, path)

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # shutdown wakes the thread that waits in accept; close alone does not.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for stream in list(self._open):
            with contextlib.suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                stream, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.add(stream)
            self._start(lambda stream=stream: self._serve(stream))  # type: ignore[misc]

    def _serve(self, plain: socket.socket) -> None:
        plain.settimeout(PATIENCE_SECONDS)
        stream = plain
        try:
            if self._tls is not None:
                stream = self._tls.wrap_socket(plain, server_side=True)
                self._open.add(stream)
            self._answer(stream)
        except OSError:
            pass  # the client went away, which many tests want
        finally:
            for end in {plain, stream}:
                end.close()
                self._open.discard(end)

    def _answer(self, stream: socket.socket) -> None:
        request = _read_request(stream)
        if request is None:
            return
        self.requests.append(request)
        script = self.scripts.get(request.path, self.scripts.get("*", b""))
        if callable(script):
            script(RawConnection(stream, request))
        else:
            stream.sendall(script)


def _read_request(stream: socket.socket) -> SeenRequest | None:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = stream.recv(65536)
        if not chunk:
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += stream.recv(65536)
    return SeenRequest(method, path, headers, body, datetime.now(UTC))


@dataclass(slots=True)
class Page:
    """What a `SiteServer` answers under one path. With `etag` it answers 304 to a client that has this body."""

    body: str | bytes
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: bool = True

    @property
    def content(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else self.body

    @property
    def tag(self) -> str:
        return f'"{hashlib.sha256(self.content).hexdigest()[:16]}"'


class SiteServer:
    """A small real site: `pages` by path, to be changed while it runs; whatever is not there is 404.

    Answers GET, HEAD and POST alike and records every request in `requests`.
    """

    def __init__(
        self,
        pages: Mapping[str, Page | str] | None = None,
        *,
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.pages: dict[str, Page | str] = dict(pages or {})
        self.requests: list[SeenRequest] = []
        self.host = host
        self._tls = tls
        self._server = _Server((host, 0), _handler_for(self))
        if tls is not None:
            # The handshake is left to the connection's own thread: in accept it would stall the site.
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def url(self, path: str = "/", *, host: str | None = None) -> str:
        """Return the URL of `path`, under another host name if asked (for injected resolvers)."""
        return _url(self._tls, host or self.host, self.port, path)

    def requests_for(self, path: str) -> list[SeenRequest]:
        return [request for request in self.requests if request.path == path]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join(PATIENCE_SECONDS)
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: clients that vanish are part of the tests."""


def _handler_for(site: SiteServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = PATIENCE_SECONDS
        disable_nagle_algorithm = True  # head and body are two writes; the second would wait for an ACK, 40 ms

        def _respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            site.requests.append(SeenRequest(self.command, self.path, headers, body, datetime.now(UTC)))
            page = site.pages.get(self.path, Page("not found", "text/plain", 404, etag=False))
            self._send(Page(page) if isinstance(page, str) else page)

        def _send(self, page: Page) -> None:
            unchanged = page.etag and self.headers.get("If-None-Match") == page.tag
            content = b"" if unchanged else page.content
            self.send_response(304 if unchanged else page.status)
            if page.etag:
                self.send_header("ETag", page.tag)
            if not unchanged:
                self.send_header("Content-Type", page.content_type)
                self.send_header("Content-Length", str(len(content)))
            for name, value in page.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_HEAD = do_POST = _respond  # noqa: N815 - the names are http.server's

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
            """Stay silent: `requests` holds what tests look at."""

    return Handler


def _url(tls: ssl.SSLContext | None, host: str, port: int, path: str) -> str:
    shown_host = f"[{host}]" if ":" in host else host
    return f"{'https' if tls else 'http'}://{shown_host}:{port}{path}"
