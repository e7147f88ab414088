"""Receivers that are down, refuse or lie: nothing is lost or marked sent that was not, nobody else waits."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tests.acceptance.world import AFTER, NEW_CLAUSE, World, wait_until
from tests.servers.slack import Answer
from tests.servers.smtp import Script, ScriptedSmtpServer

QUIET = """
baseline = "off"
"""


def change_deliveries(world: World) -> dict[tuple[str, str], str]:
    rows = (json.loads(line) for line in world.run("alerts", "--kind", "privacy-policy").stdout.splitlines())
    return {
        (delivery["channel"], delivery["recipient"]): delivery["state"]
        for row in rows
        if row["kind"] == "change"
        for delivery in row["deliveries"]
    }


def change_the_policy(world: World) -> None:
    """The baseline is read and told nobody; then the policy gains its clause."""
    text = world.config.read_text(encoding="utf-8")
    world.config.write_text(QUIET + text, encoding="utf-8")
    world.run("check")
    world.site.pages["/privacy"] = AFTER["/privacy"]


def plain_smtp(world: World, server: ScriptedSmtpServer, recipients: list[str]) -> None:
    """Point the mail channel at a scripted server without TLS."""
    world.write_config(recipients=recipients)
    text = world.config.read_text(encoding="utf-8")
    text = text.replace(f"port = {world.smtp.port}", f"port = {server.port}")
    text = text.replace('tls = "starttls"', 'tls = "none"')
    for line in (
        'username = "watch"\n',
        'password_file = "password"\n',
        f'ca_file = "{world.certificates.ca_file}"\n',
    ):
        text = text.replace(line, "")
    world.config.write_text(text, encoding="utf-8")


def test_mail_server_that_is_down_across_a_restart_gets_every_mail_once_it_is_back(world: World) -> None:
    change_the_policy(world)
    world.smtp.stop()
    with world.daemon():
        world.slack.wait_for(1)
        wait_until(lambda: "delivery_retry" in world.log(), "the first refusal")
    assert change_deliveries(world)["mail", "dpo@example.com"] == "pending"
    world.smtp.start()
    with world.daemon():
        world.smtp.wait_for(1)
        wait_until(lambda: "delivery_sent channel=mail" in world.log(), "the delivery")
    assert len(world.smtp.messages) == len(world.slack.accepted) == 1
    assert set(change_deliveries(world).values()) == {"sent"}


def test_greylisted_recipient_of_three_is_tried_again_and_the_others_get_one_copy(world: World) -> None:
    script = Script(replies={"RCPT b@example.com": ["450 4.2.0 greylisted"]})
    with ScriptedSmtpServer(script) as server:
        plain_smtp(world, server, ["a@example.com", "b@example.com", "c@example.com"])
        change_the_policy(world)
        with world.daemon():
            server.wait_for(3)
            wait_until(lambda: world.log().count("delivery_sent channel=mail") == 3, "three deliveries")
    assert Counter(mail.recipients for mail in server.messages) == {
        ("a@example.com",): 1, ("b@example.com",): 1, ("c@example.com",): 1,
    }  # fmt: skip
    assert server.messages[-1].recipients == ("b@example.com",)


def test_refused_recipient_is_dead_and_reported_over_the_other_channel(world: World) -> None:
    with ScriptedSmtpServer(Script(replies={"RCPT gone@example.com": "550 5.1.1 no such user"})) as server:
        plain_smtp(world, server, ["gone@example.com", "dpo@example.com"])
        change_the_policy(world)
        world.run("check")
    assert change_deliveries(world) == {
        ("mail", "gone@example.com"): "dead", ("mail", "dpo@example.com"): "sent", ("chat", "webhook"): "sent",
    }  # fmt: skip
    report = world.slack.accepted[-1].words
    assert "gone@example.com" in report
    assert "no such user" in report
    status = world.run("status", expect=1)
    assert (
        json.loads(status.stdout)["outbox"]["dead"] == 1
        if status.stdout.startswith("{")
        else "1 dead" in status.stdout
    )


def test_slack_that_asks_for_patience_is_left_alone_for_as_long(world: World) -> None:
    change_the_policy(world)
    world.slack.script = [Answer(429, "rate_limited", {"Retry-After": "6"})]
    with world.daemon():
        world.smtp.wait_for(1)
        world.slack.wait_for(1)
        wait_until(lambda: "delivery_sent channel=chat" in world.log(), "the delivery")
    first, second = world.slack.posts
    assert second.at - first.at >= 6
    assert NEW_CLAUSE in second.words.replace("*", "")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, "<html>please log in</html>"),
        pytest.param(Answer(302, "", {"Location": "/login"}), marks=pytest.mark.soak),
    ],
)
def test_answer_that_is_not_ok_is_no_delivery(world: World, answer: Answer) -> None:
    change_the_policy(world)
    world.slack.script = [answer]
    with world.daemon():
        wait_until(lambda: "delivery_sent channel=chat" in world.log(), "the delivery", seconds=40)
    assert [post.accepted for post in world.slack.posts] == [False, True]


def test_text_that_would_break_a_mail_or_a_message_is_told_and_holds_up_nothing(world: World) -> None:
    change_the_policy(world)
    hostile = "We train AI models.\u2028Subject: x\r\nBcc: evil@example.com <!channel> "
    hostile += "<http://evil.example|ok> \u202ekcatta\x00"
    page = AFTER["/privacy"].replace("We never sell it to anybody.", f"We sell it. {hostile}")
    world.site.pages |= {"/privacy": page, "/faq": AFTER["/faq"]}
    world.run("check")
    assert len(world.smtp.messages) == len(world.slack.accepted) == 2
    for received in world.smtp.messages:
        assert received.recipients == ("dpo@example.com",)
        assert received.mail["Bcc"] is None
    for post in world.slack.accepted:
        sent = json.dumps(post.payload)
        assert "<!channel>" not in sent
        assert "<http://evil.example" not in sent
