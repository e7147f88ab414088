"""The story of one document as a Slack bot and a signed webhook tell it: it is gone, it is back, it changes."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from tests.acceptance.world import AFTER, BEFORE, NEW_CLAUSE, World, wait_until
from tests.servers.slack import SECRET_PATH, Posted

CHANNELS = """
[channels.bot]
type = "slack-bot"
token_env = "BOT_TOKEN"
api_url = "{api}"
to = ["C0PRIVACY"]
[channels.tickets]
type = "webhook"
url_env = "SLACK_URL"
signing_secret_env = "SIGNING"
[[routes]]
to = ["bot", "tickets"]
"""

DOCUMENT = """
[[services.documents]]
kind = "privacy-policy"
url = "{url}"
every = "1s"
"""


def tell_over_bot_and_webhook(world: World) -> None:
    world.write_config(documents=DOCUMENT.format(url=world.site.url("/privacy")))
    kept = world.config.read_text(encoding="utf-8").partition("[channels.mail]")[0]
    channels = CHANNELS.format(api=world.slack.api_url)
    world.config.write_text(f'baseline = "off"\n{kept}{channels}', encoding="utf-8")
    world.environment |= {"BOT_TOKEN": "xoxb-canary", "SIGNING": "canary-signing"}


def wait_for_deliveries(world: World, count: int) -> None:
    wait_until(lambda: world.log().count("delivery_sent") == count, f"{count} deliveries")


def posts(world: World, path: str) -> list[Posted]:
    return [post for post in world.slack.posts if post.path == path]


def is_signed(post: Posted) -> bool:
    """What a receiver does, with nothing of ours."""
    at, given = (part.partition("=")[2] for part in post.headers["X-Signature"].split(","))
    expected = hmac.new(b"canary-signing", f"{at}.".encode() + post.body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, given)


def test_what_is_gone_its_return_and_a_change_are_one_thread_and_the_first_message_is_updated(
    world: World,
) -> None:
    tell_over_bot_and_webhook(world)
    world.run("check")
    del world.site.pages["/privacy"]
    with world.daemon():
        wait_for_deliveries(world, 2)
        world.site.pages["/privacy"] = BEFORE["/privacy"]
        wait_for_deliveries(world, 4)
        world.site.pages["/privacy"] = AFTER["/privacy"]
        wait_for_deliveries(world, 6)
    gone, recovery, change = posts(world, "/api/chat.postMessage")
    first: dict[str, Any] = json.loads(gone.answer.body)
    assert "thread_ts" not in gone.payload
    for later, shows in ((recovery, False), (change, True)):
        assert (later.payload["thread_ts"], later.payload["reply_broadcast"]) == (first["ts"], shows)
    assert NEW_CLAUSE in change.words.replace("*", "")
    (update,) = posts(world, "/api/chat.update")
    assert (update.payload["channel"], update.payload["ts"]) == (first["channel"], first["ts"])
    assert update.payload["blocks"] == recovery.payload["blocks"]
    signed = posts(world, SECRET_PATH)
    assert [post.payload["type"] for post in signed] == ["withdrawn", "recovery", "change"]
    assert all(map(is_signed, signed))
    assert len({post.payload["thread"] for post in signed}) == 1
    assert len({post.headers["Idempotency-Key"] for post in signed}) == 3
    assert "canary" not in world.log()
