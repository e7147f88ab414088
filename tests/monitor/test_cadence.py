import time
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.cadence import (
    Cadence,
    Cron,
    Due,
    Every,
    Moment,
    check_cron,
    next_due,
    parse_interval,
    reschedule,
    resume,
)
from tests.monitor.clocks import is_due

START = datetime(2024, 9, 19, 0, 32, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
SIX_HOURS = Every(6 * 3600)
JITTER = st.floats(0, 1)
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - st's way


@pytest.mark.parametrize(
    ("text", "seconds"), [("2s", 2), ("15m", 900), ("6h", 21600), (" 1D ", 86400), ("2 w", 1209600)]
)
def test_interval_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert parse_interval(text) == seconds


@pytest.mark.parametrize("text", ["", "6", "h", "6 hours", "-6h", "1.5h", "٦h", "6h30m", "1e3s", "nan"])
def test_text_that_is_no_interval_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"not an interval.*6h"):
        parse_interval(text)


@pytest.mark.parametrize("text", ["0s", "999999d"])
def test_interval_out_of_bounds_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="between 1 second and 366 days"):
        parse_interval(text)


@pytest.mark.parametrize(
    "expression", ["0 7 * * *", "*/15 * * * *", "0 9 * * MON-FRI", "0 0 29 2 *", "0 7 L * *"]
)
def test_ordinary_cron_expressions_are_accepted(expression: str) -> None:
    assert check_cron(expression) is None


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("7 o'clock", "five fields"),
        ("0 0 7 * * *", "five fields"),
        ("61 7 * * *", "bad minute"),
        ("0 7 * * FREITAG", "bad day-of-week"),
        ("0 0 31 2 *", "bad day-of-month"),
        ("0 7 * * " + "1," * 200, "at most"),
    ],
)
def test_wrong_cron_expressions_are_refused_with_the_reason(expression: str, reason: str) -> None:
    assert reason in (check_cron(expression) or "")


@given(st.lists(st.text(alphabet="0123456789*/,-#LWMONJA", min_size=1, max_size=6), min_size=5, max_size=5))
def test_any_cron_expression_is_refused_or_comes_due(fields: list[str]) -> None:
    expression = " ".join(fields)
    if check_cron(expression) is None:
        assert next_due(Cron(expression), START, 0) > START


@given(st.floats(1, 366 * 86400), TIMES, JITTER)
def test_interval_is_kept_with_at_most_a_tenth_and_five_minutes_on_top(
    seconds: float, after: datetime, jitter: float
) -> None:
    waited = (next_due(Every(seconds), after, jitter) - after).total_seconds()
    assert seconds - 1e-3 <= waited <= seconds + min(0.1 * seconds, 300) + 1e-3


@given(TIMES, JITTER, st.sampled_from(["30 2 * * *", "*/20 * * * *", "15 1-3 * * *", "0 0 1 * *"]))
def test_cron_always_moves_forward(after: datetime, jitter: float, expression: str) -> None:
    due = next_due(Cron(expression, "Europe/Berlin"), after, jitter)
    assert due > after
    assert due.tzinfo is UTC


@pytest.mark.parametrize("clock_time", ["30 2 * * *", "0 9 * * *"])
@pytest.mark.parametrize("first", [datetime(2024, 3, 28, tzinfo=BERLIN), datetime(2024, 10, 24, tzinfo=BERLIN)])
def test_daily_cron_runs_once_a_day_over_both_clock_changes(clock_time: str, first: datetime) -> None:
    cadence = Cron(clock_time, "Europe/Berlin")
    days, now = [], first
    for _ in range(7):
        now = next_due(cadence, now, 0)
        days.append(now.astimezone(BERLIN).date())
    assert days == [first.date() + timedelta(days=n) for n in range(7)]


ZONES = sorted(name for name in available_timezones() if "/" in name and not name.startswith("posix"))


@given(
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    begin=st.dates(date(2024, 1, 1), date(2031, 12, 1)),
)
@example(zone="Europe/Berlin", hour=2, minute=30, begin=date(2026, 10, 20))
@example(zone="Europe/Berlin", hour=2, minute=30, begin=date(2026, 3, 25))
@example(zone="Europe/Berlin", hour=9, minute=0, begin=date(2028, 2, 20))
@example(zone="America/Scoresbysund", hour=23, minute=45, begin=date(2026, 3, 10))
@example(zone="America/Santiago", hour=0, minute=0, begin=date(2026, 9, 1))
@example(zone="Australia/Lord_Howe", hour=2, minute=15, begin=date(2026, 9, 30))
def test_daily_cron_runs_once_on_every_day_in_every_zone(
    zone: str, hour: int, minute: int, begin: date
) -> None:
    cadence, local = Cron(f"{minute} {hour} * * *", zone), ZoneInfo(zone)
    now = datetime(begin.year, begin.month, begin.day, 12, tzinfo=local)
    runs = []
    for _ in range(40):
        now = next_due(cadence, now, 0)
        runs.append(now.astimezone(local))
    # Where the last hour of a day is skipped (in Greenland), that day's run comes at the stroke of midnight.
    days = [run.date() - timedelta(days=(run.hour, run.minute) < (hour, minute)) for run in runs]
    assert {after - before for before, after in pairwise(days)} == {timedelta(days=1)}


def test_cron_on_a_leap_day_waits_for_the_next_one() -> None:
    cadence = Cron("0 9 29 2 *", "Europe/Berlin")
    assert next_due(cadence, datetime(2026, 3, 1, tzinfo=UTC), 0) == datetime(2028, 2, 29, 8, tzinfo=UTC)


def test_timezone_of_the_machine_is_of_no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    cadence = Cron("0 9 * * *", "Europe/Berlin")
    found = set()
    for zone in ("UTC", "America/New_York", "Asia/Kolkata"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        found.add(next_due(cadence, START, 0))
    monkeypatch.undo()
    time.tzset()
    assert found == {datetime(2024, 9, 19, 7, tzinfo=UTC)}


def test_another_timezone_in_the_configuration_counts_from_the_next_look() -> None:
    berlin = next_due(Cron("0 9 * * *", "Europe/Berlin"), START, 0)
    new_york = Cron("0 9 * * *", "America/New_York")
    resumed = resume(new_york, berlin, Moment(START, 0.0), 0)
    assert resumed.wall == berlin  # one look too early does no harm, one too late would
    assert next_due(new_york, resumed.wall, 0) == datetime(2024, 9, 19, 13, tzinfo=UTC)


def test_catching_up_together_parts_again_at_once() -> None:
    woken = Moment(START + timedelta(days=30), 1.0)
    after = {reschedule(SIX_HOURS, woken, jitter / 10).wall for jitter in range(10)}
    assert len(after) == 10
    assert max(after) - min(after) >= timedelta(minutes=4)


def test_cron_in_the_hour_that_repeats_does_not_run_again() -> None:
    second_quarter_past_two = datetime(2024, 10, 27, 1, 15, tzinfo=UTC)
    due = next_due(Cron("30 2 * * *", "Europe/Berlin"), second_quarter_past_two, 0)
    assert due == datetime(2024, 10, 28, 1, 30, tzinfo=UTC)


def test_nine_in_berlin_is_nine_in_berlin_in_winter_and_summer() -> None:
    cadence = Cron("0 9 * * *", "Europe/Berlin")
    assert next_due(cadence, datetime(2024, 1, 10, tzinfo=UTC), 0).hour == 8
    assert next_due(cadence, datetime(2024, 7, 10, tzinfo=UTC), 0).hour == 7


def test_document_never_checked_is_due_at_once() -> None:
    now = Moment(START, 50.0)
    assert is_due(resume(SIX_HOURS, None, now, 0.5), now)


def test_document_that_came_due_while_nothing_ran_is_due_at_once() -> None:
    now = Moment(START, 50.0)
    assert is_due(resume(SIX_HOURS, START - timedelta(days=3), now, 0.5), now)


def test_stored_due_time_is_kept_over_a_restart() -> None:
    due = resume(SIX_HOURS, START + timedelta(hours=1), Moment(START, 50.0), 0)
    assert due == Due(START + timedelta(hours=1), 3650.0)


def test_due_time_written_under_a_wrong_clock_is_pulled_in() -> None:
    due = resume(SIX_HOURS, START + timedelta(days=4000), Moment(START, 0.0), 0)
    assert due.wall == START + timedelta(hours=6)


def test_checks_keep_their_cadence_after_the_clock_is_set_back_two_hours() -> None:
    due = reschedule(SIX_HOURS, Moment(START, 0.0), 0)
    set_back = START - timedelta(hours=2)
    assert not is_due(due, Moment(set_back + timedelta(seconds=21599), 21599.0))
    assert is_due(due, Moment(set_back + timedelta(seconds=21600), 21600.0))


def test_suspend_in_which_the_monotonic_clock_stood_still_brings_exactly_one_check() -> None:
    due = reschedule(SIX_HOURS, Moment(START, 0.0), 0)
    woken = Moment(START + timedelta(days=2), 1.0)
    assert is_due(due, woken)
    assert not is_due(reschedule(SIX_HOURS, woken, 0), woken)


@pytest.mark.parametrize("cadence", [SIX_HOURS, Cron("0 7 * * *", "Europe/Berlin"), Cron("*/10 * * * *")])
@given(
    steps=st.lists(
        st.tuples(st.integers(1, 3600), st.sampled_from([0, 0, 0, -7200, 2592000, 3600, -86400])), max_size=60
    )
)
def test_clock_steps_bring_at_most_one_extra_check_each_and_never_blindness(
    cadence: Cadence, steps: list[tuple[int, int]]
) -> None:
    now = Moment(START, 0.0)
    due = reschedule(cadence, now, 0)
    for passed, jump in steps:
        now = Moment(now.wall + timedelta(seconds=passed + jump), now.monotonic + passed)
        if is_due(due, now):
            due = reschedule(cadence, now, 0)
            assert not is_due(due, now)
        assert due.monotonic - now.monotonic <= 86400 + 3600
