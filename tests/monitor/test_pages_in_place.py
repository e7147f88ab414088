"""What stands in a document's place, by whatever status and in whatever language, is no version of it."""

from __future__ import annotations

import pytest

from monitor.looks import Report
from storage.records import CheckOutcome
from tests.monitor.stage import FIRST_TEXT, STANDING, TRAINING, Stage
from tests.servers.http import Page

WALL = "<title>Attention Required!</title><h1>Sorry, you have been blocked</h1><p>Ray ID: 8a1b2c3d</p>"
ENGLISH = (
    "We collect the data that you give us when you use the service, and we keep it for as long as you "
    "have an account. We share it with the companies that we need for this, and not with anyone else. "
) * 3
GERMAN = (
    "Wir erheben die Daten, die Sie uns geben, wenn Sie den Dienst nutzen, und wir behalten sie, solange Sie "
    "ein Konto haben. Wir teilen sie mit den Firmen, die wir dafür brauchen, und nicht mit anderen. "
) * 3


def written_in(language: str, text: str) -> Page:
    return Page(
        f"<!doctype html><html lang={language}><h1>Policy</h1><p>{text}</p>".encode(),
        "text/html; charset=utf-8",
    )


async def look(stage: Stage, *select: str) -> Report:
    return await stage.check(target=stage.target(confirm_after=60.0, select=select))


@pytest.mark.parametrize(("status", "outcome"), [(200, "held"), (403, "failed"), (503, "failed")])
async def test_challenge_of_any_status_is_no_version(stage: Stage, status: int, outcome: str) -> None:
    stage.show(FIRST_TEXT, STANDING)
    await look(stage)
    stage.site.pages["/privacy"] = Page(WALL.encode(), "text/html", status=status)
    for _ in range(3):
        assert (await look(stage)).outcome.value == outcome
    stage.show(FIRST_TEXT, STANDING)
    assert (await look(stage)).outcome is CheckOutcome.UNCHANGED
    assert [each.number for each in stage.appearances()] == [1]


async def test_page_that_comes_in_another_language_now_and_then_alerts_nobody(stage: Stage) -> None:
    for _ in range(4):
        stage.site.pages["/privacy"] = written_in("en", ENGLISH)
        assert (await look(stage)).outcome in (CheckOutcome.FIRST, CheckOutcome.UNCHANGED)
        stage.site.pages["/privacy"] = written_in("de", GERMAN)
        report = await look(stage)
        assert (report.outcome, report.error_class) == (CheckOutcome.HELD, "language")
    assert [each.number for each in stage.appearances()] == [1]
    assert "another language (de)" in report.reason


async def test_selector_that_a_redesign_lost_is_named_and_makes_no_version(stage: Stage) -> None:
    stage.site.pages["/privacy"] = Page(f"<main><p>{ENGLISH}</p></main>".encode(), "text/html")
    assert (await look(stage, "main p")).outcome is CheckOutcome.FIRST
    stage.site.pages["/privacy"] = Page(f"<div><p>{ENGLISH} {TRAINING}</p></div>".encode(), "text/html")
    report = await look(stage, "main p")
    assert report.outcome is CheckOutcome.HELD
    assert "'main p' matches nothing" in report.reason
    assert [each.number for each in stage.appearances()] == [1]
