"""Parts of a page that are another at each load: learned, and never at the price of a real edit."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor.rotation import LARGEST_PLACE, MOST_LOOSE, Rotation, is_loose, learn, marks_of
from storage.records import AlertKind, Cause, CheckOutcome, Clause
from tests.monitor.messages.samples import ADDED, EDITED
from tests.monitor.stage import FIRST_TEXT, TRAINING, Stage

POLICY = (FIRST_TEXT, "We keep it for thirty days.", "You may ask for a copy of it.")
RETENTION = "We keep logs for ninety days."


def praise(number: int) -> str:
    return f"A customer from town number {number} says that the service is well worth its price."


def marks(*texts: str) -> tuple[int, ...]:
    return marks_of([Clause(text) for text in texts])


texts = st.lists(st.integers(0, 40), max_size=12).map(tuple)


@given(texts, texts, texts, st.lists(st.integers(0, 40), max_size=5, unique=True).map(tuple))
def test_a_clause_that_both_looks_added_is_never_called_loose(
    standing: Sequence[int], waiting: Sequence[int], shown: Sequence[int], loose: tuple[int, ...]
) -> None:
    rotation = learn(standing, waiting, shown, loose)
    edits = set(waiting) & set(shown) - set(standing) - set(loose)
    assert edits.isdisjoint(rotation.loose)
    if waiting != shown and loose == ():
        assert edits.isdisjoint(rotation.aside)
        assert not (edits and rotation.alone)


@given(texts, texts)
def test_the_same_new_text_twice_teaches_nothing_and_is_settled(
    standing: tuple[int, ...], shown: tuple[int, ...]
) -> None:
    assume(standing != shown and shown)
    rotation = learn(standing, shown, shown, ())
    assert (rotation.loose, rotation.settled) == ((), True)


@given(texts, st.integers(0, 12), st.lists(st.integers(100, 200), min_size=3, max_size=3, unique=True))
def test_one_place_that_is_another_in_each_of_three_texts_rotates(
    around: tuple[int, ...], place: int, turns: list[int]
) -> None:
    standing, waiting, shown = [(*around[:place], turn, *around[place:]) for turn in turns]
    rotation = learn(standing, waiting, shown, ())
    assert rotation.alone
    assert set(rotation.loose) == set(turns[:2])


def test_what_left_beside_a_rotating_part_is_an_edit() -> None:
    standing, waiting, shown = (1, 50, 2, 3), (1, 51, 3), (1, 52, 3)
    rotation = learn(standing, waiting, shown, loose=(50, 40))
    assert rotation.settled
    assert 2 not in rotation.loose


@given(st.permutations(range(6)), st.permutations(range(6)), st.permutations(range(6)))
def test_an_order_that_is_another_each_time_is_no_difference_and_hides_no_edit(
    standing: list[int], waiting: list[int], shown: list[int]
) -> None:
    assume(len({tuple(standing), tuple(waiting), tuple(shown)}) == 3)
    assert learn(standing, waiting, shown, ()) == Rotation(alone=True)
    edited = [[100 if mark == 3 else mark for mark in text] for text in (waiting, shown)]
    rotation = learn(standing, edited[0], edited[1], ())
    assert (rotation.alone, rotation.settled) == (False, True)


async def test_questions_in_another_order_at_each_load_make_no_version(stage: Stage) -> None:
    chance, target = random.Random(4), stage.target(confirm_after=60.0)
    questions = [f"What do you do with my {thing}?" for thing in ("name", "posts", "photos", "mail", "steps")]
    outcomes = []
    for _ in range(20):
        stage.show(*POLICY, *chance.sample(questions, len(questions)))
        outcomes.append((await stage.check(target=target, hours=1 / 60)).outcome)
    assert outcomes.count(CheckOutcome.HELD) <= 2
    assert CheckOutcome.CHANGED not in outcomes
    edited = []
    for _ in range(4):
        stage.show(*POLICY, TRAINING, *chance.sample(questions, len(questions)))
        edited.append((await stage.check(target=target, hours=1 / 60)).outcome)
    assert edited[:2] == [CheckOutcome.HELD, CheckOutcome.CHANGED]
    assert len(stage.alerts(AlertKind.CHANGE)) == 1


def test_a_rewrite_under_way_is_no_rotation() -> None:
    whole = [tuple(range(start, start + LARGEST_PLACE + 1)) for start in (0, 1000, 2000)]
    assert learn(whole[0], whole[1], whole[2], ()).loose == ()


@given(st.integers(1, 20))
def test_what_is_remembered_is_bounded_and_the_oldest_goes_first(size: int) -> None:
    places = [tuple(range(start, start + size)) for start in (10_000, 20_000, 30_000)]
    rotation = learn(places[0], places[1], places[2], tuple(range(MOST_LOOSE)))
    assert len(rotation.loose) == MOST_LOOSE
    assert rotation.loose[0] == 2 * size


def test_a_rule_that_fired_on_a_rotating_part_alone_is_no_finding() -> None:
    assert ADDED.quote
    assert EDITED.quote
    assert EDITED.before
    assert is_loose(ADDED, marks(ADDED.quote))
    assert not is_loose(EDITED, marks(EDITED.before))
    assert is_loose(EDITED, marks(EDITED.before, EDITED.quote))


class Rotating:
    """A page whose testimonial is another at each load."""

    def __init__(self, stage: Stage, pool: int) -> None:
        self.stage, self.pool, self.loads = stage, pool, 0
        self.target = stage.target(confirm_after=60.0)

    async def look(self, *policy: str, seconds: float = 60.0) -> CheckOutcome:
        self.loads += 1
        said = praise(self.loads % self.pool)
        self.stage.show(*policy[:2], said, *policy[2:])
        return (await self.stage.check(target=self.target, hours=seconds / 3600)).outcome


@pytest.mark.parametrize("pool", [3, 5, 1000])
async def test_testimonials_that_rotate_make_no_version_and_hold_up_no_edit(stage: Stage, pool: int) -> None:
    page = Rotating(stage, pool)
    outcomes = [await page.look(*POLICY) for _ in range(20)]
    assert outcomes[:3] == [CheckOutcome.FIRST, CheckOutcome.HELD, CheckOutcome.UNCHANGED]
    assert CheckOutcome.CHANGED not in outcomes
    if pool < 10:
        assert set(outcomes[10:]) == {CheckOutcome.UNCHANGED}
    edited = [await page.look(*POLICY, TRAINING) for _ in range(6)]
    assert edited.count(CheckOutcome.CHANGED) == 1
    assert edited[1] is CheckOutcome.CHANGED
    (alert,) = stage.alerts()
    assert alert.change is not None
    assert [finding.quote for finding in alert.change.findings] == [TRAINING]
    assert [each.cause for each in stage.appearances()] == [Cause.FIRST, Cause.PAGE_CHANGED]


async def test_a_sentence_that_leaves_or_comes_beside_a_rotating_part_makes_a_version(stage: Stage) -> None:
    page = Rotating(stage, 1000)
    for _ in range(6):
        await page.look(*POLICY)
    for policy in (POLICY[:2], (*POLICY[:2], RETENTION)):
        assert CheckOutcome.CHANGED in [await page.look(*policy) for _ in range(3)]


async def test_praise_that_a_rule_fires_on_is_no_finding_of_an_edit_elsewhere(stage: Stage) -> None:
    page = Rotating(stage, 3)
    for _ in range(6):
        await page.look(*POLICY)
    stage.show(*POLICY[:2], f"{praise(1)} They train AI models, too.", *POLICY[2:])
    await stage.check(target=page.target, hours=1 / 60)
    stage.show(*POLICY[:2], f"{praise(2)} They never train AI models.", *POLICY[2:], RETENTION)
    await stage.check(target=page.target, hours=1 / 60)
    stage.show(*POLICY[:2], f"{praise(3)} Who would train AI models?", *POLICY[2:], RETENTION)
    report = await stage.check(target=page.target, hours=1 / 60)
    assert (report.outcome, stage.alerts(AlertKind.CHANGE)) == (CheckOutcome.CHANGED, [])


async def test_a_text_that_only_seemed_to_rotate_counts_once_it_has_stood_still(stage: Stage) -> None:
    target = stage.target(confirm_after=60.0)
    for sentence in (FIRST_TEXT, "We may train models.", TRAINING):
        stage.show(sentence, *POLICY[1:])
        await stage.check(target=target, hours=1 / 60)
    changed_at = stage.clock.now
    outcomes = [(await stage.check(target=target, hours=8)).outcome for _ in range(5)]
    assert outcomes == [*[CheckOutcome.UNCHANGED] * 2, CheckOutcome.CHANGED, *[CheckOutcome.UNCHANGED] * 2]
    (change,) = stage.changes()
    assert change.captured_at == changed_at
    assert len(stage.alerts(AlertKind.CHANGE)) == 1


async def test_a_part_that_stood_still_for_a_day_is_no_longer_loose(stage: Stage) -> None:
    target = stage.target(confirm_after=60.0)
    for sentence in (FIRST_TEXT, "We may train models.", TRAINING):
        stage.show(sentence, *POLICY[1:])
        await stage.check(target=target, hours=1 / 60)
    for _ in range(4):
        await stage.check(target=target, hours=8)
    stage.show(FIRST_TEXT, *POLICY[1:], "More.")
    outcomes = [(await stage.check(target=target, hours=1 / 60)).outcome for _ in range(2)]
    assert outcomes == [CheckOutcome.HELD, CheckOutcome.CHANGED]
