"""A storm becomes few messages: the first at once, the others together, none for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.pacing import LATELY, PAUSE_BEFORE_HIGH, PAUSES, SINGLE_MESSAGES, is_noise, not_before, shares
from storage.records import Lately, Severity

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def told(arrivals: list[float], severity: Severity) -> list[tuple[float, int]]:
    """When messages go out to one recipient, and how many alerts each bears; alerts arrive at these seconds."""
    sent: list[tuple[float, int]] = []
    waiting = sorted(arrivals)
    now = 0.0
    while waiting:
        now = max(now, waiting[0])
        recent = [at for at, _ in sent if now - at <= LATELY.total_seconds()]
        lately = Lately(len(recent), NOON + timedelta(seconds=recent[-1]) if recent else None)
        wait_until = not_before(lately, [severity])
        if wait_until is not None and wait_until > NOON + timedelta(seconds=now):
            now = (wait_until - NOON).total_seconds()
        due = [at for at in waiting if at <= now]
        taken = len(due) if shares(len(due), lately) else 1
        sent.append((now, taken))
        del waiting[:taken]
    return sent


severities = st.sampled_from(Severity)
arrivals = st.lists(st.floats(0, 1800), min_size=1, max_size=300)


@given(arrivals, severities)
def test_a_storm_of_half_an_hour_makes_at_most_ten_messages(times: list[float], severity: Severity) -> None:
    messages = told(times, severity)
    assert len(messages) <= 10
    assert sum(bears for _, bears in messages) == len(times)


@given(arrivals, severities)
def test_nobody_waits_longer_than_the_longest_pause(times: list[float], severity: Severity) -> None:
    longest = PAUSE_BEFORE_HIGH if severity is Severity.HIGH else PAUSES[-1]
    gone, messages = 0, told(times, severity)
    for at, bears in messages:
        for arrived in sorted(times)[gone : gone + bears]:
            assert at - arrived <= longest.total_seconds()
        gone += bears


@given(st.lists(st.floats(0, 10), min_size=1, max_size=SINGLE_MESSAGES), severities)
def test_a_few_alerts_are_told_one_by_one_and_at_once(times: list[float], severity: Severity) -> None:
    assert told(times, severity) == [(at, 1) for at in sorted(times)]


def test_a_thousand_at_one_moment_are_one_message() -> None:
    assert told([0.0] * 1000, Severity.HIGH) == [(0.0, 1000)]


def test_an_hour_after_a_storm_the_next_alert_comes_at_once() -> None:
    times = [*(float(second) for second in range(600)), 8000.0]
    assert told(times, Severity.LOW)[-1] == (8000.0, 1)


def test_what_fired_twice_within_a_day_is_noise_and_what_is_new_among_it_is_not() -> None:
    assert not is_noise({"a"}, [])
    assert not is_noise({"a"}, [{"a"}, {"b"}])
    assert is_noise({"a"}, [{"a"}, {"a", "b"}])
    assert not is_noise({"a", "b"}, [{"a"}, {"a", "b"}])
    assert not is_noise(set(), [{"a"}, {"a"}])
