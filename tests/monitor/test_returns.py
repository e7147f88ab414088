"""A text seen before: no version and no news, but for those who were told of what it undoes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import notices
from monitor.messages.model import ReturnNotice
from monitor.returns import BRIEF, LATELY, Told, Unrest, Variant, closest, not_news, undo
from storage.records import AlertKind, Cause, Clause, DeliveryState, Direction, Finding
from tests.monitor.messages.samples import ADDED, EDITED, REMOVED
from tests.monitor.stage import FIRST_TEXT, NOON, TRAINING, Stage, audience, watch

DAY = 24.0
SHARING = "Partners may train AI models on your photos."
LOGS = "We keep logs for ninety days."
GREETING = ("Welcome back to our new pages.", "Welcome to the pages that you know.")


async def show(stage: Stage, *sentences: str, hours: float = 7 * DAY) -> None:
    stage.show(*sentences)
    await stage.check(hours=hours)


def told(stage: Stage) -> list[tuple[AlertKind, tuple[str, ...]]]:
    """Each alert, and the clauses it quotes."""
    return [
        (each.alert.kind, tuple(found.quote or f"- {found.before}" for found in each.change.findings))
        for each in stage.alerts()
        if each.change is not None
    ]


def flags(stage: Stage) -> list[tuple[str, ...]]:
    return [change.flags for change in stage.changes()]


async def test_a_revert_of_what_was_told_is_followed_up_once_to_the_same_people(stage: Stage) -> None:
    await show(stage, FIRST_TEXT)
    await show(stage, FIRST_TEXT, TRAINING)
    for _ in range(3):
        await show(stage, FIRST_TEXT)
    assert told(stage) == [(AlertKind.CHANGE, (TRAINING,)), (AlertKind.RETURNED, (f"- {TRAINING}",))]
    change, followed = stage.alerts()
    assert {(made.channel, made.recipient, made.state) for made in followed.deliveries} == {
        ("mail", "ann@team.test", DeliveryState.PENDING),
        ("mail", "bob@team.test", DeliveryState.PENDING),
    }
    notice = notices.load(stage.database, followed.alert.id)
    assert isinstance(notice, ReturnNotice)
    assert (notice.told, notice.version, notice.previous) == ((change.alert.title,), 1, 2)
    assert not notice.flapping
    assert notice.findings[0].direction is Direction.REMOVED
    assert [each.cause for each in stage.appearances()] == [Cause.FIRST, Cause.PAGE_CHANGED, Cause.RETURNED]


async def test_a_revert_of_what_nobody_was_told_is_no_news(stage: Stage) -> None:
    for sentences in ([FIRST_TEXT], [FIRST_TEXT, LOGS], [FIRST_TEXT]):
        await show(stage, *sentences)
    assert stage.alerts() == []


async def test_those_alone_are_told_who_got_the_alert_and_are_still_configured(stage: Stage) -> None:
    await show(stage, FIRST_TEXT)
    await show(stage, FIRST_TEXT, TRAINING)
    stage.show(FIRST_TEXT)
    others = watch(audience(mail=("bob@team.test", "eve@team.test"), slack=("hook",)))
    await stage.check(stage.pipeline(others), hours=7 * DAY)
    assert [made.recipient for made in stage.alerts(AlertKind.RETURNED)[0].deliveries] == ["bob@team.test"]


async def test_nobody_left_who_was_told_is_no_alert(stage: Stage) -> None:
    await show(stage, FIRST_TEXT)
    await show(stage, FIRST_TEXT, TRAINING)
    stage.show(FIRST_TEXT)
    await stage.check(stage.pipeline(watch(audience(mail=("eve@team.test",)))), hours=7 * DAY)
    assert stage.alerts(AlertKind.RETURNED) == []


async def test_a_wording_that_comes_back_after_people_heard_that_it_had_gone_is_told(stage: Stage) -> None:
    for sentences in ([FIRST_TEXT], [FIRST_TEXT, TRAINING], [FIRST_TEXT], [FIRST_TEXT, TRAINING]):
        await show(stage, *sentences)
    assert told(stage)[1:] == [
        (AlertKind.RETURNED, (f"- {TRAINING}",)),
        (AlertKind.RETURNED, (TRAINING,)),
    ]


async def test_a_return_undoes_all_that_was_told_since_and_not_what_was_taken_back(stage: Stage) -> None:
    for sentences in (
        [FIRST_TEXT],
        [FIRST_TEXT, LOGS, TRAINING],
        [FIRST_TEXT, LOGS, TRAINING, SHARING],
        [FIRST_TEXT, LOGS, TRAINING],
        [FIRST_TEXT],
    ):
        await show(stage, *sentences)
    assert told(stage)[2:] == [
        (AlertKind.RETURNED, (f"- {SHARING}",)),
        (AlertKind.RETURNED, (f"- {TRAINING}",)),
    ]


@pytest.mark.parametrize("hours", [1.0, DAY])
async def test_variants_shown_in_turn_alert_once_and_say_once_that_the_page_flaps(
    stage: Stage, hours: float
) -> None:
    for look in range(41):
        await show(stage, FIRST_TEXT, *([TRAINING] if look % 2 else []), hours=hours)
    assert [kind for kind, _ in told(stage)] == [AlertKind.CHANGE, AlertKind.RETURNED]
    notice = notices.load(stage.database, stage.alerts()[-1].alert.id)
    assert isinstance(notice, ReturnNotice)
    assert notice.flapping
    assert flags(stage) == [(), *[("flapping",)] * 39]
    assert {each.number for each in stage.appearances()} == {1, 2}


@pytest.mark.parametrize("seed", range(3))
async def test_variants_by_chance_alert_once_and_say_once_that_the_page_flaps(stage: Stage, seed: int) -> None:
    chance, target = random.Random(seed), stage.target(confirm_after=60.0)
    stage.show(FIRST_TEXT)
    for _ in range(40):
        report = await stage.check(target=target, hours=1)
        stage.show(FIRST_TEXT, *([TRAINING] if chance.random() < 0.5 else []))
        if report.look_again_after:
            await stage.check(target=target, hours=1 / 60)
    assert [kind for kind, _ in told(stage)] == [AlertKind.CHANGE, AlertKind.RETURNED]
    assert {each.number for each in stage.appearances()} == {1, 2}


async def test_variants_that_last_for_weeks_are_said_to_flap_at_the_third_return(stage: Stage) -> None:
    for look in range(20):
        await show(stage, FIRST_TEXT, *([TRAINING] if look % 2 else []))
    assert [kind for kind, _ in told(stage)] == [AlertKind.CHANGE, *[AlertKind.RETURNED] * 3]
    assert [each.alert.details["flapping"] for each in stage.alerts(AlertKind.RETURNED)] == [False, False, True]


async def test_a_real_edit_in_the_middle_of_the_flapping_is_told_once_and_alone(stage: Stage) -> None:
    for look in range(10):
        await show(stage, GREETING[look % 2], FIRST_TEXT, *([TRAINING] if look % 2 else []), hours=1)
    for look in range(10, 30):
        await show(stage, GREETING[look % 2], FIRST_TEXT, SHARING, *([TRAINING] if look % 2 else []), hours=1)
    assert told(stage) == [
        (AlertKind.CHANGE, (TRAINING,)),
        (AlertKind.RETURNED, (f"- {TRAINING}",)),
        (AlertKind.CHANGE, (SHARING,)),
    ]
    edit = stage.alerts(AlertKind.CHANGE)[-1].change
    assert edit is not None
    assert (edit.previous, edit.number, edit.added, edit.edited, edit.flags) == (1, 3, 1, 0, ("flapping",))


async def test_a_page_that_stood_still_for_a_month_flaps_no_more(stage: Stage) -> None:
    for look in range(7):
        await show(stage, FIRST_TEXT, *([TRAINING] if look % 2 else []), hours=1)
    await show(stage, FIRST_TEXT, hours=31 * DAY)
    await show(stage, FIRST_TEXT, SHARING, hours=1)
    await show(stage, FIRST_TEXT, hours=7 * DAY)
    assert flags(stage)[-2:] == [(), ()]
    assert told(stage)[-2:] == [(AlertKind.CHANGE, (SHARING,)), (AlertKind.RETURNED, (f"- {SHARING}",))]


@given(st.integers(0, 5), st.floats(0, 60), st.booleans())
def test_a_page_flaps_while_it_has_not_stood_still(returns: int, days: float, marked: bool) -> None:
    unrest, at = Unrest(NOON, returns, marked), NOON + timedelta(days=days)
    assert unrest.flaps(at) == (marked and timedelta(days=days) < LATELY)
    restless = timedelta(days=days) < BRIEF or returns >= 2
    assert unrest.flaps_by_returning(at) == (unrest.flaps(at) or restless)


FINDINGS = [ADDED, REMOVED, EDITED]
alerts = st.lists(st.lists(st.sampled_from(FINDINGS), max_size=3, unique=True), max_size=4)


def tell(*findings: Sequence[Finding]) -> list[Told]:
    return [Told(number, tuple(found), ()) for number, found in enumerate(findings)]


def sides(findings: Sequence[Finding]) -> list[tuple[str | None, str | None, Direction, str]]:
    """What each is about; the opposite of a restriction may have been news or more of the same."""
    alike = {"introduces": "expands"}
    return [(each.before, each.quote, each.direction, alike.get(each.effect, each.effect)) for each in findings]


@given(st.lists(st.sampled_from(FINDINGS), unique=True))
def test_undoing_twice_is_what_was_told(findings: list[Finding]) -> None:
    assert sides(undo(tell(undo(tell(findings))))) == sides(findings)


@given(alerts)
def test_what_was_told_and_undone_leaves_nothing(findings: list[list[Finding]]) -> None:
    before = tell(*findings)
    assert undo([*before, *tell(undo(before))]) == ()


@given(st.lists(st.lists(st.sampled_from("abcde"), max_size=6), min_size=1, max_size=4), st.data())
def test_the_closest_variant_of_one_of_them_is_that_text(texts: list[list[str]], data: st.DataObject) -> None:
    variants = [
        Variant(number, NOON, tuple(Clause(text) for text in clauses)) for number, clauses in enumerate(texts)
    ]
    chosen = data.draw(st.sampled_from(variants))
    assert sorted(clause.text for clause in closest(variants, chosen.clauses).clauses) == sorted(
        clause.text for clause in chosen.clauses
    )


def test_what_another_variant_brought_is_no_news() -> None:
    variants = [Variant(1, NOON, (), (ADDED,))]
    assert not_news(ADDED, variants)
    assert not not_news(replace(ADDED, quote=EDITED.quote), variants)
