from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from notifiers.base import DeliveryError, Message
from notifiers.slack_bot import TOKEN_PAUSE_SECONDS, SlackBotNotifier, SlackBotSettings
from tests.servers.poster import post
from tests.servers.slack import Answer, SlackServer

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
CHANNEL = "C0PRIVACY"


def notifier_for(server: SlackServer) -> SlackBotNotifier:
    return SlackBotNotifier(SlackBotSettings(lambda: "xoxb-canary", server.api_url), post, now=lambda: NOW)


def refused(word: str) -> Answer:
    return Answer(200, json.dumps({"ok": False, "error": word}))


async def failure(server: SlackServer, message: Message) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await notifier_for(server).send(message, CHANNEL)
    return caught.value


async def test_message_goes_to_the_channel_with_the_token_in_a_header_alone(
    slack: SlackServer, message: Message
) -> None:
    receipt = await notifier_for(slack).send(message, CHANNEL)
    (posted,) = slack.posts
    assert receipt == "C0TEST/1700000000.000000"
    assert posted.path == "/api/chat.postMessage"
    assert posted.headers["Authorization"] == "Bearer xoxb-canary"
    assert b"xoxb" not in posted.body
    assert posted.payload["channel"] == CHANNEL
    assert posted.payload["text"] == message.fallback
    assert (posted.payload["unfurl_links"], posted.payload["parse"]) == (False, "none")
    assert posted.payload["metadata"]["event_payload"] == {"message_id": message.message_id}
    assert "thread_ts" not in posted.payload


async def test_later_message_on_a_document_stands_in_its_thread_and_in_the_channel(
    slack: SlackServer, message: Message
) -> None:
    await notifier_for(slack).send(replace(message, answers="C0TEST/1700.1"), CHANNEL)
    assert slack.posts[0].payload["thread_ts"] == "1700.1"
    assert slack.posts[0].payload["reply_broadcast"] is True


async def test_end_of_an_outage_is_told_in_its_thread_and_written_over_its_message(
    slack: SlackServer, message: Message
) -> None:
    over = replace(message, answers="C0TEST/1700.1", settles="C0TEST/1700.2")
    await notifier_for(slack).send(over, CHANNEL)
    told, updated = slack.posts
    assert (told.payload["thread_ts"], told.payload["reply_broadcast"]) == ("1700.1", False)
    assert updated.path == "/api/chat.update"
    assert (updated.payload["channel"], updated.payload["ts"]) == ("C0TEST", "1700.2")
    assert updated.payload["blocks"] == list(message.blocks)


async def test_message_that_cannot_be_updated_any_more_is_told_all_the_same(
    slack: SlackServer, message: Message
) -> None:
    slack.script = [
        Answer(200, '{"ok": true, "channel": "C0TEST", "ts": "1.2"}'),
        refused("edit_window_closed"),
    ]
    assert await notifier_for(slack).send(replace(message, settles="C0TEST/1700.2"), CHANNEL) == "C0TEST/1.2"


async def test_thread_that_was_deleted_is_left(slack: SlackServer, message: Message) -> None:
    slack.script = [refused("thread_not_found")]
    await notifier_for(slack).send(replace(message, answers="C0TEST/1700.1"), CHANNEL)
    (posted,) = slack.messages
    assert not {"thread_ts", "reply_broadcast"} & posted.payload.keys()


@pytest.mark.parametrize("word", ["invalid_blocks", "msg_blocks_too_long", "msg_too_long"])
async def test_refused_blocks_are_replaced_by_the_fallback_text_at_once(
    slack: SlackServer, message: Message, word: str
) -> None:
    slack.script = [refused(word)]
    await notifier_for(slack).send(message, CHANNEL)
    (posted,) = slack.messages
    assert "blocks" not in posted.payload
    assert posted.payload["text"] == message.fallback


@pytest.mark.parametrize("word", ["invalid_auth", "token_revoked", "missing_scope"])
async def test_refused_token_rests_the_channel_and_loses_nothing(
    slack: SlackServer, message: Message, word: str
) -> None:
    slack.always = refused(word)
    error = await failure(slack, message)
    assert (error.transient, error.channel_wide, error.retry_after) == (True, True, TOKEN_PAUSE_SECONDS)
    assert word in error.reason
    assert len(slack.posts) == 1


@pytest.mark.parametrize("word", ["channel_not_found", "is_archived", "not_in_channel", "unheard_of"])
async def test_channel_that_takes_nothing_is_permanent_for_itself_alone(
    slack: SlackServer, message: Message, word: str
) -> None:
    slack.always = refused(word)
    error = await failure(slack, message)
    assert (error.transient, error.channel_wide) == (False, False)
    assert CHANNEL in error.reason


@pytest.mark.parametrize(
    "answer",
    [Answer(200, "ok"), Answer(200, "<html>log in</html>"), Answer(302, ""), Answer(500, '{"ok": true}')],
)
async def test_answer_that_is_not_the_apis_is_no_delivery(
    slack: SlackServer, message: Message, answer: Answer
) -> None:
    slack.always = answer
    assert (await failure(slack, message)).transient


@pytest.mark.parametrize(("asked", "waits"), [("7", 7.0), ("86400", 900.0), ("", 30.0)])
async def test_request_for_patience_is_heeded(
    slack: SlackServer, message: Message, asked: str, waits: float
) -> None:
    slack.always = Answer(429, '{"ok": false, "error": "ratelimited"}', {"Retry-After": asked})
    error = await failure(slack, message)
    assert (error.transient, error.channel_wide, error.retry_after) == (True, True, waits)
