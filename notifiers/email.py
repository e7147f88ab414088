"""Sends a message as mail: one SMTP transaction for each recipient, over verified TLS, or not at all."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from typing import Literal

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)

from notifiers.base import Attachment, DeliveryError, Message, Notifier
from notifiers.headers import MAIL, header_text
from notifiers.secrets import revealed

LOGIN_PAUSE_SECONDS = 900.0
"""How long a channel rests after a refused login, so that no account is locked by our trying."""

# An address literal that tells nothing of the machine; mail programs greet with it for the same reason.
_GREETING_NAME = "[127.0.0.1]"
_QUIT_SECONDS = 5.0
# 530 to 538 ask for another login (RFC 4954); 421 closes the connection (RFC 5321, 3.8).
_LOGIN_CODES = frozenset({530, 534, 535, 538})
_CLOSING = 421
_TOO_BIG = 552


@dataclass(frozen=True, slots=True)
class EmailSettings:
    """How to reach a mail server. `password` is a getter, read at each login, so that no copy is kept.

    `tls="starttls"` and `"tls"` verify the server's certificate, against `ca_file` (PEM) if given, else against
    the system's store. `tls="none"` sends everything in plain text, the login too. `timeout_seconds` bounds one
    message from connecting to the server's last word.
    """

    host: str
    port: int
    sender: str
    tls: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: Callable[[], str] | None = field(default=None, repr=False)
    sender_name: str = "policywatch"
    ca_file: Path | None = None
    timeout_seconds: float = 60.0


def compose(message: Message, recipient: str, settings: EmailSettings) -> EmailMessage:
    """The mail itself: text first, then HTML if there is any.

    Raises:
        DeliveryError: an address is not one that mail can carry (permanent).

    """
    mail = EmailMessage(policy=MAIL)
    mail["From"] = _address(settings.sender, header_text(settings.sender_name))
    mail["To"] = _address(recipient)
    mail["Subject"] = header_text(message.subject)
    mail["Date"] = message.date
    mail["Message-ID"] = f"<{header_text(message.message_id)}>"
    if message.thread:  # one thread for each document (RFC 5322, 3.6.4)
        mail["In-Reply-To"] = mail["References"] = f"<{header_text(message.thread)}>"
    mail["List-Id"] = f"<policywatch.{settings.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic answers
    mail["X-Auto-Response-Suppress"] = "All"
    mail["Precedence"] = "list"
    mail.set_content(_encodable(message.text), cte="quoted-printable")
    if message.html:
        mail.add_alternative(_encodable(message.html), subtype="html", cte="quoted-printable")
    for attachment in message.attachments:
        _attach(mail, attachment)
    return mail


def _ever_shorter(message: Message) -> tuple[Message, ...]:
    """The message whole, without its files, as text alone, and in its shortest form."""
    bare = replace(message, attachments=())
    return message, bare, replace(bare, html=""), replace(bare, html="", text=message.fallback)


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    """A file beside the text, or a picture that the HTML shows in its place."""
    main, _, sub = attachment.media_type.partition("/")
    name = header_text(attachment.name)
    html = mail.get_body(("html",))
    if attachment.content_id and isinstance(html, EmailMessage):
        content_id = f"<{header_text(attachment.content_id)}>"
        html.add_related(attachment.content, main, sub, cid=content_id, filename=name, disposition="inline")
    else:
        mail.add_attachment(attachment.content, main, sub, filename=name)


class EmailNotifier(Notifier):
    """A mail server as a channel."""

    def __init__(self, settings: EmailSettings) -> None:
        self._settings = settings

    async def send(self, message: Message, recipient: str) -> None:
        transaction = _Transaction(self._settings, self._password(), self._tls_context())
        forms = [compose(each, recipient, self._settings).as_bytes() for each in _ever_shorter(message)]
        await transaction.run(forms, recipient)

    async def probe(self) -> str:
        transaction = _Transaction(self._settings, self._password(), self._tls_context())
        await transaction.probe()
        server = f"{self._settings.host}:{self._settings.port} answers"
        encrypted = "unencrypted" if self._settings.tls == "none" else "certificate verified"
        login = "login accepted" if self._settings.username is not None else "no login"
        return f"{server}, {encrypted}, {login}"

    def _password(self) -> str:
        if self._settings.password is None:
            return ""
        return revealed(self._settings.password, f"the password for {self._settings.host}")

    def _tls_context(self) -> ssl.SSLContext | None:
        if self._settings.tls == "none":
            return None
        try:
            return self._verifying_context
        except OSError as error:
            reason = f"the certificates in {self._settings.ca_file} cannot be read: {error.strerror}"
            raise DeliveryError(reason, transient=True, channel_wide=True) from error

    @cached_property
    def _verifying_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self._settings.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context


class _Transaction:
    """One message to one recipient over one connection."""

    def __init__(self, settings: EmailSettings, password: str, context: ssl.SSLContext | None) -> None:
        self._settings = settings
        self._password = password
        self._context = context
        self._server = f"{settings.host}:{settings.port}"
        self._handing_over = False
        self._client = SMTP(
            hostname=settings.host,
            port=settings.port,
            local_hostname=_GREETING_NAME,
            timeout=settings.timeout_seconds,
            use_tls=settings.tls == "tls",
            start_tls=False,
            tls_context=context,
        )

    async def run(self, forms: Sequence[bytes], recipient: str) -> None:
        """Hand over the first of `forms` that the server has room for; the last one where it refuses that."""
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                await self._open()
                shortest = forms[-1]
                content = next((each for each in forms if not self._is_too_big(each)), shortest)
                try:
                    await self._hand_over(content, recipient)
                except SMTPDataError as error:
                    if error.code != _TOO_BIG or content == shortest:
                        raise
                    await self._hand_over(shortest, recipient)
        except (SMTPException, OSError, TimeoutError) as error:
            # Not chained: the library's error may hold what the server echoed, the login included.
            raise self._failure(error, recipient) from None
        else:
            await self._leave()
        finally:
            self._client.close()

    async def probe(self) -> None:
        """Connect, encrypt, log in and leave, as `run` would, without a message in between."""
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                await self._open()
                await self._client.noop()
        except (SMTPException, OSError, TimeoutError) as error:
            raise self._failure(error, "") from None  # as in `run`
        else:
            await self._leave()
        finally:
            self._client.close()

    async def _open(self) -> None:
        await self._client.connect()
        await self._client.ehlo()
        if self._settings.tls == "starttls":
            if not self._client.supports_extension("starttls"):
                reason = (
                    f'{self._server} offers no STARTTLS; nothing was sent (tls = "none" would allow plain text)'
                )
                raise DeliveryError(reason, transient=True, channel_wide=True)
            await self._client.starttls(tls_context=self._context)
            await self._client.ehlo()
        if self._settings.username is not None:
            await self._log_in(self._settings.username)

    async def _log_in(self, username: str) -> None:
        """Try one method, once: the library's own `login` would try each and count as several failures."""
        offered = self._client.server_auth_methods
        if "plain" in offered:
            await self._client.auth_plain(username, self._password)
        elif "login" in offered:
            await self._client.auth_login(username, self._password)
        elif "cram-md5" in offered:
            await self._client.auth_crammd5(username, self._password)
        else:
            reason = f"{self._server} offers no login by password (PLAIN, LOGIN or CRAM-MD5)"
            raise DeliveryError(reason, transient=True, channel_wide=True, retry_after=LOGIN_PAUSE_SECONDS)

    def _is_too_big(self, content: bytes) -> bool:
        """Whether the server said that it does not take so much (RFC 1870; 0 sets no limit)."""
        limit = self._client.esmtp_extensions.get("size", "").strip()
        return limit.isascii() and limit.isdigit() and 0 < int(limit[:18]) < len(content)

    async def _hand_over(self, content: bytes, recipient: str) -> None:
        self._handing_over = False
        await self._client.mail(self._settings.sender)
        await self._client.rcpt(recipient)
        self._handing_over = True
        await self._client.data(content)

    async def _leave(self) -> None:
        """Say goodbye; the message is accepted already, so that no trouble here may count."""
        with contextlib.suppress(SMTPException, OSError, TimeoutError):
            await self._client.quit(timeout=_QUIT_SECONDS)

    def _failure(self, error: BaseException, recipient: str) -> DeliveryError:
        if isinstance(error, SMTPResponseException):
            return self._refusal(error, recipient)
        certificate = _tls_problem(error)
        if certificate is not None:
            reason = f"TLS with {self._server} failed: {certificate}; nothing was sent"
            return DeliveryError(reason, transient=True, channel_wide=True)
        if self._handing_over:
            reason = (
                f"the connection to {self._server} was lost; it is unknown whether the message was accepted"
            )
            return DeliveryError(reason, transient=True)
        return DeliveryError(self._no_connection(error), transient=True, channel_wide=True)

    def _no_connection(self, error: BaseException) -> str:
        if isinstance(error, TimeoutError):
            return f"{self._server} did not answer within {self._settings.timeout_seconds:g} seconds"
        if isinstance(error, SMTPServerDisconnected):
            return f"{self._server} closed the connection"
        cause = error.__cause__
        detail = (cause.strerror if isinstance(cause, OSError) else None) or str(error)
        return f"no connection to {self._server}: {self._clean(detail)}"

    def _refusal(self, error: SMTPResponseException, recipient: str) -> DeliveryError:
        said = f"{error.code} {self._clean(error.message)}".rstrip()
        if error.code == _CLOSING:  # it may say so at any command, and mostly is back within a minute
            return DeliveryError(f"{self._server} is not available: {said}", transient=True, channel_wide=True)
        if isinstance(error, SMTPAuthenticationError) or error.code in _LOGIN_CODES:
            reason = f"{self._server} refused the login: {said}"
            return DeliveryError(reason, transient=True, channel_wide=True, retry_after=LOGIN_PAUSE_SECONDS)
        if isinstance(error, SMTPSenderRefused) and error.code >= 500:
            reason = f"{self._server} refused the sender {self._settings.sender}: {said}"
            return DeliveryError(reason, transient=True, channel_wide=True, retry_after=LOGIN_PAUSE_SECONDS)
        if not isinstance(error, SMTPRecipientRefused | SMTPDataError):
            return DeliveryError(f"{self._server} is not available: {said}", transient=True, channel_wide=True)
        permanent = 500 <= error.code < 600
        word = "refused" if permanent else "put off"
        return DeliveryError(f"{self._server} {word} mail for {recipient}: {said}", transient=not permanent)

    def _clean(self, reply: str) -> str:
        """What the server said, on one line, short, and without our password should it echo that."""
        for secret in self._secret_forms():
            reply = reply.replace(secret, "***")
        return header_text(reply)

    def _secret_forms(self) -> list[str]:
        if not self._password:
            return []
        plain = f"\0{self._settings.username}\0{self._password}"
        encoded = [base64.b64encode(text.encode()).decode() for text in (plain, self._password)]
        return [self._password, *encoded]


def _address(addr_spec: str, name: str = "") -> Address:
    try:
        address = Address(display_name=name, addr_spec=addr_spec)
        addr_spec.encode("ascii")
    except (MessageError, ValueError, IndexError) as error:
        reason = f"{header_text(addr_spec)!r} is no mail address that can be used"
        raise DeliveryError(reason, transient=False) from error
    return address


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _tls_problem(error: BaseException | None) -> str | None:
    """What OpenSSL says about the certificate or the handshake, if that is what went wrong."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"certificate not accepted, {error.verify_message}"
        if isinstance(error, ssl.SSLError):
            return error.reason or "handshake failed"
        error = error.__cause__
    return None
