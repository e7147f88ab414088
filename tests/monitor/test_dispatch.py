"""The outbox is emptied at least once, in order, and nobody's trouble is anybody else's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import time
from email.utils import parseaddr
from typing import Any

import pytest

from monitor import outbox, recording
from monitor.alerting import AlertPlan, Audience, Planned
from monitor.dispatch import ChannelWorkers, Dispatcher
from monitor.log import Log, make_log
from monitor.metrics import Metrics
from monitor.retry import GIVE_UP_AFTER, MIN_ATTEMPTS
from monitor.routes import Digest, Route, Timing
from monitor.storage_alarm import Receivers, StorageAlarm
from notifiers.base import Message, Notifier
from notifiers.email import EmailNotifier, EmailSettings
from notifiers.slack import SlackSettings, SlackWebhookNotifier
from notifiers.slack_bot import SlackBotNotifier, SlackBotSettings
from notifiers.webhook import WebhookNotifier, WebhookSettings
from storage.database import Database
from storage.records import AlertKind, Delivery, DeliveryState, NewAlert, Severity
from tests.monitor.stage import FIRST_TEXT, Stage, audience, watch
from tests.servers.poster import post
from tests.servers.slack import Answer, SlackServer
from tests.servers.smtp import DROP, Received, ScriptedSmtpServer

ANN, BOB = "ann@team.test", "bob@team.test"


@pytest.fixture
def smtp() -> Iterator[ScriptedSmtpServer]:
    with ScriptedSmtpServer() as server:
        yield server


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


def mail_to(server: ScriptedSmtpServer) -> Notifier:
    settings = EmailSettings("127.0.0.1", server.port, "watch@policy.test", tls="none", timeout_seconds=5.0)
    return EmailNotifier(settings)


def slack_to(server: SlackServer) -> Notifier:
    return SlackWebhookNotifier(SlackSettings(lambda: server.url), post)


class Gate(Notifier):
    """A receiver that takes messages only once it is opened; counts how many stand before it."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.reached = asyncio.Event()
        self.waiting = 0
        self.most_waiting = 0

    async def send(self, _message: Message, _recipient: str) -> None:
        self.waiting += 1
        self.most_waiting = max(self.waiting, self.most_waiting)
        self.reached.set()
        await self.opened.wait()
        self.waiting -= 1

    async def probe(self) -> str:
        return "there"


class Diary:
    """A log that can be waited for."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self._written = asyncio.Event()

    def _write(self, event: str, **_values: Any) -> None:
        self.events.append(event)
        self._written.set()

    debug = info = warning = error = _write

    async def wait_for(self, event: str, count: int = 1) -> None:
        while self.events.count(event) < count:
            self._written.clear()
            await self._written.wait()


class Broken(Notifier):
    """A notifier with a fault in its own code."""

    async def send(self, _message: Message, _recipient: str) -> None:
        raise ZeroDivisionError

    async def probe(self) -> str:
        raise ZeroDivisionError


def dispatcher(
    stage: Stage,
    heard: Audience,
    *,
    database: Database | None = None,
    log: Log | None = None,
    at_once: int = 1,
    **channels: Notifier,
) -> Dispatcher:
    alarm = StorageAlarm(
        Receivers({}, heard, "UTC"), database=stage.database.path, clock=stage.clock, log=log or make_log()
    )
    return Dispatcher(
        database or stage.database,
        {name: ChannelWorkers(notifier, at_once) for name, notifier in channels.items()},
        heard,
        timezone="UTC",
        clock=stage.clock,
        jitter=lambda: 0.0,
        in_thread=stage.thread,
        metrics=Metrics(),
        storage_alarm=alarm,
        log=log or make_log(),
    )


async def raise_alert(stage: Stage, heard: Audience, *, document: str = "acme/terms", number: int = 1) -> None:
    """The document's next change, on which the rule fires; the first call reads it as it was before."""
    path = f"/{document}"
    target, pipeline = stage.target(path, key=document), stage.pipeline(watch(heard))
    sentences = [f"We train AI models on your data, part {part}." for part in range(1, number + 1)]
    if number == 1:
        stage.show(FIRST_TEXT, path=path)
        await stage.check(pipeline, target, hours=0)
    stage.show(FIRST_TEXT, *sentences, path=path)
    stage.clock.advance(milliseconds=1)
    assert (await stage.check(pipeline, target, hours=0)).findings


def raise_odd_alert(stage: Stage, kind: AlertKind, *told: Planned, **details: Any) -> None:
    plan = AlertPlan(kind, Severity.HIGH, "An odd alert", told)
    new = NewAlert(
        kind, "live", None, None, Severity.HIGH, plan.title, stage.clock(), stage.clock(), details=details
    )
    with stage.database.write() as transaction:
        recording.save_alert(transaction, plan, new)


def deliveries(stage: Stage, *kinds: AlertKind) -> list[Delivery]:
    return [delivery for alert in stage.alerts(*kinds) for delivery in alert.deliveries]


def by_recipient(messages: list[Received]) -> dict[str, list[str]]:
    """The message ids that each recipient got, in order."""
    got: dict[str, list[str]] = {}
    for message in messages:
        got.setdefault(parseaddr(str(message.mail["To"]))[1], []).append(str(message.mail["Message-ID"]))
    return got


async def test_a_slack_bot_tells_a_documents_story_in_one_thread(stage: Stage, slack: SlackServer) -> None:
    heard = audience(chat=("C0PRIVACY",))
    bot = SlackBotNotifier(SlackBotSettings(lambda: "xoxb-canary", slack.api_url), post)
    await raise_alert(stage, heard)
    await raise_alert(stage, heard, document="bolt/terms")
    await dispatcher(stage, heard, chat=bot).drain()
    await raise_alert(stage, heard, number=2)
    await dispatcher(stage, heard, chat=bot).drain()
    acme, bolt, again = slack.messages
    assert not {"thread_ts"} & (acme.payload.keys() | bolt.payload.keys())
    assert "Route 1 of its configuration" in again.words
    assert again.payload["thread_ts"] == json.loads(acme.answer.body)["ts"]
    assert [each.state for each in deliveries(stage)] == [DeliveryState.SENT] * 3


async def test_a_webhook_that_loses_its_answer_gets_the_same_key_again(
    stage: Stage, slack: SlackServer
) -> None:
    heard = audience(hook=("webhook",))
    hook = WebhookNotifier(WebhookSettings(lambda: slack.url, lambda: "canary"), post, stage.clock)
    slack.script, slack.always = [Answer(504, "")], Answer(204, "")
    await raise_alert(stage, heard)
    await dispatcher(stage, heard, hook=hook).drain()
    stage.clock.advance(hours=1)
    await dispatcher(stage, heard, hook=hook).drain()
    first, second = slack.posts
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert first.body == second.body
    assert second.payload["type"] == "change"


async def test_every_recipient_of_every_channel_gets_one_message(
    stage: Stage, smtp: ScriptedSmtpServer, slack: SlackServer
) -> None:
    heard = audience(mail=(ANN, BOB), chat=("webhook",))
    await raise_alert(stage, heard)
    await dispatcher(stage, heard, mail=mail_to(smtp), chat=slack_to(slack)).drain()
    assert {name: len(ids) for name, ids in by_recipient(smtp.messages).items()} == {ANN: 1, BOB: 1}
    assert len(slack.accepted) == 1
    assert {(each.state, each.attempts) for each in deliveries(stage)} == {(DeliveryState.SENT, 1)}


async def test_one_greylisted_recipient_of_three_is_tried_again_alone_and_later(
    stage: Stage, smtp: ScriptedSmtpServer
) -> None:
    heard = audience(mail=(ANN, BOB, "eve@team.test"))
    smtp.script.replies[f"RCPT {BOB}"] = ["450 4.2.0 greylisted"]
    await raise_alert(stage, heard)
    post_office = dispatcher(stage, heard, mail=mail_to(smtp))
    await post_office.drain()
    waiting = next(each for each in deliveries(stage) if each.recipient == BOB)
    assert (waiting.state, waiting.attempts) == (DeliveryState.PENDING, 1)
    assert waiting.next_attempt_at is not None
    assert waiting.next_attempt_at > stage.clock()
    assert "450" in (waiting.last_error or "")
    await post_office.drain()
    assert BOB not in by_recipient(smtp.messages)
    stage.clock.now = waiting.next_attempt_at
    await post_office.drain()
    assert {name: len(ids) for name, ids in by_recipient(smtp.messages).items()} == {
        ANN: 1, BOB: 1, "eve@team.test": 1,
    }  # fmt: skip


async def test_a_server_that_is_down_for_hours_costs_no_alert_across_a_restart(
    stage: Stage, smtp: ScriptedSmtpServer
) -> None:
    heard = audience(mail=(ANN,))
    await raise_alert(stage, heard)
    smtp.stop()
    for _ in range(MIN_ATTEMPTS + 1):
        await dispatcher(stage, heard, mail=mail_to(smtp)).drain()
        (waiting,) = deliveries(stage)
        assert waiting.state is DeliveryState.PENDING
        assert waiting.next_attempt_at is not None
        stage.clock.now = waiting.next_attempt_at
    smtp.start()
    await dispatcher(stage, heard, mail=mail_to(smtp)).drain()
    (sent,) = deliveries(stage)
    assert (sent.state, sent.attempts, len(smtp.messages)) == (DeliveryState.SENT, MIN_ATTEMPTS + 2, 1)


async def test_a_reader_gets_the_story_of_a_document_in_its_order(
    stage: Stage, smtp: ScriptedSmtpServer
) -> None:
    heard = audience(mail=(ANN, BOB))
    smtp.script.replies[f"RCPT {ANN}"] = ["450 later"]
    await raise_alert(stage, heard, number=1)
    await raise_alert(stage, heard, number=2)
    await raise_alert(stage, heard, document="other/terms")
    post_office = dispatcher(stage, heard, mail=mail_to(smtp))
    await post_office.drain()
    got = by_recipient(smtp.messages)
    assert (len(got[ANN]), len(got[BOB])) == (1, 3)  # Ann waits for the first, the other document passes by
    stage.clock.advance(hours=1)
    await post_office.drain()
    story = [each.message_id for each in deliveries(stage) if each.recipient == ANN]
    assert by_recipient(smtp.messages)[ANN] == [f"<{story[2]}>", f"<{story[0]}>", f"<{story[1]}>"]


async def test_a_connection_lost_after_the_final_dot_is_tried_again_with_the_same_message_id(
    stage: Stage, smtp: ScriptedSmtpServer
) -> None:
    heard = audience(mail=(ANN,))
    smtp.script.content = DROP
    await raise_alert(stage, heard)
    post_office = dispatcher(stage, heard, mail=mail_to(smtp))
    await post_office.drain()
    smtp.script.content = "250 taken"
    stage.clock.advance(hours=1)
    await post_office.drain()
    await post_office.drain()
    (ids,) = by_recipient(smtp.messages).values()
    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert deliveries(stage)[0].state is DeliveryState.SENT


async def test_a_permanently_refused_recipient_is_dead_and_told_over_the_other_channel(
    stage: Stage, smtp: ScriptedSmtpServer, slack: SlackServer
) -> None:
    heard = audience(mail=(ANN, BOB), chat=("webhook",))
    smtp.script.replies[f"RCPT {ANN}"] = "550 5.1.1 no such user"
    await raise_alert(stage, heard)
    await dispatcher(stage, heard, chat=slack_to(slack), mail=mail_to(smtp)).drain()
    states = {each.recipient: (each.state, each.attempts) for each in deliveries(stage, AlertKind.CHANGE)}
    assert states == {
        ANN: (DeliveryState.DEAD, 1), BOB: (DeliveryState.SENT, 1), "webhook": (DeliveryState.SENT, 1),
    }  # fmt: skip
    assert [(each.channel, each.state) for each in deliveries(stage, AlertKind.DELIVERY)] == [
        ("chat", DeliveryState.SENT)
    ]
    assert ANN in slack.accepted[-1].words
    assert "no such user" in slack.accepted[-1].words


async def test_where_there_is_one_channel_the_other_recipients_hear_of_a_dead_delivery(
    stage: Stage, smtp: ScriptedSmtpServer
) -> None:
    heard = audience(mail=(ANN, BOB))
    smtp.script.replies[f"RCPT {ANN}"] = "550 no"
    await raise_alert(stage, heard)
    await dispatcher(stage, heard, mail=mail_to(smtp)).drain()
    assert [each.recipient for each in deliveries(stage, AlertKind.DELIVERY)] == [BOB]
    assert len(by_recipient(smtp.messages)[BOB]) == 2


async def test_a_report_that_cannot_be_delivered_is_not_reported_in_turn(
    stage: Stage, smtp: ScriptedSmtpServer, slack: SlackServer
) -> None:
    heard = audience(mail=(ANN,), chat=("webhook",))
    smtp.script.replies[f"RCPT {ANN}"] = "550 no"
    slack.always = Answer(404, "no_service")
    await raise_alert(stage, heard)
    await dispatcher(stage, heard, mail=mail_to(smtp), chat=slack_to(slack)).drain()
    assert {each.state for each in deliveries(stage)} == {DeliveryState.DEAD}
    assert len(stage.alerts(AlertKind.DELIVERY)) == 2  # one for each channel's failure, none for theirs
    assert len(slack.posts) == 2


async def test_a_lone_recipient_who_refuses_leaves_a_visible_dead_row(
    stage: Stage, smtp: ScriptedSmtpServer
) -> None:
    heard = audience(mail=(ANN,))
    smtp.script.replies[f"RCPT {ANN}"] = "550 no"
    await raise_alert(stage, heard)
    await dispatcher(stage, heard, mail=mail_to(smtp)).drain()
    (dead,) = deliveries(stage)
    assert (dead.state, dead.finished_at) == (DeliveryState.DEAD, stage.clock())
    assert "550" in (dead.last_error or "")


async def test_an_alert_is_given_up_only_after_days_and_many_tries(
    stage: Stage, smtp: ScriptedSmtpServer
) -> None:
    heard = audience(mail=(ANN,))
    smtp.script.replies[f"RCPT {ANN}"] = "450 later"
    await raise_alert(stage, heard)
    stage.clock.now += 2 * GIVE_UP_AFTER  # as if nothing had run for a week
    post_office = dispatcher(stage, heard, mail=mail_to(smtp))
    for _ in range(MIN_ATTEMPTS):
        assert deliveries(stage)[0].state is DeliveryState.PENDING
        await post_office.drain()
        stage.clock.advance(hours=1)
    assert (deliveries(stage)[0].state, smtp.count("RCPT")) == (DeliveryState.DEAD, MIN_ATTEMPTS)


async def test_a_notifier_at_fault_is_tried_again_and_stops_no_other_channel(
    stage: Stage, smtp: ScriptedSmtpServer
) -> None:
    heard = audience(broken=("x",), mail=(ANN,))
    await raise_alert(stage, heard)
    await dispatcher(stage, heard, broken=Broken(), mail=mail_to(smtp)).drain()
    broken, mailed = sorted(deliveries(stage), key=lambda each: each.channel)
    assert (broken.state, mailed.state) == (DeliveryState.PENDING, DeliveryState.SENT)
    assert broken.last_error == "ZeroDivisionError while sending; this is a fault in policywatch"


async def test_a_message_that_cannot_be_rendered_goes_out_in_plain_form(
    stage: Stage, smtp: ScriptedSmtpServer
) -> None:
    heard = audience(mail=(ANN,))
    diary = Diary()
    odd = dict.fromkeys(("channel", "recipient", "title", "error", "attempts"))
    raise_odd_alert(stage, AlertKind.DELIVERY, Planned("mail", ANN, "odd@mail.test"), **odd)
    await raise_alert(stage, heard)
    await dispatcher(stage, heard, mail=mail_to(smtp), log=diary).drain()
    plain, change = smtp.messages
    assert "policywatch explain 1" in plain.part("plain")
    assert "train AI models" in change.part("plain")
    assert "render_failed" in diary.events


async def test_an_alert_whose_story_is_gone_does_not_hold_up_the_next(
    stage: Stage, smtp: ScriptedSmtpServer
) -> None:
    heard = audience(mail=(ANN,))
    raise_odd_alert(stage, AlertKind.CHANGE, Planned("mail", ANN, "odd@mail.test"))
    await raise_alert(stage, heard)
    await dispatcher(stage, heard, mail=mail_to(smtp)).drain()
    assert [each.state for each in deliveries(stage)] == [DeliveryState.PENDING, DeliveryState.SENT]


async def test_a_rate_limit_holds_the_whole_channel_and_no_other(
    stage: Stage, smtp: ScriptedSmtpServer, slack: SlackServer
) -> None:
    heard = audience(mail=(ANN,), chat=("webhook",))
    slack.script = [Answer(429, "", {"Retry-After": "600"})]
    await raise_alert(stage, heard)
    await raise_alert(stage, heard, document="other/terms")
    post_office = dispatcher(stage, heard, mail=mail_to(smtp), chat=slack_to(slack))
    await post_office.drain()
    stage.clock.advance(seconds=599)
    await raise_alert(stage, heard, document="third/terms")  # comes up while the channel rests
    await post_office.drain()
    assert (len(slack.posts), len(smtp.messages)) == (1, 3)
    stage.clock.advance(seconds=1)
    await post_office.drain()
    assert len(slack.accepted) == 3


async def test_what_a_killed_process_was_sending_goes_out_again_with_its_message_id(
    stage: Stage, smtp: ScriptedSmtpServer
) -> None:
    heard = audience(mail=(ANN,))
    await raise_alert(stage, heard)
    claimed = outbox.claim(stage.database, "mail", stage.clock(), busy=())
    assert claimed is not None
    post_office = dispatcher(stage, heard, mail=mail_to(smtp))
    await post_office.drain()
    assert smtp.messages == []
    assert outbox.take_back(stage.database) == 1
    await post_office.drain()
    assert by_recipient(smtp.messages) == {ANN: [f"<{claimed.message_id}>"]}
    assert deliveries(stage)[0].attempts == 2


async def test_closing_finishes_what_is_being_sent_and_begins_nothing_more(stage: Stage) -> None:
    heard = audience(gate=("one",))
    await raise_alert(stage, heard)
    await raise_alert(stage, heard, document="other/terms")
    gate = Gate()
    post_office = dispatcher(stage, heard, gate=gate)
    running = asyncio.create_task(post_office.run())
    await gate.reached.wait()
    post_office.close()
    gate.opened.set()
    await running
    assert [each.state for each in deliveries(stage)] == [DeliveryState.SENT, DeliveryState.PENDING]


async def test_closing_before_the_first_step_ends_in_silence(stage: Stage) -> None:
    faults: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: faults.append(context))
    post_office = dispatcher(stage, audience(gate=("one",)), gate=Gate())
    post_office.close()
    await post_office.run()
    await asyncio.sleep(0)
    assert faults == []


async def test_an_idle_dispatcher_sends_at_once_what_it_is_woken_for(
    stage: Stage, smtp: ScriptedSmtpServer
) -> None:
    heard = audience(mail=(ANN,))
    post_office = dispatcher(stage, heard, mail=mail_to(smtp))
    running = asyncio.create_task(post_office.run())
    await raise_alert(stage, heard)
    post_office.wake()
    await asyncio.to_thread(smtp.wait_for, 1)
    post_office.close()
    await running
    assert deliveries(stage)[0].state is DeliveryState.SENT


async def test_a_recipient_is_served_by_one_worker_at_a_time(stage: Stage) -> None:
    heard = audience(gate=("one", "two"))
    for number in range(3):
        await raise_alert(stage, heard, document=f"service-{number}/terms")
    gate = Gate()
    diary = Diary()
    post_office = dispatcher(stage, heard, log=diary, gate=gate, at_once=4)
    running = asyncio.create_task(post_office.run())
    await gate.reached.wait()
    post_office.wake()
    await stage.thread(lambda: None)  # every claim asked for until now has been answered
    await stage.thread(lambda: None)
    gate.opened.set()
    await diary.wait_for("delivery_sent", 6)
    post_office.close()
    await running
    assert gate.most_waiting == 2


async def test_what_waits_for_a_channel_that_was_removed_is_dead_and_told_over_the_others(
    stage: Stage, slack: SlackServer
) -> None:
    await raise_alert(stage, audience(old=(ANN,)))
    await dispatcher(stage, audience(chat=("webhook",)), chat=slack_to(slack)).drain()
    (gone,) = deliveries(stage, AlertKind.CHANGE)
    assert (gone.state, gone.last_error) == (DeliveryState.DEAD, "the channel old is no longer configured")
    assert ANN in slack.accepted[0].words


async def test_a_database_that_is_locked_for_a_while_neither_stops_nor_doubles_a_delivery(stage: Stage) -> None:
    heard = audience(gate=("one",))
    await raise_alert(stage, heard)
    gate, diary = Gate(), Diary()
    impatient = Database.open(stage.database.path, busy_timeout=0.01)
    try:
        post_office = dispatcher(stage, heard, database=impatient, log=diary, gate=gate)
        with stage.database.write():
            await post_office.drain()  # cannot even claim
        draining = asyncio.create_task(post_office.drain())
        await gate.reached.wait()
        with stage.database.write():
            gate.opened.set()
            await diary.wait_for("storage_failed", 2)
        await draining
    finally:
        impatient.close()
    assert diary.events == ["storage_failed", "storage_recovered"] * 2 + ["delivery_sent"]
    (sent,) = deliveries(stage)
    assert (sent.state, sent.attempts) == (DeliveryState.SENT, 1)


GATHERED = Timing(group_wait=300)


def timed(timing: Timing, **channels: tuple[str, ...]) -> Audience:
    heard = audience(**channels)
    return replace(heard, routes=[replace(route, timing=timing) for route in heard.routes])


async def test_what_a_route_gathers_goes_out_in_one_message_that_lists_all(
    stage: Stage, smtp: ScriptedSmtpServer, slack: SlackServer
) -> None:
    heard = timed(GATHERED, mail=(ANN, BOB), chat=("webhook",))
    await raise_alert(stage, heard)
    stage.clock.advance(minutes=4)
    await raise_alert(stage, heard, document="other/terms")
    post_office = dispatcher(stage, heard, mail=mail_to(smtp), chat=slack_to(slack))
    await post_office.drain()
    assert (smtp.messages, slack.posts) == ([], [])
    stage.clock.advance(minutes=1)
    await post_office.drain()
    assert {name: len(ids) for name, ids in by_recipient(smtp.messages).items()} == {ANN: 1, BOB: 1}
    for words in (smtp.messages[0].part("plain"), slack.accepted[0].words):
        assert "2 alerts (2 high)" in words
        assert "Route 1 of its configuration" in words
        assert "Acme" in words
        assert "Other" in words
    assert {each.state for each in deliveries(stage)} == {DeliveryState.SENT}


async def test_a_digest_goes_out_once_a_day_with_what_came_up_since(
    stage: Stage, smtp: ScriptedSmtpServer
) -> None:
    heard = timed(Timing(digest=Digest("daily", time(8), 0, "UTC")), mail=(ANN,))
    for number in (1, 2, 3):
        await raise_alert(stage, heard, number=number)
    post_office = dispatcher(stage, heard, mail=mail_to(smtp))
    for _ in range(48):
        stage.clock.advance(hours=1)
        await post_office.drain()
    (digest,) = smtp.messages
    assert "Daily digest: 3 alerts (3 high) – 2026-03-03" in str(digest.mail["Subject"])


async def test_a_weekly_digest_bears_the_report_of_what_its_recipient_is_told_of(
    stage: Stage, smtp: ScriptedSmtpServer
) -> None:
    digest = Timing(digest=Digest("weekly", time(8), 0, "UTC"))
    everything = timed(digest, mail=(ANN, BOB))
    heard = replace(
        everything,
        routes=(
            Route(to=("mail",), recipients=frozenset({ANN}), timing=digest),
            Route(to=("mail",), recipients=frozenset({BOB}), services=frozenset({"acme"}), timing=digest),
        ),
    )
    await raise_alert(stage, heard)
    await raise_alert(stage, heard, document="other/terms")
    post_office = dispatcher(stage, heard, mail=mail_to(smtp))
    for _ in range(8):
        stage.clock.advance(days=1)
        await post_office.drain()
    mails = {parseaddr(str(each.mail["To"]))[1]: each for each in smtp.messages}
    assert len(smtp.messages) == 2
    said = {name: " ".join(each.part("plain").split()) for name, each in mails.items()}
    assert "Changes: 2 (2 high)" in said[ANN]
    assert "Changes: 1 (1 high)" in said[BOB]
    table = next(mails[BOB].mail.iter_attachments()).get_content()
    assert "acme/terms" in table
    assert "other/terms" not in table


async def test_a_crash_with_a_gathered_message_under_way_sends_the_same_message_again(
    stage: Stage, smtp: ScriptedSmtpServer
) -> None:
    heard = timed(GATHERED, mail=(ANN,))
    await raise_alert(stage, heard)
    await raise_alert(stage, heard, document="other/terms")
    stage.clock.advance(minutes=5)
    smtp.script.content = DROP  # taken, and the process ends before it hears so
    await dispatcher(stage, heard, mail=mail_to(smtp)).drain()
    await raise_alert(stage, heard, document="third/terms")
    outbox.take_back(stage.database)
    smtp.script.content = "250 taken"
    stage.clock.advance(minutes=5)
    await dispatcher(stage, heard, mail=mail_to(smtp)).drain()
    first, again, third = smtp.messages
    assert first.mail["Message-ID"] == again.mail["Message-ID"] != third.mail["Message-ID"]
    assert first.part("plain") == again.part("plain")
    assert "third" not in again.part("plain").lower()
    assert {each.state for each in deliveries(stage)} == {DeliveryState.SENT}


async def test_a_storm_is_few_messages_with_all_alerts_and_then_calm_again(
    stage: Stage, smtp: ScriptedSmtpServer
) -> None:
    heard = audience(mail=(ANN,))
    for number in range(6):
        await raise_alert(stage, heard, document=f"service-{number}/terms")
    await dispatcher(stage, heard, mail=mail_to(smtp)).drain()
    (message,) = smtp.messages
    for number in range(6):
        assert f"Service-{number}" in message.part("plain")
    stage.clock.advance(hours=7)
    await raise_alert(stage, heard, document="calm/terms")
    await dispatcher(stage, heard, mail=mail_to(smtp)).drain()
    assert "train AI models" in smtp.messages[-1].part("plain")
    assert len(smtp.messages) == 2


async def test_in_a_storm_the_next_message_waits_and_a_check_by_hand_waits_for_nothing(stage: Stage) -> None:
    heard = audience(gate=(ANN,))
    for number in range(4):
        await raise_alert(stage, heard, document=f"service-{number}/terms")
    for _ in range(4):
        sent = outbox.claim(stage.database, "gate", stage.clock(), busy=())
        assert sent is not None
        outbox.sent(stage.database, sent, heard, stage.clock())
    await raise_alert(stage, heard, document="fifth/terms")
    assert outbox.claim(stage.database, "gate", stage.clock(), busy=()) is None
    stage.clock.advance(seconds=61)
    await raise_alert(stage, heard, document="sixth/terms")
    shared = outbox.claim(stage.database, "gate", stage.clock(), busy=())
    assert shared is not None
    assert len(deliveries(stage)) == 6
    assert sum(each.carrier_id == shared.id for each in deliveries(stage)) == 1
    outbox.sent(stage.database, shared, heard, stage.clock())
    await raise_alert(stage, heard, document="last/terms")
    assert outbox.claim(stage.database, "gate", stage.clock(), busy=()) is None
    assert outbox.claim(stage.database, "gate", stage.clock(), busy=(), patient=False) is not None


async def test_a_message_with_many_alerts_that_is_refused_is_reported_once(
    stage: Stage, smtp: ScriptedSmtpServer, slack: SlackServer
) -> None:
    heard = audience(mail=(ANN,))
    heard = replace(heard, channels={**heard.channels, **audience(chat=("webhook",)).channels})
    smtp.script.replies[f"RCPT {ANN}"] = "550 no"
    for number in range(5):
        await raise_alert(stage, heard, document=f"service-{number}/terms")
    await dispatcher(stage, heard, mail=mail_to(smtp), chat=slack_to(slack)).drain()
    (report,) = slack.accepted
    assert "A message with 5 alerts could not be delivered" in report.words
    assert [each.state for each in deliveries(stage, AlertKind.CHANGE)] == [DeliveryState.DEAD] * 5


async def test_a_channel_that_rests_rests_over_a_restart(stage: Stage, slack: SlackServer) -> None:
    heard = audience(chat=("webhook",))
    slack.script = [Answer(429, "", {"Retry-After": "600"})]
    await raise_alert(stage, heard)
    await dispatcher(stage, heard, chat=slack_to(slack)).drain()
    await raise_alert(stage, heard, document="other/terms")
    await dispatcher(stage, heard, chat=slack_to(slack)).drain()  # as a new process would
    assert len(slack.posts) == 1
    stage.clock.advance(seconds=600)
    await dispatcher(stage, heard, chat=slack_to(slack)).drain()
    assert len(slack.accepted) == 2


async def test_a_document_that_changes_all_day_is_told_twice_and_in_one_summary_a_day(stage: Stage) -> None:
    heard = audience(gate=(ANN,))
    messages = []
    for number in range(1, 13):
        await raise_alert(stage, heard, number=number)
        for _ in range(4):
            while found := outbox.claim(stage.database, "gate", stage.clock(), busy=()):
                outbox.sent(stage.database, found, heard, stage.clock())
                messages.append((stage.clock(), found.grouping))
            stage.clock.advance(hours=1)
    assert [grouping for _, grouping in messages] == ["", "", "again"]
    assert len(deliveries(stage, AlertKind.CHANGE)) == 12
