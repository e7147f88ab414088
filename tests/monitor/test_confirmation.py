"""A new text is news once a second look shows it too; what cannot be the document never is."""

from __future__ import annotations

import pytest

from monitor.history import History
from monitor.looks import Report
from monitor.refs import parse
from storage.records import AlertKind, CheckOutcome
from tests.monitor.stage import FIRST_TEXT, KEY, STANDING, TRAINING, Stage, page

WALL = (
    "<!doctype html><title>Just a moment...</title><p>Verifying you are human. This may take a few seconds.</p>"
)
LONG = tuple(
    f"Number {number} of the things that we do with personal data is told here." for number in range(40)
)


async def look(stage: Stage, *, minutes: float = 60) -> Report:
    """One look of a document whose new texts want a second one a minute later."""
    return await stage.check(target=stage.target(confirm_after=60.0), hours=minutes / 60)


async def test_new_text_is_held_then_told_with_the_time_of_the_first_look(stage: Stage) -> None:
    stage.show(FIRST_TEXT, STANDING)
    await look(stage)
    stage.show(FIRST_TEXT, STANDING, TRAINING)
    held = await look(stage)
    first = stage.clock()
    assert (held.outcome, held.error_class, held.look_again_after) == (CheckOutcome.HELD, "unconfirmed", 60.0)
    assert stage.alerts(AlertKind.CHANGE) == []
    told = await look(stage, minutes=2)
    assert (told.outcome, told.version) == (CheckOutcome.CHANGED, 2)
    (alert,) = stage.alerts(AlertKind.CHANGE)
    old, new = stage.appearances()
    assert alert.alert.captured_at == new.captured_at == first
    assert new.observed_until == stage.clock()
    assert old.observed_until < first
    with History.open(stage.database.path) as history:
        assert TRAINING in history.raw(KEY, parse("latest")).decode()


async def test_text_that_a_second_look_does_not_show_is_no_version(stage: Stage) -> None:
    stage.show(FIRST_TEXT, STANDING)
    await look(stage)
    stage.show(FIRST_TEXT, STANDING, TRAINING)
    await look(stage)
    stage.show(FIRST_TEXT, STANDING)
    assert (await look(stage, minutes=2)).outcome is CheckOutcome.UNCHANGED
    stage.show(FIRST_TEXT, STANDING, TRAINING)
    assert (await look(stage)).outcome is CheckOutcome.HELD, "what was seen long ago confirms nothing"
    assert len(stage.appearances()) == 1


async def test_page_in_the_documents_place_is_held_with_its_reason_and_disturbs_nothing(stage: Stage) -> None:
    stage.show(FIRST_TEXT, STANDING)
    await look(stage)
    stage.site.pages["/privacy"] = WALL
    for _ in range(3):
        report = await look(stage)
        assert (report.outcome, report.error_class) == (CheckOutcome.HELD, "challenge")
    stage.show(FIRST_TEXT, STANDING)
    assert (await look(stage)).outcome is CheckOutcome.UNCHANGED
    assert len(stage.appearances()) == 1


async def test_interstitial_as_the_first_page_is_no_baseline(stage: Stage) -> None:
    stage.site.pages["/privacy"] = WALL
    assert (await look(stage)).outcome is CheckOutcome.HELD
    stage.show(FIRST_TEXT, STANDING)
    assert (await look(stage)).outcome is CheckOutcome.FIRST


async def test_real_big_deletion_is_told_when_the_next_usual_look_shows_it_too(stage: Stage) -> None:
    stage.show(*LONG)
    await look(stage)
    stage.show(*LONG[:3], TRAINING)
    assert (await look(stage)).error_class == "collapsed"
    assert (await look(stage, minutes=10)).error_class == "collapsed"
    assert (await look(stage, minutes=60)).outcome is CheckOutcome.CHANGED
    assert len(stage.alerts(AlertKind.CHANGE)) == 1


async def test_other_dress_is_no_new_text(stage: Stage) -> None:
    stage.show(FIRST_TEXT, STANDING)
    await look(stage)
    text = page(FIRST_TEXT.upper(), STANDING.replace(".", " ."), "© 2027 Acme. All rights reserved.")
    stage.site.pages["/privacy"] = text.replace("<p>", "<div class='x'><span>").replace("</p>", "</span></div>")
    assert (await look(stage)).outcome is CheckOutcome.UNCHANGED


@pytest.mark.parametrize("minutes", [0.5, 59 / 60])
async def test_second_look_before_its_time_confirms_nothing(stage: Stage, minutes: float) -> None:
    stage.show(FIRST_TEXT, STANDING)
    await look(stage)
    stage.show(FIRST_TEXT, STANDING, TRAINING)
    await look(stage)
    assert (await look(stage, minutes=minutes)).outcome is CheckOutcome.HELD
