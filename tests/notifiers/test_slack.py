from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from notifiers.base import DeliveryError, Message, PostReply
from notifiers.slack import SlackSettings, SlackWebhookNotifier
from tests.servers.poster import post
from tests.servers.slack import SECRET_PATH, Answer, SlackServer

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def notifier_for(server: SlackServer) -> SlackWebhookNotifier:
    return SlackWebhookNotifier(SlackSettings(lambda: server.url), post, now=lambda: NOW)


async def failure(server: SlackServer, message: Message) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await notifier_for(server).send(message, "privacy-alerts")
    assert SECRET_PATH.rpartition("/")[2] not in caught.value.reason
    return caught.value


async def test_message_has_text_and_blocks_and_asks_for_no_previews(
    slack: SlackServer, message: Message
) -> None:
    await notifier_for(slack).send(message, "privacy-alerts")
    (posted,) = slack.posts
    assert posted.path == SECRET_PATH
    assert posted.payload == {
        "text": message.fallback,
        "parse": "none",
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": list(message.blocks),
    }


async def test_fallback_text_mentions_nobody_and_holds_no_hidden_link(
    slack: SlackServer, message: Message
) -> None:
    hostile = replace(message, fallback="<!channel> <@U1> <https://evil.test|our site> R&D")
    await notifier_for(slack).send(hostile, "privacy-alerts")
    text = slack.posts[0].payload["text"]
    assert text == "&lt;!channel&gt; &lt;@U1&gt; &lt;https://evil.test|our site&gt; R&amp;D"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, "<html>Please sign in</html>"),
        Answer(200, ""),
        Answer(200, '{"ok": false}'),
        Answer(302, "", {"Location": "https://login.example.test/"}),
        Answer(204, ""),
        Answer(500, "rollup_error"),
        Answer(503, "ok"),
        Answer(408, "timeout"),
    ],
    ids=lambda answer: f"{answer.status} {answer.body[:12]}",
)
async def test_only_200_with_ok_counts_as_delivered(
    slack: SlackServer, message: Message, answer: Answer
) -> None:
    slack.always = answer
    error = await failure(slack, message)
    assert error.transient
    assert str(answer.status) in error.reason
    assert len(slack.posts) == 1


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("7", 7),
        ("0", 0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 1),
        ("Sat, 21 Nov 2026 09:30:20 -0000", 20),
        (None, 30),
        ("soon", 30),
        ("-5", 30),
        ("86400", 900),
        ("9" * 400, 900),
        (format_datetime(NOW + timedelta(days=9), usegmt=True), 900),
    ],
)
async def test_rate_limit_holds_the_channel_for_as_long_as_slack_asks(
    slack: SlackServer, message: Message, header: str | None, pause: float
) -> None:
    slack.always = Answer(429, "rate_limited", {} if header is None else {"retry-after": header})
    error = await failure(slack, message)
    assert (error.transient, error.channel_wide, error.retry_after) == (True, True, pause)
    assert len(slack.posts) == 1


@pytest.mark.parametrize("word", ["invalid_blocks", "msg_blocks_too_long", "invalid_payload", "no_text"])
async def test_refused_blocks_are_replaced_by_the_fallback_text_at_once(
    slack: SlackServer, message: Message, word: str
) -> None:
    slack.script = [Answer(400, word)]
    await notifier_for(slack).send(message, "privacy-alerts")
    assert ["blocks" in posted.payload for posted in slack.posts] == [True, False]
    assert slack.accepted[0].payload["text"] == message.fallback


async def test_blocks_that_slack_finds_invalid_arrive_as_fallback(slack: SlackServer, message: Message) -> None:
    bad = replace(message, blocks=({"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_001}},))
    await notifier_for(slack).send(bad, "privacy-alerts")
    assert len(slack.accepted) == 1


async def test_message_refused_in_both_forms_is_permanent_for_itself_alone(
    slack: SlackServer, message: Message
) -> None:
    slack.always = Answer(400, "invalid_payload")
    error = await failure(slack, message)
    assert (error.transient, error.channel_wide) == (False, False)
    assert len(slack.posts) == 2


@pytest.mark.parametrize(
    "answer",
    [
        Answer(403, "action_prohibited"),
        Answer(404, "no_service"),
        Answer(410, "channel_is_archived"),
        Answer(400, "user_not_found"),
        Answer(403, "<html>proxy</html>"),
    ],
    ids=lambda answer: answer.body[:20],
)
async def test_dead_webhook_is_permanent_for_the_channel_and_asked_once(
    slack: SlackServer, message: Message, answer: Answer
) -> None:
    slack.always = answer
    error = await failure(slack, message)
    assert (error.transient, error.channel_wide) == (False, True)
    assert len(slack.posts) == 1


async def test_what_the_poster_says_of_a_failure_is_kept_without_the_address(message: Message) -> None:
    async def refuse(url: str, payload: dict[str, Any] | bytes, headers: dict[str, str]) -> PostReply:
        raise DeliveryError(f"{url} is not allowed", transient=False)

    url = f"https://hooks.example.test{SECRET_PATH}"
    notifier = SlackWebhookNotifier(SlackSettings(lambda: url), refuse)
    with pytest.raises(DeliveryError, match="the webhook is not allowed") as caught:
        await notifier.send(message, "privacy-alerts")
    assert not caught.value.transient


@pytest.mark.parametrize("word", ["no_text", "invalid_payload"])
async def test_webhook_that_refuses_an_empty_message_lives(slack: SlackServer, word: str) -> None:
    slack.always = Answer(400, word)
    assert "lives" in await notifier_for(slack).probe()
    assert slack.posts[0].payload == {}


@pytest.mark.parametrize(
    "answer",
    [Answer(404, "no_service"), Answer(403, "invalid_token"), Answer(410, "channel_is_archived"), Answer()],
    ids=lambda answer: answer.body,
)
async def test_webhook_that_is_gone_or_takes_anything_does_not_pass(slack: SlackServer, answer: Answer) -> None:
    slack.always = answer
    with pytest.raises(DeliveryError) as caught:
        await notifier_for(slack).probe()
    assert not caught.value.transient
