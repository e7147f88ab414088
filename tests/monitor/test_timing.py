"""When an alert may go out: gathered, in a digest for each local day, not in quiet hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.routes import Digest, Quiet, Timing
from monitor.timing import Slot, end_of_quiet, is_quiet, next_digest, slot_of, soonest
from storage.records import Severity

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
ZONES = ("UTC", BERLIN, NEW_YORK, "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "Pacific/Apia")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

zones = st.sampled_from(ZONES)
minutes = st.builds(time, st.integers(0, 23), st.integers(0, 59))
moments = st.builds(lambda hours: NOON + timedelta(hours=hours), st.floats(0, 6 * 365 * 24))
quiets = st.builds(Quiet, minutes, minutes, zones).filter(lambda quiet: quiet.begin != quiet.until)


def local_day(at: datetime, timezone: str) -> date:
    return at.astimezone(ZoneInfo(timezone)).date()


@settings(deadline=None)
@given(moments, minutes, zones)
def test_each_local_day_has_exactly_one_digest(begin: datetime, at: time, timezone: str) -> None:
    digest = Digest("daily", at, 0, timezone)
    times = [next_digest(digest, begin)]
    while len(times) < 40:
        times.append(next_digest(digest, times[-1]))
    days = [local_day(each, timezone) for each in times]
    assert days == [days[0] + timedelta(days=number) for number in range(40)]
    assert times[0] > begin


@given(moments, minutes, st.integers(0, 6), zones)
def test_a_weekly_digest_comes_on_its_day_of_every_week(
    begin: datetime, at: time, weekday: int, timezone: str
) -> None:
    digest = Digest("weekly", at, weekday, timezone)
    first = next_digest(digest, begin)
    second = next_digest(digest, first)
    days = [local_day(each, timezone) for each in (first, second)]
    assert {day.weekday() for day in days} == {weekday}
    assert days[1] - days[0] == timedelta(days=7)


@given(moments, st.lists(st.floats(0, 86_400 * 3), min_size=1, max_size=20), minutes, zones)
def test_all_alerts_between_two_digests_are_in_the_second(
    begin: datetime, offsets: list[float], at: time, timezone: str
) -> None:
    digest = Digest("daily", at, 0, timezone)
    for offset in offsets:
        raised = begin + timedelta(seconds=offset)
        due = slot_of(Timing(digest=digest), Severity.HIGH, raised)
        assert due.grouping == "daily"
        assert raised < due.due_at <= raised + timedelta(hours=26)
        assert next_digest(digest, due.due_at - timedelta(microseconds=1)) == due.due_at


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (datetime(2026, 3, 28, 12, tzinfo=UTC), "2026-03-29T03:00:00+02:00"),  # 02:30 is left out: right after
        (datetime(2026, 10, 24, 12, tzinfo=UTC), "2026-10-25T02:30:00+02:00"),  # 02:30 comes twice: the first
    ],
)
def test_a_digest_in_the_hour_that_the_clock_leaves_out_or_repeats_comes_once(
    day: datetime, expected: str
) -> None:
    digest = Digest("daily", time(2, 30), 0, BERLIN)
    due = next_digest(digest, day)
    assert due.astimezone(ZoneInfo(BERLIN)).isoformat() == expected
    assert local_day(next_digest(digest, due), BERLIN) == local_day(due, BERLIN) + timedelta(days=1)


@given(quiets, moments)
def test_nothing_but_high_alerts_is_told_in_quiet_hours(quiet: Quiet, at: datetime) -> None:
    timing = Timing(quiet=quiet)
    told = slot_of(timing, Severity.MEDIUM, at).due_at
    assert not is_quiet(quiet, told)
    assert at <= told <= at + timedelta(hours=26)
    assert slot_of(timing, Severity.HIGH, at) == Slot(at, "")


@given(quiets, moments)
def test_quiet_hours_hold_no_longer_than_they_last(quiet: Quiet, at: datetime) -> None:
    end = end_of_quiet(quiet, at)
    checked = at
    while checked < end:
        assert is_quiet(quiet, checked)
        checked += timedelta(minutes=20)


def test_quiet_hours_over_midnight_end_in_the_morning() -> None:
    quiet = Quiet(time(20), time(7), BERLIN)
    evening = datetime(2026, 3, 2, 21, 0, tzinfo=UTC)
    assert end_of_quiet(quiet, evening) == datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
    assert end_of_quiet(quiet, NOON) == NOON


def test_what_is_gathered_or_digested_waits_for_the_end_of_quiet_hours() -> None:
    quiet = Quiet(time(20), time(7), "UTC")
    late = datetime(2026, 3, 2, 19, 59, tzinfo=UTC)
    gathered = slot_of(Timing(group_wait=300, quiet=quiet), Severity.LOW, late)
    assert gathered == Slot(datetime(2026, 3, 3, 7, 0, tzinfo=UTC), "group")
    digest = Digest("daily", time(6), 0, "UTC")
    assert slot_of(Timing(digest=digest, quiet=quiet), Severity.LOW, late).due_at.hour == 7


def test_who_is_told_by_several_routes_is_told_at_the_soonest() -> None:
    digest = Timing(digest=Digest("weekly", time(8), 0, "UTC"))
    assert soonest([digest, Timing()], Severity.LOW, NOON) == Slot(NOON, "")
    assert soonest([digest, Timing(group_wait=60)], Severity.LOW, NOON).grouping == "group"
    assert soonest([], Severity.LOW, NOON) == Slot(NOON, "")
