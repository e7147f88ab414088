"""When a document counts as unseen, decided from values alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.cadence import Cron, Due, Every, Moment, overdue_seconds, usual_seconds
from monitor.freshness import default_limit, is_stale
from storage.records import Blindness

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = 86400.0


def blind(*, good: float | None, since: float, until: float = 0, looks: int = 5) -> Blindness:
    """A document as it stands at noon; all times in hours before that."""
    ago = [None if hours is None else NOON - timedelta(hours=hours) for hours in (good, since, until)]
    assert ago[1] is not None
    assert ago[2] is not None
    return Blindness(1, ago[0], ago[1], ago[2], looks, "dns", "no such host")


def test_a_document_is_stale_from_its_limit_on() -> None:
    assert is_stale(blind(good=24, since=23), DAY, NOON)
    assert not is_stale(blind(good=23.99, since=23), DAY, NOON)


def test_a_document_never_seen_is_stale_by_its_first_look() -> None:
    assert is_stale(blind(good=None, since=24), DAY, NOON)
    assert not is_stale(blind(good=None, since=23), DAY, NOON)


def test_a_single_look_in_vain_after_a_long_stop_is_no_outage_yet() -> None:
    assert not is_stale(blind(good=100, since=0, looks=1), DAY, NOON)
    assert is_stale(blind(good=100, since=0.1, looks=2), DAY, NOON)


def test_looks_in_vain_from_before_a_long_stop_prove_nothing() -> None:
    assert not is_stale(blind(good=100, since=99, until=98), DAY, NOON)


def test_a_good_look_in_the_future_does_not_hide_an_outage() -> None:
    assert is_stale(blind(good=-24 * 365, since=1), DAY, NOON)


@pytest.mark.parametrize(
    ("cadence", "days"),
    [
        (Every(60.0), 1),
        (Every(8 * 3600.0), 1),
        (Every(DAY), 3),
        (Cron("0 7 * * *"), 3),
        (Cron("0 9-17 * * 1-5"), 1),
        (Cron("0 7 * * 1"), 21),
    ],
)
def test_by_default_the_limit_is_three_intervals_but_at_least_a_day(cadence: Every | Cron, days: int) -> None:
    assert default_limit(usual_seconds(cadence)) == days * DAY


def test_a_look_is_overdue_by_the_time_that_we_ran_and_not_by_a_stop_or_a_suspend() -> None:
    due = Due(NOON, 1000.0)
    assert overdue_seconds(due, Moment(NOON, 900.0), 0.0) == -100
    assert overdue_seconds(due, Moment(NOON, 1600.0), 0.0) == 600
    assert overdue_seconds(due, Moment(NOON, 1600.0), 1500.0) == 100
    assert overdue_seconds(due, Moment(NOON + timedelta(days=3), 1001.0), 0.0) == 1


def test_a_shorter_limit_never_makes_a_document_less_stale() -> None:
    found = blind(good=24, since=20, until=1)
    stale = [is_stale(found, hours * 3600.0, NOON) for hours in (2, 6, 12, 24, 25, 48)]
    assert stale == sorted(stale, reverse=True)
    assert is_stale(replace(found, error_class=None), 6 * 3600.0, NOON)
