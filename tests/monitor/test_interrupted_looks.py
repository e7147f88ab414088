"""What a crash, a second process or an upgrade between two transactions leaves behind is made good."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Awaitable, Callable

import pytest

from monitor import looks, verdicts
from monitor.decide import AT_ONCE
from monitor.extract.model import Extraction, ExtractOptions, Source
from monitor.fetch.model import Capture, FetchRequest, Unmodified
from monitor.looks import Report
from monitor.pipeline import Pipeline
from monitor.thread import DatabaseThread
from monitor.watch import Look
from storage import snapshots, versions
from storage.database import Database
from storage.errors import DatabaseLocked, StaleDecision
from storage.records import AlertKind, Cause, CheckOutcome
from tests.monitor.stage import FIRST_TEXT, STANDING, TRAINING, OlderReader, Reader, Stage, watch
from tests.servers.http import Page


async def keep_bytes_and_die(stage: Stage) -> None:
    """The first transaction of a check, and no second."""
    stage.clock.advance(hours=1)
    began = looks.begin(stage.database, stage.target(), stage.clock())
    answer = await stage.fetcher.fetch(FetchRequest(stage.target().urls[0], ignore_robots=True))
    with stage.database.write() as transaction:
        looks.keep_bytes(transaction, began, [answer], stage.clock())


async def test_a_kept_look_is_judged_first_although_the_page_has_changed_back(stage: Stage) -> None:
    stage.show(FIRST_TEXT)
    await stage.check()
    stage.show(FIRST_TEXT, TRAINING)
    await keep_bytes_and_die(stage)
    kept_at = stage.clock()
    stage.show(FIRST_TEXT)
    await stage.check()
    first, second, third = stage.appearances()
    assert [each.cause for each in (first, second, third)] == [Cause.FIRST, Cause.PAGE_CHANGED, Cause.RETURNED]
    assert second.captured_at == kept_at
    (alert,) = stage.alerts(AlertKind.CHANGE)
    assert alert.alert.captured_at == kept_at


async def test_a_kept_look_is_judged_although_the_server_then_says_not_modified(stage: Stage) -> None:
    stage.show(FIRST_TEXT)
    await stage.check()
    stage.show(FIRST_TEXT, TRAINING)
    await keep_bytes_and_die(stage)
    report = await stage.check()
    assert "if-none-match" in stage.site.requests[-1].headers
    assert (report.outcome, len(report.findings), len(stage.alerts())) == (CheckOutcome.CHANGED, 1, 1)
    assert (await stage.check()).outcome is CheckOutcome.UNCHANGED
    assert len(stage.alerts()) == 1


async def test_a_kept_first_look_is_the_first_version(stage: Stage) -> None:
    stage.show(FIRST_TEXT)
    await keep_bytes_and_die(stage)
    stage.show(FIRST_TEXT, TRAINING)
    await stage.check()
    assert [each.cause for each in stage.appearances()] == [Cause.FIRST, Cause.PAGE_CHANGED]
    assert len(stage.alerts()) == 1


async def test_a_kept_look_that_cannot_be_read_does_not_use_up_the_check(stage: Stage) -> None:
    stage.show(FIRST_TEXT)
    await stage.check()
    stage.site.pages["/privacy"] = Page(b"%PDF-1.7", "application/pdf")
    await keep_bytes_and_die(stage)
    stage.show(FIRST_TEXT, TRAINING)
    report = await stage.check()
    assert report.outcome is CheckOutcome.CHANGED
    assert [check.outcome for check in stage.checks()] == [
        CheckOutcome.FIRST, CheckOutcome.HELD, CheckOutcome.CHANGED,
    ]  # fmt: skip


async def test_a_kept_look_does_not_hide_that_the_check_after_it_failed(stage: Stage) -> None:
    stage.show(FIRST_TEXT)
    await keep_bytes_and_die(stage)
    del stage.site.pages["/privacy"]
    assert (await stage.check()).outcome is CheckOutcome.FAILED
    assert len(stage.appearances()) == 1


class MeanwhileReader(Reader):
    """Reads a page only after `other` has come to its end: the race in which the other process wins."""

    def __init__(self, other: Callable[[], Awaitable[Report]]) -> None:
        self._other = other
        self._done = False

    async def extract(self, source: Source, options: ExtractOptions) -> Extraction:
        if not self._done:
            self._done = True
            await self._other()
        return await super().extract(source, options)


class MeanwhileFetcher:
    """Hands its answer over only after `other` has come to its end."""

    def __init__(self, stage: Stage, other: Callable[[], Awaitable[Report]]) -> None:
        self._stage = stage
        self._other = other

    async def fetch(self, request: FetchRequest) -> Capture | Unmodified:
        answer = await self._stage.fetcher.fetch(request)
        await self._other()
        return answer


@pytest.mark.parametrize("before", [[], [FIRST_TEXT]])
async def test_two_processes_that_see_the_same_text_record_it_once(stage: Stage, before: list[str]) -> None:
    if before:
        stage.show(*before)
        await stage.check()
    stage.show(FIRST_TEXT, TRAINING)
    report = await stage.check(stage.pipeline(reader=MeanwhileReader(stage.check)))
    assert report.outcome is CheckOutcome.UNCHANGED
    assert [each.number for each in stage.appearances()] == list(range(1, len(before) + 2))
    assert len(stage.alerts()) == 1


async def test_a_decision_on_a_version_that_no_longer_stands_is_refused(stage: Stage) -> None:
    stage.show(FIRST_TEXT)
    await stage.check()
    began = looks.begin(stage.database, stage.target(), stage.clock())
    stage.show(FIRST_TEXT, TRAINING)
    await stage.check()
    answer = await stage.fetcher.fetch(FetchRequest(stage.target().urls[0], ignore_robots=True))
    with stage.database.write() as transaction:
        parts = looks.keep_bytes(transaction, began, [answer], stage.clock())
    (source,) = looks.load_sources(stage.database, [parts[0].snapshot_id])
    look = Look(stage.clock(), await Reader().extract(source, ExtractOptions()))
    steps = verdicts.weigh(stage.database, began, look, watch(), reread=None, patience=AT_ONCE)
    with pytest.raises(StaleDecision, match="acme/privacy-policy"):
        verdicts.record(
            stage.database, began, steps, parts, watch(), patience=AT_ONCE, reread=None, now=stage.clock(),
            then=looks.nothing_more,
        )  # fmt: skip
    assert len(stage.appearances()) == 2


async def test_an_unchanged_answer_to_an_outdated_question_is_judged_against_what_stands_now(
    stage: Stage,
) -> None:
    stage.show(FIRST_TEXT)
    await stage.check()

    async def another_sees_a_change() -> Report:
        stage.show(FIRST_TEXT, TRAINING)
        return await stage.check()

    report = await stage.check(stage.pipeline(fetcher=MeanwhileFetcher(stage, another_sees_a_change)))
    assert report.outcome is CheckOutcome.CHANGED
    assert [each.cause for each in stage.appearances()] == [Cause.FIRST, Cause.PAGE_CHANGED, Cause.RETURNED]
    with stage.database.read() as transaction:
        (state,) = snapshots.fetch_states_of(transaction, 1)
    assert state.snapshot_id == 1


async def test_two_processes_at_once_lose_and_double_nothing(stage: Stage) -> None:
    other_database, other_thread = Database.open(stage.database.path), DatabaseThread()
    others = Pipeline(other_database, stage.fetcher, Reader(), watch(), stage.clock, other_thread)
    texts = [
        [FIRST_TEXT, *[f"We may train AI models on your {part}." for part in "abcde"[:count]]]
        for count in range(6)
    ]
    try:
        for sentences in texts:
            stage.show(*sentences)
            await asyncio.gather(stage.check(), stage.check(others, hours=0))
    finally:
        other_thread.close()
        other_database.close()
    assert [each.number for each in stage.appearances()] == [1, 2, 3, 4, 5, 6]
    assert len(stage.alerts()) == 5


async def test_an_upgraded_extractor_that_reads_the_same_is_noted_and_no_version(stage: Stage) -> None:
    stage.show(FIRST_TEXT, TRAINING)
    await stage.check(stage.pipeline(watch(baseline="off"), reader=OlderReader()))
    report = await stage.check()
    assert report.outcome is CheckOutcome.UNCHANGED
    (appearance,) = stage.appearances()
    with stage.database.read() as transaction:
        assert versions.get(transaction, appearance.version_id).extractor != "html-older"
    assert stage.alerts() == []


async def test_an_upgraded_extractor_that_reads_more_makes_a_version_and_no_alert(stage: Stage) -> None:
    stage.show(FIRST_TEXT, TRAINING)
    await stage.check(stage.pipeline(reader=OlderReader(overlooked=1)))
    await stage.check()
    assert [(each.number, each.cause) for each in stage.appearances()] == [
        (1, Cause.FIRST), (2, Cause.REEXTRACTED),
    ]  # fmt: skip
    assert stage.alerts() == []
    assert (await stage.check()).outcome is CheckOutcome.UNCHANGED


async def test_a_page_that_changes_during_an_upgrade_still_alerts_on_its_own_change_alone(stage: Stage) -> None:
    stage.show(FIRST_TEXT, STANDING)
    await stage.check(stage.pipeline(reader=OlderReader(overlooked=1)))
    last_seen = stage.clock()
    stage.show(FIRST_TEXT, TRAINING, STANDING)
    report = await stage.check()
    assert [each.cause for each in stage.appearances()] == [Cause.FIRST, Cause.REEXTRACTED, Cause.PAGE_CHANGED]
    assert [finding.quote for finding in report.findings] == [TRAINING]
    (alert,) = stage.alerts()
    assert alert.change is not None
    assert alert.change.previous_seen_at == last_seen
    assert (alert.change.previous, alert.change.number) == (2, 3)


async def test_an_upgrade_that_another_process_records_first_is_recorded_once(stage: Stage) -> None:
    stage.show(FIRST_TEXT, STANDING)
    await stage.check(stage.pipeline(reader=OlderReader(overlooked=1)))
    stage.show(FIRST_TEXT, TRAINING, STANDING)
    await stage.check(stage.pipeline(reader=MeanwhileReader(stage.check)))
    assert [each.cause for each in stage.appearances()] == [Cause.FIRST, Cause.REEXTRACTED, Cause.PAGE_CHANGED]
    assert len(stage.alerts()) == 1


class FaultyReader(Reader):
    """An extractor that breaks on one text."""

    def __init__(self, text: str) -> None:
        self._text = text

    async def extract(self, source: Source, options: ExtractOptions) -> Extraction:
        if self._text in source.body.decode():
            raise ZeroDivisionError
        return await super().extract(source, options)


async def test_a_fault_of_our_own_is_a_failed_check_and_its_bytes_are_judged_once_it_is_mended(
    stage: Stage,
) -> None:
    stage.show(FIRST_TEXT)
    await stage.check()
    stage.show(FIRST_TEXT, TRAINING)
    faulty = stage.pipeline(reader=FaultyReader(TRAINING))
    report = await stage.check(faulty)
    assert (report.outcome, report.error_class) == (CheckOutcome.FAILED, "fault")
    assert "ZeroDivisionError" in report.reason
    stage.show(FIRST_TEXT)
    assert (await stage.check(faulty)).outcome is CheckOutcome.FAILED  # the kept look is not forgotten
    assert [check.outcome for check in stage.checks()][-2:] == [CheckOutcome.FAILED, CheckOutcome.UNCHANGED]
    assert (await stage.check()).outcome is CheckOutcome.CHANGED
    assert len(stage.alerts(AlertKind.CHANGE)) == 1


async def test_a_kept_look_that_always_breaks_does_not_keep_newer_texts_from_being_seen(stage: Stage) -> None:
    stage.show(STANDING)
    faulty = stage.pipeline(watch(baseline="off"), reader=FaultyReader(STANDING))
    await stage.check(faulty)
    stage.show(FIRST_TEXT)
    assert (await stage.check(faulty)).outcome is CheckOutcome.FIRST


async def test_stored_bytes_that_are_damaged_are_a_failed_check(stage: Stage) -> None:
    stage.show(FIRST_TEXT)
    await stage.check(stage.pipeline(reader=OlderReader()))
    with contextlib.closing(sqlite3.connect(stage.database.path)) as connection, connection:
        connection.execute("UPDATE bodies SET data = x'00'")
    report = await stage.check()
    assert (report.outcome, report.error_class) == (CheckOutcome.FAILED, "storage")
    assert "damaged" in report.reason


async def test_a_database_that_takes_nothing_is_an_error_to_the_caller(stage: Stage) -> None:
    impatient = Database.open(stage.database.path, busy_timeout=0.01)
    try:
        with stage.database.write(), pytest.raises(DatabaseLocked):
            await stage.check(stage.pipeline(database=impatient))
    finally:
        impatient.close()
