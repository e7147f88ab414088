"""What waits for somebody is brought up again, once for each time, and over a restart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor import outbox, work
from monitor.alerting import Audience
from monitor.attention import Attended, attend
from monitor.errors import InputMissing, UsageError
from monitor.followups import MOST_REMINDERS
from monitor.retry import CHANNEL_FAILS_AFTER
from monitor.routes import Repeat, Route
from monitor.work import Action
from storage.records import AlertKind, AlertStatus, Delivery, DeliveryState
from tests.monitor.stage import FIRST_TEXT, KEY, TRAINING, Stage, audience, watch

HOUR = 3600.0
CALL = audience(mail=("ann@team.test",), chat=("webhook",), call=("pager",))


def heard(*routes: Route) -> Audience:
    return replace(CALL, routes=routes)


NAGGING = heard(Route(to=("mail",), repeat=Repeat(4 * HOUR, ("call",))))


async def raise_alert(stage: Stage, told: Audience = NAGGING, *sentences: str) -> int:
    """A high alert on the document; its number."""
    if not stage.alerts():
        stage.show(FIRST_TEXT)
        await stage.check(stage.pipeline(watch(told)))
    stage.show(FIRST_TEXT, TRAINING, *sentences)
    await stage.check(stage.pipeline(watch(told)))
    return stage.alerts(AlertKind.CHANGE)[-1].alert.id


def deliver(stage: Stage, told: Audience = NAGGING) -> list[Delivery]:
    """Everything that is due has been accepted; returns what went out."""
    sent = []
    for channel in told.channels:
        while found := outbox.claim(stage.database, channel, stage.clock(), busy=()):
            outbox.sent(stage.database, found, told, stage.clock())
            sent.append(found)
    return sent


def attended(stage: Stage, told: Audience = NAGGING) -> Attended:
    return attend(stage.database, told, stage.clock())


def act(stage: Stage, alert_id: int, action: Action, text: str = "") -> work.Done:
    return work.act(stage.database, alert_id, action, "ann", text, stage.clock())


def history(stage: Stage, alert_id: int) -> list[tuple[str, str]]:
    found = next(each for each in stage.alerts() if each.alert.id == alert_id)
    return [(entry.author, entry.action) for entry in found.entries]


async def test_a_high_alert_that_nobody_acknowledges_is_told_again_to_the_second_route(stage: Stage) -> None:
    number = await raise_alert(stage)
    assert attended(stage) == Attended()  # not even told yet
    deliver(stage)
    for reminder in range(1, MOST_REMINDERS + 1):
        stage.clock.advance(hours=3.9)
        assert attended(stage) == Attended()
        stage.clock.advance(hours=0.2)
        assert (attended(stage).reminded, attended(stage).reminded) == (1, 0)
        (sent,) = deliver(stage)
        assert (sent.channel, sent.alert_id, sent.reminder) == ("call", number, reminder)
    stage.clock.advance(hours=100)
    assert attended(stage) == Attended()
    assert history(stage, number) == [("policywatch", "reminded")] * MOST_REMINDERS


@pytest.mark.parametrize("action", [Action.ACKNOWLEDGE, Action.RESOLVE])
async def test_an_alert_that_somebody_has_seen_is_not_repeated(stage: Stage, action: Action) -> None:
    number = await raise_alert(stage)
    deliver(stage)
    act(stage, number, action)
    stage.clock.advance(hours=5)
    assert attended(stage) == Attended()


async def test_what_was_resolved_is_new_again_when_its_document_changes_again(stage: Stage) -> None:
    first = await raise_alert(stage)
    assert act(stage, first, Action.ACKNOWLEDGE).changed
    assert not act(stage, first, Action.ACKNOWLEDGE).changed
    act(stage, first, Action.ASSIGN, "bob")
    act(stage, first, Action.NOTE, "asked\nthem")
    done = act(stage, first, Action.RESOLVE)
    assert (done.alert.status, done.alert.assignee) == (AlertStatus.RESOLVED, "bob")
    second = await raise_alert(stage, NAGGING, "We train AI models on your photos.")
    again = next(each for each in stage.alerts() if each.alert.id == first)
    assert again.alert.status is AlertStatus.NEW
    assert [(each.author, each.action, each.text) for each in again.entries] == [
        ("ann", "acknowledged", ""), ("ann", "assigned", "bob"), ("ann", "noted", "asked them"),
        ("ann", "resolved", ""), ("policywatch", "reopened", f"the document changed again: alert {second}"),
    ]  # fmt: skip


async def test_a_page_that_goes_back_reopens_what_was_dealt_with(stage: Stage) -> None:
    number = await raise_alert(stage)
    deliver(stage)
    act(stage, number, Action.RESOLVE)
    stage.show(FIRST_TEXT)
    await stage.check(stage.pipeline(watch(NAGGING)))
    assert [each.alert.status for each in stage.alerts(AlertKind.CHANGE)] == [AlertStatus.NEW]


async def test_what_cannot_be_done_is_said(stage: Stage) -> None:
    number = await raise_alert(stage)
    act(stage, number, Action.RESOLVE)
    with pytest.raises(UsageError, match="is resolved"):
        act(stage, number, Action.ACKNOWLEDGE)
    with pytest.raises(InputMissing, match="no alert 99"):
        act(stage, 99, Action.NOTE, "x")
    with pytest.raises(UsageError, match="1 to 2,000 characters"):
        act(stage, number, Action.NOTE, "x" * 2001)
    assert history(stage, number) == [("ann", "resolved")]


def silence(stage: Stage, **what: str) -> int:
    ends_at = stage.clock() + timedelta(days=2)
    named: dict[str, str | None] = {"document": None, "service": None, "topic": None, **what}
    made = work.silence(
        stage.database, author="ann", reason="they move", ends_at=ends_at, now=stage.clock(),
        document=named["document"], service=named["service"], topic=named["topic"],
    )  # fmt: skip
    return made.id


async def seen(stage: Stage) -> None:
    stage.show(FIRST_TEXT)
    await stage.check(stage.pipeline(watch(NAGGING)))


@pytest.mark.parametrize("what", [{"document": KEY}, {"service": "Acme"}, {"topic": "ai-training"}])
async def test_a_silence_keeps_an_alert_back_and_says_so_when_it_ends(
    stage: Stage, what: dict[str, str]
) -> None:
    await seen(stage)
    number = silence(stage, **what)
    await raise_alert(stage)
    (kept,) = stage.alerts(AlertKind.CHANGE)[0].deliveries
    assert (kept.state, kept.silence_id) == (DeliveryState.SUPPRESSED, number)
    assert deliver(stage) == []
    assert attended(stage) == Attended()
    stage.clock.advance(days=2)
    assert attended(stage).silences == (number,)
    assert attended(stage) == Attended()
    (told,) = deliver(stage)
    assert (told.channel, told.recipient) == ("mail", "ann@team.test")
    (end,) = stage.alerts(AlertKind.SILENCE)
    assert end.alert.details["members"] == [stage.alerts(AlertKind.CHANGE)[0].alert.id]
    await raise_alert(stage, NAGGING, "We train AI models on your photos.")
    assert len(deliver(stage)) == 1


async def test_a_silence_that_kept_nothing_back_ends_without_a_word_to_anybody(stage: Stage) -> None:
    await seen(stage)
    number = silence(stage, document=KEY)
    work.end_silence(stage.database, number, "bob", stage.clock())
    assert attended(stage).silences == (number,)
    assert stage.alerts(AlertKind.SILENCE) == []
    with pytest.raises(UsageError, match="has ended already"):
        work.end_silence(stage.database, number, "bob", stage.clock())


async def test_a_silence_must_name_something_that_is_there_and_end_in_the_future(stage: Stage) -> None:
    await seen(stage)
    with pytest.raises(UsageError, match="name what is to be silenced"):
        silence(stage)
    with pytest.raises(InputMissing, match="no document 'acme/faq'"):
        silence(stage, document="acme/faq")
    with pytest.raises(InputMissing, match="no service 'Other'"):
        silence(stage, service="Other")


async def test_a_channel_that_fails_is_told_over_the_others_and_again_when_it_works(stage: Stage) -> None:
    told = heard(Route(to=("mail",)))
    await raise_alert(stage, told)
    failing = outbox.claim(stage.database, "mail", stage.clock(), busy=())
    assert failing is not None
    later = stage.clock() + timedelta(minutes=1)
    outbox.retry(stage.database, failing, "535 no", later, stage.clock(), whole_channel=True)
    assert attended(stage, told) == Attended()
    stage.clock.advance(seconds=CHANNEL_FAILS_AFTER.total_seconds())
    assert attended(stage, told).channels == ("mail",)
    assert attended(stage, told) == Attended()
    assert {each.channel for each in deliver(stage, told)} == {"mail", "chat", "call"}
    assert [each.alert.title.split(" – ")[0] for each in stage.alerts(AlertKind.CHANNEL)] == [
        "The channel mail has not delivered since 2026-03-02", "The channel mail delivers again",
    ]  # fmt: skip


async def test_the_trouble_of_a_channel_that_is_no_more_is_forgotten(stage: Stage) -> None:
    await raise_alert(stage)
    failing = outbox.claim(stage.database, "mail", stage.clock(), busy=())
    assert failing is not None
    outbox.retry(stage.database, failing, "535", stage.clock(), stage.clock(), whole_channel=True)
    gone = audience(chat=("webhook",))
    assert attended(stage, gone) == Attended()
    assert attended(stage, gone) == Attended()
    assert stage.alerts(AlertKind.CHANNEL) == []
