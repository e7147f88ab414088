from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.retry import GIVE_UP_AFTER, MAX_DELAY_SECONDS, MAX_RETRY_AFTER_SECONDS, gives_up, retry_delay

CREATED = datetime(2024, 9, 19, tzinfo=UTC)
JITTER = st.floats(0, 1)


def test_delays_double_up_to_a_quarter_of_an_hour() -> None:
    assert [retry_delay(n, None, 0) for n in range(1, 8)] == [5, 10, 20, 40, 80, 160, 320]


def test_jitter_takes_up_to_a_tenth_off() -> None:
    assert retry_delay(1, None, 1) == 4.5


def test_receiver_that_asks_for_patience_gets_it_up_to_an_hour() -> None:
    assert retry_delay(1, 120, 0.5) == 120
    assert retry_delay(1, 10_000_000, 0.5) == MAX_RETRY_AFTER_SECONDS
    assert retry_delay(9, 1, 0) == 900


@given(st.integers(-5, 10**9), st.none() | st.floats(), JITTER)
def test_delay_is_always_within_its_bounds(attempts: int, retry_after: float | None, jitter: float) -> None:
    delay = retry_delay(attempts, retry_after, jitter)
    assert 4.5 <= delay <= MAX_RETRY_AFTER_SECONDS
    if retry_after is None:
        assert delay <= MAX_DELAY_SECONDS


@given(st.integers(1, 100), JITTER)
def test_delay_never_shrinks_with_attempts(attempts: int, jitter: float) -> None:
    assert retry_delay(attempts, None, jitter) <= retry_delay(attempts + 1, None, jitter)


def test_delivery_is_given_up_after_four_days_and_no_sooner() -> None:
    assert not gives_up(CREATED, CREATED + GIVE_UP_AFTER, attempts=400)
    assert gives_up(CREATED, CREATED + GIVE_UP_AFTER + timedelta(seconds=1), attempts=400)


def test_delivery_that_is_old_because_nothing_ran_is_still_tried() -> None:
    assert not gives_up(CREATED, CREATED + timedelta(days=30), attempts=1)
