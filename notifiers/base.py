"""What every channel shares: the message it carries, the notifier that sends it, and how sending fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message; with a `content_id` the HTML shows it in its place (`cid:`)."""

    name: str
    media_type: str
    content: bytes
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One rendered alert for one recipient, complete in each of its forms.

    `message_id` (without angle brackets) is the same on every try of one delivery, so that a receiver can drop
    a second copy. `text` is complete in itself; `html` is the same content for a mail client; `blocks` are
    Slack Block Kit blocks and `fallback` the short plain text that stands in for them; `data` is the same
    content for programs.

    `thread`, of the form of a message id, is shared by all messages on one document; empty where a message is
    about none or several. `answers` and `settles` are what the same channel returned for earlier messages: the
    first one of the thread, and one that this one says is over.
    """

    message_id: str
    date: datetime
    subject: str
    text: str
    html: str
    blocks: Sequence[dict[str, Any]]
    fallback: str
    data: Mapping[str, Any] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    thread: str = ""
    answers: str = ""
    settles: str = ""


class DeliveryError(Exception):
    """A message did not go out.

    `transient` says whether trying again may help. `retry_after` is how long the receiver asked us to wait, in
    seconds. `channel_wide` says that the fault lies with the whole channel (a refused login, a rate limit), so
    that its other messages wait as well. The text never holds a secret.
    """

    def __init__(
        self,
        reason: str,
        *,
        transient: bool,
        retry_after: float | None = None,
        channel_wide: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.transient = transient
        self.retry_after = retry_after
        self.channel_wide = channel_wide


class Notifier(Protocol):
    """A configured channel, able to carry a message to one of its recipients."""

    async def send(self, message: Message, recipient: str) -> str | None:
        """Hand `message` over for `recipient`; return only once the receiver has accepted it.

        Returns what the receiver calls the message, where later ones can refer to it.

        Raises:
            DeliveryError: it was not accepted, or it is unknown whether it was (then `transient` is true).

        """

    async def probe(self) -> str:
        """Go as far as can be gone without sending anything; returns in words what was proved.

        Raises:
            DeliveryError: a message would not go out.

        """


@dataclass(frozen=True, slots=True)
class PostReply:
    """What a receiver answered to an HTTP POST; `body` is cut to 128 KiB."""

    status: int
    headers: dict[str, str]
    body: str


class Post(Protocol):
    """Posts JSON; handed in from outside so that channels open no connections of their own."""

    async def __call__(self, url: str, payload: dict[str, Any] | bytes, headers: dict[str, str]) -> PostReply:
        """Post `payload` to `url` without following redirects; bytes go out as they are.

        Raises:
            DeliveryError: no reply came (transient), or the address is not allowed (permanent).

        """
