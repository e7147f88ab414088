"""SMTP servers on loopback: a real one (aiosmtpd) with TLS and login, and a scripted one for what goes wrong.

Both run in threads, record what they took, and can be stopped and started again on the same port.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tests.servers.ports import free_port

if TYPE_CHECKING:
    from tests.servers.program import Command

HOST = "127.0.0.1"
DROP = "drop"
"""A scripted answer: close the connection without a word."""


@dataclass(frozen=True, slots=True)
class Received:
    """One message as a server took it."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    at: float

    @property
    def mail(self) -> EmailMessage:
        parsed = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    def part(self, subtype: Literal["plain", "html"]) -> str:
        body = self.mail.get_body((subtype,))
        assert body is not None
        text = body.get_content()
        assert isinstance(text, str)
        return text.replace("\r\n", "\n")


class Certificates:
    """A private authority in a folder, and server contexts with certificates of it."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.ca_file = folder / "ca.pem"
        self._authority.cert_pem.write_to_path(str(self.ca_file))

    def server(self, *names: str, expired: bool = False) -> ssl.SSLContext:
        ends = datetime(2020, 1, 2, tzinfo=UTC) if expired else None
        starts = datetime(2020, 1, 1, tzinfo=UTC) if expired else None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        leaf = self._authority.issue_cert(*(names or ("localhost", HOST)), not_before=starts, not_after=ends)
        leaf.configure_cert(context)
        return context


class _Server:
    """What both servers share: starting, stopping, and waiting for messages."""

    port: int
    messages: list[Received]

    def start(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def wait_for(self, count: int, seconds: float = 20.0) -> list[Received]:
        """The messages taken, once there are `count`; fails after `seconds`."""
        deadline = time.monotonic() + seconds
        while len(self.messages) < count:
            assert time.monotonic() < deadline, f"{len(self.messages)} of {count} messages after {seconds} s"
            time.sleep(0.01)
        return list(self.messages)


class SmtpServer(_Server):
    """aiosmtpd. With `username` it takes mail after that login only; TLS as `context` and `mode` say."""

    def __init__(
        self,
        *,
        context: ssl.SSLContext | None = None,
        mode: Literal["starttls", "tls"] = "starttls",
        username: str | None = None,
        password: str | None = None,
    ) -> None:
        self.port = free_port()
        self.messages = []
        self.logins: list[bool] = []
        self._login = (username, password)
        self._implicit = context if mode == "tls" else None
        self._options: dict[str, Any] = {"auth_require_tls": context is not None and mode == "starttls"}
        if context is not None and mode == "starttls":
            self._options |= {"tls_context": context, "require_starttls": True}
        if username is not None:
            self._options["authenticator"] = self._authenticate
        self._controller: Controller | None = None

    def start(self) -> None:
        controller = Controller(
            self, hostname=HOST, port=self.port, ssl_context=self._implicit, ready_timeout=20, **self._options
        )
        controller.start()
        self._controller = controller

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's
        self, _server: SMTP, session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if self._login[0] is not None and not session.authenticated:
            return "530 5.7.0 log in first"
        envelope.mail_from = address
        return "250 2.1.0 sender taken"

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's
        recipients = tuple(envelope.rcpt_tos)
        self.messages.append(Received(envelope.mail_from, recipients, envelope.content, time.monotonic()))
        return "250 2.0.0 taken"

    def _authenticate(self, *call: Any) -> AuthResult:
        given = call[-1]
        assert isinstance(given, LoginPassword)
        good = (given.login.decode(), given.password.decode()) == self._login
        self.logins.append(good)
        return AuthResult(success=good, handled=good)


class KillingSmtpServer(SmtpServer):
    """Takes the mail, then kills its sender before the sender can read the reply."""

    victim: Command | None = None

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's
        reply = await super().handle_DATA(server, session, envelope)
        if self.victim is not None:
            self.victim.kill()
            self.victim.wait()
            self.victim = None
        return reply


@dataclass
class Script:
    """What the scripted server answers; change it while the server runs.

    `replies` maps a verb (EHLO, STARTTLS, AUTH, MAIL, DATA, NOOP, QUIT) or `RCPT <address>` to an answer or
    to a list of answers that is used up. `content` answers the final dot. `DROP` closes, None is silence.
    """

    banner: str | None = "220 mail.test ready"
    extensions: tuple[str, ...] = ("8BITMIME",)
    replies: dict[str, str | list[str | None] | None] = field(default_factory=dict)
    content: str | None = "250 2.0.0 taken"
    most_bytes: int | None = None
    """A longer message is answered 552."""

    def answer(self, key: str, usual: str) -> str | None:
        reply = self.replies.get(key, usual)
        if isinstance(reply, list):
            return reply.pop(0) if reply else usual
        return reply


class ScriptedSmtpServer(_Server):
    """A plain-text server that says what the script says; `lines` holds every command in the order received."""

    def __init__(self, script: Script | None = None) -> None:
        self.script = script or Script()
        self.messages = []
        self.lines: list[str] = []
        self.port = 0
        self._listener: _Listener | None = None

    def took(self, message: Received, reply: str) -> None:
        """For servers that do something between taking a message and saying so."""

    @property
    def plain_auth_bytes(self) -> int:
        """Bytes of login commands that travelled unencrypted."""
        return sum(len(line) for line in self.lines if line.upper().startswith("AUTH"))

    def count(self, verb: str) -> int:
        return sum(1 for line in self.lines if line.upper().startswith(verb))

    def start(self) -> None:
        self._listener = _Listener((HOST, self.port), _Session)
        self._listener.owner = self
        self.port = self._listener.server_address[1]
        threading.Thread(target=self._listener.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        if self._listener is not None:
            self._listener.shutdown()
            self._listener.close_all()
            self._listener = None


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    owner: ScriptedSmtpServer

    def __init__(self, address: tuple[str, int], handler: type[socketserver.BaseRequestHandler]) -> None:
        self.sockets: set[socket.socket] = set()
        super().__init__(address, handler)

    def close_all(self) -> None:
        for open_socket in list(self.sockets):
            with contextlib.suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)
        self.server_close()


class _Dropped(Exception):
    """The script says to close the connection."""


class _Session(socketserver.StreamRequestHandler):
    server: _Listener

    def setup(self) -> None:
        super().setup()
        self.server.sockets.add(self.request)
        self._script = self.server.owner.script
        self._sender = ""
        self._recipients: list[str] = []

    def finish(self) -> None:
        self.server.sockets.discard(self.request)
        with contextlib.suppress(OSError):
            super().finish()

    def handle(self) -> None:
        with contextlib.suppress(_Dropped, OSError):
            self._say(self._script.banner)
            while line := self.rfile.readline():
                text = line.decode("utf-8", "replace").rstrip("\r\n")
                self.server.owner.lines.append(text)
                self._obey(text)

    def _obey(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        handlers: Mapping[str, Any] = {
            "EHLO": self._ehlo,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
        }
        handler = handlers.get(verb.upper())
        if handler is not None:
            handler(rest)
        elif verb.upper() == "NOOP":
            self._say(self._script.answer("NOOP", "250 2.0.0 still here"))
        elif verb.upper() == "QUIT":
            self._say(self._script.answer("QUIT", "221 bye"))
            raise _Dropped
        else:
            self._say(self._script.answer(verb.upper(), "502 not implemented"))

    def _ehlo(self, _rest: str) -> None:
        lines = ["mail.test", *self._script.extensions]
        usual = "\r\n".join(f"250{'-' if line is not lines[-1] else ' '}{line}" for line in lines)
        self._say(self._script.answer("EHLO", usual))

    def _mail(self, rest: str) -> None:
        self._sender, self._recipients = _address_in(rest), []
        self._say(self._script.answer("MAIL", "250 2.1.0 sender taken"))

    def _rcpt(self, rest: str) -> None:
        address = _address_in(rest)
        reply = self._script.answer(f"RCPT {address}", "250 2.1.5 recipient taken")
        if reply is not None and reply.startswith("2"):
            self._recipients.append(address)
        self._say(reply)

    def _data(self, _rest: str) -> None:
        begin = self._script.answer("DATA", "354 go on")
        self._say(begin)
        if begin is None or not begin.startswith("354"):
            return
        content = bytearray()
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            content += line[1:] if line.startswith(b".") else line
        reply = self._script.content
        if self._script.most_bytes is not None and len(content) > self._script.most_bytes:
            reply = "552 5.3.4 message too big"
        if reply is not None and (reply == DROP or reply.startswith("2")):
            taken = Received(self._sender, tuple(self._recipients), bytes(content), time.monotonic())
            self.server.owner.messages.append(taken)
            self.server.owner.took(taken, reply)
        self._say(reply)

    def _say(self, reply: str | None) -> None:
        if reply == DROP:
            raise _Dropped
        if reply is not None:
            self.wfile.write(reply.encode() + b"\r\n")


def _address_in(argument: str) -> str:
    return argument.partition("<")[2].partition(">")[0]
