"""Posts a message as signed JSON to an address of the operator's: tickets, chats, programs."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from notifiers.answers import asked_to_wait, said, utc_now, without, without_address
from notifiers.base import DeliveryError, Message, Notifier, Post, PostReply
from notifiers.secrets import posted, revealed

SCHEMA_VERSION = 1
"""Rises when a key changes its meaning or goes; keys may be added without."""

TYPE_OF_PROBE = "probe"
_GONE_STATUS = frozenset({404, 410})
_LOGIN_STATUS = frozenset({401, 403})
_PASSING_STATUS = frozenset({408, 425})
_REFUSED_PAUSE_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """`url` and `signing_secret` are getters: whoever knows them may speak in our name."""

    url: Callable[[], str] = field(repr=False)
    signing_secret: Callable[[], str] = field(repr=False)


class WebhookNotifier(Notifier):
    """One address that takes everything; the recipient is only a label. Accepted is any status 2xx."""

    def __init__(self, settings: WebhookSettings, post: Post, now: Callable[[], datetime] = utc_now) -> None:
        self._settings = settings
        self._post = post
        self._now = now

    async def send(self, message: Message, recipient: str) -> None:  # noqa: ARG002 - see the class
        await self._hand_over(body_of(message), message.message_id)

    async def probe(self) -> str:
        """Post what says of itself that it is a probe; the address answers and takes our signature."""
        body = {"schema": SCHEMA_VERSION, "type": TYPE_OF_PROBE, "occurred_at": self._now().isoformat()}
        status = await self._hand_over(_encoded(body), "")
        return f"the address takes a signed probe ({status})"

    async def _hand_over(self, body: bytes, key: str) -> int:
        url = revealed(self._settings.url, "the webhook's address")
        secret = revealed(self._settings.signing_secret, "the webhook's signing secret")

        def hide(text: str) -> str:
            return without(without_address(text, url), [secret])

        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-Signature": signature(body, secret, int(self._now().timestamp())),
        }
        if key:
            headers["Idempotency-Key"] = key
        reply = await posted(self._post, url, body, headers, hide=hide)
        if not 200 <= reply.status < 300:
            raise self._failure(reply, f"{reply.status} {said(hide(reply.body))}")
        return reply.status

    def _failure(self, reply: PostReply, words: str) -> DeliveryError:
        if reply.status == 429 or (reply.status == 503 and _asks_to_wait(reply)):
            return asked_to_wait("the webhook", reply, self._now(), f" ({reply.status})")
        if reply.status in _GONE_STATUS:
            return DeliveryError(f"the webhook is gone: {words}", transient=False, channel_wide=True)
        if reply.status in _LOGIN_STATUS:
            return DeliveryError(
                f"the webhook refuses us: {words}",
                transient=True,
                channel_wide=True,
                retry_after=_REFUSED_PAUSE_SECONDS,
            )
        if reply.status in _PASSING_STATUS or not 400 <= reply.status < 500:
            return DeliveryError(f"the webhook did not accept: {words}", transient=True, channel_wide=True)
        return DeliveryError(f"the webhook refused the message: {words}", transient=False)


def signature(body: bytes, secret: str, at: int) -> str:
    """`t=SECONDS,v1=HEX`: HMAC-SHA-256 over the seconds since 1970, a full stop and the body's bytes."""
    signed = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256)
    return f"t={at},v1={signed.hexdigest()}"


def body_of(message: Message) -> bytes:
    """The message for programs; the same message gives the same bytes."""
    head = {
        "schema": SCHEMA_VERSION,
        "id": message.message_id,
        "thread": message.thread or None,
        "occurred_at": message.date.isoformat(),
    }
    said_plainly = {"type": "message", "subject": message.subject, "text": message.fallback}
    return _encoded({**head, **(dict(message.data) or said_plainly)})


def _encoded(content: object) -> bytes:
    """ASCII with escapes: no byte of it can be misread, and a lone surrogate stays one."""
    return json.dumps(content, separators=(",", ":")).encode("ascii")


def _asks_to_wait(reply: PostReply) -> bool:
    return any(name.lower() == "retry-after" for name in reply.headers)
