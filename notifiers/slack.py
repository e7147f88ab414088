"""Sends a message to a Slack incoming webhook, and judges its answer by the one word that means success."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from notifiers.answers import asked_to_wait, said, utc_now, without_address
from notifiers.base import DeliveryError, Message, Notifier, Post, PostReply
from notifiers.secrets import posted, revealed

TEXT_LIMIT = 4_000
"""Slack's advice for the length of `text`, in characters (it refuses more than 40,000)."""

# Answers that speak of the webhook or its channel, whatever the message (docs.slack.dev, incoming webhooks).
_CHANNEL_WORDS = frozenset(
    {
        "action_prohibited", "channel_is_archived", "channel_not_found", "invalid_token", "no_active_hooks",
        "no_service", "no_service_id", "no_team", "posting_to_general_channel_denied", "team_disabled",
        "user_not_found",
    }
)  # fmt: skip
_EMPTY_WORDS = frozenset({"invalid_payload", "no_text", "missing_text_or_fallback_or_attachments"})
_CHANNEL_STATUS = frozenset({401, 403, 404, 410})
_CONTENT_STATUS = frozenset({400, 413})
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """`webhook_url` is a getter, because whoever knows the address may post: it is a secret."""

    webhook_url: Callable[[], str] = field(repr=False)


class SlackWebhookNotifier(Notifier):
    """An incoming webhook as a channel; it is bound to one Slack channel, the recipient is only a label."""

    def __init__(self, settings: SlackSettings, post: Post, now: Callable[[], datetime] = utc_now) -> None:
        self._settings = settings
        self._post = post
        self._now = now

    async def send(self, message: Message, recipient: str) -> None:  # noqa: ARG002 - see the class
        url = self._url()
        reply = await self._ask(url, payload(message, with_blocks=True))
        if message.blocks and _is_about_content(reply):
            reply = await self._ask(url, payload(message, with_blocks=False))
        if not _is_success(reply):
            raise self._failure(reply, url)

    async def probe(self) -> str:
        """Post an empty object, which a living webhook refuses before anything appears in its channel.

        docs.slack.dev ("Sending messages using incoming webhooks", error handling) has the words: 400 with
        `no_text` or `invalid_payload` speaks of the message, so that the webhook itself was found; 403 and 404
        with words such as `invalid_token`, `no_service` or `channel_is_archived` speak of the webhook.
        """
        url = self._url()
        reply = await self._ask(url, {})
        if reply.status == 400 and reply.body.strip() in _EMPTY_WORDS:
            return "the webhook lives; it refused an empty message, as it should"
        if _is_success(reply):
            raise DeliveryError("the receiver accepts an empty message; this is not Slack", transient=False)
        raise self._failure(reply, url)

    def _url(self) -> str:
        return revealed(self._settings.webhook_url, "the Slack webhook's address")

    async def _ask(self, url: str, content: dict[str, Any]) -> PostReply:
        return await posted(self._post, url, content, {}, hide=lambda text: without_address(text, url))

    def _failure(self, reply: PostReply, url: str) -> DeliveryError:
        words = said(without_address(reply.body, url))
        if reply.status == 429:
            return asked_to_wait("Slack", reply, self._now(), " (429)")
        if _is_about_channel(reply):
            reason = f"Slack does not take messages on this webhook: {reply.status} {words}"
            return DeliveryError(reason, transient=False, channel_wide=True)
        if reply.status == 408 or not 400 <= reply.status < 500:
            reason = f"Slack did not answer ok: {reply.status} {words}"
            return DeliveryError(reason, transient=True, channel_wide=True)
        return DeliveryError(f"Slack refused the message: {reply.status} {words}", transient=False)


def payload(message: Message, *, with_blocks: bool) -> dict[str, Any]:
    """What is posted: always a `text`, no previews of links, no automatic links or mentions."""
    content: dict[str, Any] = {
        "text": message.fallback[:TEXT_LIMIT].translate(_ENTITIES),
        "parse": "none",
        "unfurl_links": False,
        "unfurl_media": False,
    }
    if with_blocks and message.blocks:
        content["blocks"] = list(message.blocks)
    return content


def _is_success(reply: PostReply) -> bool:
    return reply.status == 200 and reply.body.strip() == "ok"


def _is_about_channel(reply: PostReply) -> bool:
    client_error = 400 <= reply.status < 500
    return reply.status in _CHANNEL_STATUS or (client_error and reply.body.strip() in _CHANNEL_WORDS)


def _is_about_content(reply: PostReply) -> bool:
    """Whether the same message might be taken in plainer form: `invalid_blocks`, `msg_blocks_too_long`, ..."""
    return reply.status in _CONTENT_STATUS and not _is_about_channel(reply)
