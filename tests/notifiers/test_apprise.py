from __future__ import annotations

import pytest

from notifiers.base import DeliveryError, Message
from notifiers.through_apprise import AppriseNotifier, AppriseSettings
from tests.servers.slack import Answer, SlackServer


async def test_short_form_goes_out_and_no_page_text(slack: SlackServer, message: Message) -> None:
    slack.always = Answer(200, "")
    notifier = AppriseNotifier(AppriseSettings(lambda: f"json://127.0.0.1:{slack.port}/path"))
    await notifier.send(message, "apprise")
    (posted,) = slack.posts
    assert (posted.payload["title"], posted.payload["message"]) == (message.subject, message.fallback)
    assert "We may train" not in str(posted.payload)


async def test_address_that_apprise_does_not_know_is_said_and_not_tried_again(message: Message) -> None:
    notifier = AppriseNotifier(AppriseSettings(lambda: "unheard-of://canarySecret"))
    with pytest.raises(DeliveryError) as caught:
        await notifier.send(message, "apprise")
    assert not caught.value.transient
    assert "canary" not in caught.value.reason
