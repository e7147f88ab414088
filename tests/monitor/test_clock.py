"""Row C5: evidence says whether its time can be believed, and no order rests on that time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli.commands import app
from monitor.clock import clock_state, marked_by_timesyncd, said_by_kernel
from monitor.fetch.fetcher import Fetcher
from monitor.history import History
from monitor.refs import Reference
from storage.records import ClockState, RecordFilter
from tests.monitor.fetch.conftest import LOOPBACK, QUICK
from tests.monitor.stage import FIRST_TEXT, KEY, STANDING, TRAINING, Stage


def test_kernel_says_whether_the_clock_is_synchronised() -> None:
    assert clock_state() in (ClockState.SYNCED, ClockState.UNSYNCED)
    assert said_by_kernel() in (clock_state(), ClockState.UNKNOWN)


def test_mark_of_timesyncd_stands_in_for_a_kernel_that_may_not_be_asked(tmp_path: Path) -> None:
    mark = tmp_path / "timesync" / "synchronized"
    assert marked_by_timesyncd(mark) is ClockState.UNKNOWN
    mark.parent.mkdir()
    assert marked_by_timesyncd(mark) is ClockState.UNSYNCED
    mark.touch()
    assert marked_by_timesyncd(mark) is ClockState.SYNCED


def fetcher(stage: Stage, *states: ClockState) -> Fetcher:
    """One that finds the clock in these states, capture by capture."""
    found = iter(states)
    return Fetcher(
        user_agent="policywatch/0 (+https://privacy.example/)",
        limits=QUICK,
        clock=stage.clock,
        allow_private=LOOPBACK,
        clock_state=lambda: next(found),
    )


@pytest.mark.parametrize(
    ("state", "doubt"), [(ClockState.SYNCED, False), (ClockState.UNSYNCED, True), (ClockState.UNKNOWN, False)]
)
async def test_capture_is_marked_with_the_state_of_the_clock_and_show_tells_it(
    stage: Stage, state: ClockState, doubt: bool
) -> None:
    stage.show(FIRST_TEXT)
    async with fetcher(stage, state) as fetching:
        await stage.check(stage.pipeline(fetcher=fetching))
    with History.open(stage.database.path) as history:
        assert history.text(KEY, Reference()).clock is state
    show = ["--database", str(stage.database.path), "show", KEY]
    assert json.loads(CliRunner().invoke(app, [*show, "--format", "json"]).output)["clock"] == state.value
    assert ("the clock was not synchronised then" in CliRunner().invoke(app, show).output) is doubt


async def test_several_pages_are_as_well_timed_as_the_worst_of_them(stage: Stage) -> None:
    stage.show(FIRST_TEXT, path="/one")
    stage.show(STANDING, path="/two")
    async with fetcher(stage, ClockState.SYNCED, ClockState.UNSYNCED) as fetching:
        await stage.check(stage.pipeline(fetcher=fetching), stage.target("/one", "/two"))
    with History.open(stage.database.path) as history:
        assert history.text(KEY, Reference()).clock is ClockState.UNSYNCED


async def test_versions_stand_in_the_order_they_were_seen_in_although_the_clock_went_back(stage: Stage) -> None:
    for hours, text in ((1, FIRST_TEXT), (-50, TRAINING), (-50, STANDING)):
        stage.show(text)
        await stage.check(hours=hours)
    assert [appearance.number for appearance in stage.appearances()] == [1, 2, 3]
    assert stage.appearances()[2].captured_at < stage.appearances()[0].captured_at
    with History.open(stage.database.path) as history:
        assert history.text(KEY, Reference()).version.number == 3
        steps = {change.number: change.previous for change in history.changes(RecordFilter())}
    assert steps == {2: 1, 3: 2}
