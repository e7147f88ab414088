"""Sends a message as a Slack bot: one thread for each document; an outage's message is updated at its end."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from notifiers.answers import asked_to_wait, said, utc_now, without
from notifiers.base import DeliveryError, Message, Notifier, Post, PostReply
from notifiers.secrets import posted, revealed
from notifiers.slack import payload

API_URL = "https://slack.com/api"
TOKEN_PAUSE_SECONDS = 900.0
"""How long a channel rests after a refused token; somebody has to replace it."""

# The words are those of docs.slack.dev, reference of chat.postMessage.
_CONTENT_WORDS = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "no_text"}
)
_THREAD_WORDS = frozenset({"cannot_reply_to_message", "thread_not_found", "invalid_thread_ts"})
_TOKEN_WORDS = frozenset(
    {
        "access_denied", "account_inactive", "ekm_access_denied", "invalid_auth", "missing_scope",
        "no_permission", "not_allowed_token_type", "not_authed", "org_login_required",
        "team_access_not_granted", "token_expired", "token_revoked", "two_factor_setup_required",
    }
)  # fmt: skip
_PASSING_WORDS = frozenset(
    {
        "fatal_error", "internal_error", "message_limit_exceeded", "rate_limited", "ratelimited",
        "request_timeout", "service_unavailable", "team_added_to_org",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SlackBotSettings:
    """`token` is a getter for a bot token with the scope `chat:write`; `api_url` has no slash at its end."""

    token: Callable[[], str] = field(repr=False)
    api_url: str = API_URL


class SlackBotNotifier(Notifier):
    """A bot as a channel; its recipients are Slack channels that it was invited to."""

    def __init__(self, settings: SlackBotSettings, post: Post, now: Callable[[], datetime] = utc_now) -> None:
        self._settings = settings
        self._post = post
        self._now = now

    async def send(self, message: Message, recipient: str) -> str | None:
        """Post it, in its document's thread if there is one; returns `channel/ts`, Slack's name for it."""
        content = _content(message, recipient)
        word, answer = await self._ask("chat.postMessage", content)
        if word in _THREAD_WORDS:  # somebody deleted the message that began it
            content = {name: value for name, value in content.items() if name not in _OF_THREADS}
            word, answer = await self._ask("chat.postMessage", content)
        if word in _CONTENT_WORDS and "blocks" in content:
            del content["blocks"]
            word, answer = await self._ask("chat.postMessage", content)
        if word:
            raise self._refusal(word, recipient)
        await self._settle(message)
        return f"{answer['channel']}/{answer['ts']}" if {"channel", "ts"} <= answer.keys() else None

    async def probe(self) -> str:
        word, answer = await self._ask("auth.test", {})
        if word:
            raise self._refusal(word, "")
        return f"the token is that of {said(str(answer.get('user', 'a bot')))}"

    async def _settle(self, message: Message) -> None:
        """Write over the message that this one settles. It is told already: trouble here does not count."""
        channel, _, at = message.settles.partition("/")
        if at:
            update = {"channel": channel, "ts": at, **payload(message, with_blocks=True)}
            with suppress(DeliveryError):
                await self._ask("chat.update", update)

    async def _ask(self, method: str, content: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Slack's word for what is wrong, empty if nothing is, and its answer."""
        token = revealed(self._settings.token, "the Slack token")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json; charset=utf-8"}
        url = f"{self._settings.api_url}/{method}"
        reply = await posted(self._post, url, content, headers, hide=lambda text: without(text, [token]))
        answer = _answer(reply)
        if reply.status == 429 or (answer or {}).get("error") in ("ratelimited", "rate_limited"):
            raise asked_to_wait("Slack", reply, self._now())
        if answer is None:
            reason = (
                f"Slack did not answer as its API does: {reply.status} {said(without(reply.body, [token]))}"
            )
            raise DeliveryError(reason, transient=True, channel_wide=True)
        return ("" if answer["ok"] else said(without(str(answer.get("error", "no reason")), [token]))), answer

    def _refusal(self, word: str, recipient: str) -> DeliveryError:
        if word in _TOKEN_WORDS:
            reason = f"Slack refuses the token: {word}"
            pause = TOKEN_PAUSE_SECONDS
            return DeliveryError(reason, transient=True, channel_wide=True, retry_after=pause)
        if word in _PASSING_WORDS:
            return DeliveryError(f"Slack did not take it: {word}", transient=True, channel_wide=True)
        return DeliveryError(f"Slack does not take messages for {recipient}: {word}", transient=False)


_OF_THREADS = frozenset({"thread_ts", "reply_broadcast"})


def _content(message: Message, recipient: str) -> dict[str, Any]:
    content = {"channel": recipient, **payload(message, with_blocks=True)}
    _, _, thread = message.answers.partition("/")
    if thread:
        # Nobody may follow a thread: what is new shows in the channel as well. What is over shows there
        # already, in the message that it settles.
        content |= {"thread_ts": thread, "reply_broadcast": not message.settles}
    # Slack has no key by which it drops a second copy; this one lets people and programs tell.
    content["metadata"] = {
        "event_type": "policywatch_message",
        "event_payload": {"message_id": message.message_id},
    }
    return content


def _answer(reply: PostReply) -> dict[str, Any] | None:
    """What the API said, or None where it was not the API that spoke."""
    try:
        answer = json.loads(reply.body)
    except ValueError:
        return None
    if not isinstance(answer, dict) or not isinstance(answer.get("ok"), bool):
        return None
    return answer if reply.status == 200 else None
