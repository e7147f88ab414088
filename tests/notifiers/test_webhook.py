from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from notifiers.base import DeliveryError, Message
from notifiers.webhook import WebhookNotifier, WebhookSettings, body_of
from tests.servers.poster import post
from tests.servers.slack import Answer, SlackServer

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
SECRET = "signing-canary"


@pytest.fixture
def hook(slack: SlackServer) -> SlackServer:
    slack.always = Answer(200, "")
    return slack


def notifier_for(server: SlackServer) -> WebhookNotifier:
    return WebhookNotifier(WebhookSettings(lambda: server.url, lambda: SECRET), post, now=lambda: NOW)


async def failure(server: SlackServer, message: Message) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await notifier_for(server).send(message, "webhook")
    return caught.value


def is_signed(body: bytes, header: str) -> bool:
    """What a receiver does, with nothing of ours."""
    at, given = (part.partition("=")[2] for part in header.split(","))
    expected = hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, given) and abs(int(at) - NOW.timestamp()) <= 300


async def test_message_is_versioned_signed_json_with_a_key_for_its_repetition(
    hook: SlackServer, message: Message
) -> None:
    await notifier_for(hook).send(replace(message, data={"type": "change", "title": "é \u2028"}), "webhook")
    (posted,) = hook.posts
    assert is_signed(posted.body, posted.headers["X-Signature"])
    assert not is_signed(posted.body + b" ", posted.headers["X-Signature"])
    assert posted.headers["Idempotency-Key"] == message.message_id
    assert posted.payload == {
        "schema": 1,
        "id": message.message_id,
        "thread": None,
        "occurred_at": "2026-11-21T09:30:00+00:00",
        "type": "change",
        "title": "é \u2028",
    }


def test_same_message_is_the_same_bytes(message: Message) -> None:
    assert body_of(message) == body_of(message)
    assert body_of(replace(message, data={"title": "\ud800"})).isascii()


async def test_message_without_data_says_its_text(hook: SlackServer, message: Message) -> None:
    await notifier_for(hook).send(message, "webhook")
    assert hook.posts[0].payload["type"] == "message"
    assert hook.posts[0].payload["text"] == message.fallback


async def test_probe_says_what_it_is(hook: SlackServer) -> None:
    await notifier_for(hook).probe()
    (posted,) = hook.posts
    assert posted.payload["type"] == "probe"
    assert "Idempotency-Key" not in posted.headers
    assert is_signed(posted.body, posted.headers["X-Signature"])


@pytest.mark.parametrize(
    ("status", "transient", "channel_wide"),
    [
        (302, True, True),
        (400, False, False),
        (401, True, True),
        (404, False, True),
        (408, True, True),
        (410, False, True),
        (422, False, False),
        (429, True, True),
        (500, True, True),
        (503, True, True),
    ],
)
async def test_status_says_whether_another_try_may_help(
    hook: SlackServer, message: Message, status: int, transient: bool, channel_wide: bool
) -> None:
    hook.always = Answer(status, "no")
    error = await failure(hook, message)
    assert (error.transient, error.channel_wide) == (transient, channel_wide)


async def test_request_for_patience_is_heeded(hook: SlackServer, message: Message) -> None:
    for status in (429, 503):
        hook.always = Answer(status, "", {"Retry-After": "11"})
        assert (await failure(hook, message)).retry_after == 11.0


async def test_body_is_json_that_any_reader_takes(hook: SlackServer, message: Message) -> None:
    await notifier_for(hook).send(message, "webhook")
    assert json.loads(hook.posts[0].body.decode("ascii"))["id"] == message.message_id
