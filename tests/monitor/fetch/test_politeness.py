import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fetch.politeness import HOSTS_REMEMBERED, HostTurns, retry_after_seconds
from tests.monitor.fetch.conftest import NOW, FakeTime


def turns(time: FakeTime, delay: float = 1.0) -> HostTurns:
    return HostTurns(delay_seconds=delay, monotonic=time.monotonic, sleep=time.sleep)


async def test_requests_to_one_host_come_one_by_one_with_a_pause(time: FakeTime) -> None:
    guest = turns(time)
    talking = 0

    async def visit() -> None:
        nonlocal talking
        async with guest.turn("a.example"):
            talking += 1
            assert talking == 1
            await asyncio.sleep(0)
            talking -= 1

    await asyncio.gather(*(visit() for _ in range(4)))
    assert time.slept == [1.0, 1.0, 1.0]


async def test_hosts_do_not_wait_for_each_other(time: FakeTime) -> None:
    guest = turns(time)
    async with guest.turn("a.example"), guest.turn("b.example"):
        pass
    assert time.slept == []


async def test_the_pause_counts_from_the_end_of_a_failed_request(time: FakeTime) -> None:
    guest = turns(time)
    with pytest.raises(OSError, match="broken"):
        async with guest.turn("a.example"):
            raise OSError("broken")
    await time.sleep(0.25)
    async with guest.turn("a.example"):
        pass
    assert time.slept == [0.25, 0.75]


async def test_a_hold_ends_by_itself_and_is_never_shortened(time: FakeTime) -> None:
    guest = turns(time)
    guest.hold("a.example", 60)
    guest.hold("a.example", 10)
    assert guest.held_seconds("a.example") == 60
    assert guest.held_seconds("b.example") == 0
    await time.sleep(61)
    assert guest.held_seconds("a.example") == 0


async def test_ever_new_host_names_do_not_fill_the_memory_nor_end_a_hold(time: FakeTime) -> None:
    guest = turns(time)
    guest.hold("busy.example", 1e6)
    for number in range(3 * HOSTS_REMEMBERED):
        async with guest.turn(f"h{number}.example"):
            pass
        time.seconds += 2
    assert guest.held_seconds("busy.example") > 0
    assert len(guest._hosts) <= HOSTS_REMEMBERED


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 5 ", 5),
        ("0", 0),
        ("99999999999", 900),
        ("Sun, 01 Mar 2026 12:01:30 GMT", 90),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("Sun, 01 Mar 2026 12:01:30 -0000", 90),
        ("Sun, 01 Mar 2099 12:00:00 GMT", 900),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("9" * 5000, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date_and_capped(value: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(value, now=NOW, cap=900) == seconds


@given(st.text(max_size=70))
def test_no_retry_after_breaks_us_or_passes_the_cap(value: str) -> None:
    seconds = retry_after_seconds(value, now=NOW + timedelta(0), cap=900)
    assert seconds is None or 0 <= seconds <= 900
