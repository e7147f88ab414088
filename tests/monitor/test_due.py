"""Who is due for a check: on either clock, the longest overdue first, of one host but few."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.cadence import Due, Moment
from monitor.due import DueQueue
from tests.monitor.clocks import is_due

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def due(seconds: float, wall: float | None = None) -> Due:
    return Due(NOON + timedelta(seconds=seconds if wall is None else wall), seconds)


def moment(seconds: float, wall: float | None = None) -> Moment:
    return Moment(NOON + timedelta(seconds=seconds if wall is None else wall), seconds)


def taken(queue: DueQueue, now: Moment) -> list[str]:
    return list(iter(lambda: queue.take(now), None))


def queue_of(*waiting: tuple[str, str, Due], of_one_host: int = 9) -> DueQueue:
    queue = DueQueue(of_one_host)
    for key, host, at in waiting:
        queue.put(key, host, at)
    return queue


def test_nothing_is_taken_before_its_time_and_the_longest_overdue_goes_first() -> None:
    queue = queue_of(("late", "a", due(30)), ("first", "b", due(10)), ("then", "c", due(20)))
    assert taken(queue, moment(9)) == []
    assert taken(queue, moment(25)) == ["first", "then"]
    assert taken(queue, moment(25)) == []
    assert taken(queue, moment(30)) == ["late"]


def test_either_clock_will_do_and_neither_makes_it_due_twice() -> None:
    queue = queue_of(("a", "a", due(10)), ("b", "b", due(20)))
    assert taken(queue, moment(5, wall=15)) == ["a"]
    assert taken(queue, moment(20, wall=-9000)) == ["b"]
    assert taken(queue, moment(99)) == []


def test_of_one_host_but_few_are_under_way_and_the_others_pass_by() -> None:
    queue = queue_of(*((key, key[0], due(at)) for at, key in enumerate(["s1", "s2", "s3", "s4", "q1"])),
                     of_one_host=2)  # fmt: skip
    assert taken(queue, moment(99)) == ["s1", "s2", "q1"]
    queue.done("s")
    assert taken(queue, moment(99)) == ["s3"]
    queue.done("s")
    queue.done("s")
    assert taken(queue, moment(99)) == ["s4"]


def test_what_is_put_again_waits_for_its_new_time_alone() -> None:
    queue = queue_of(("a", "a", due(10)))
    queue.put("a", "a", due(50))
    assert taken(queue, moment(20)) == []
    assert taken(queue, moment(50)) == ["a"]


def test_a_key_that_was_held_back_and_put_again_keeps_nobody_waiting() -> None:
    queue = queue_of(("a", "h", due(1)), ("b", "h", due(2)), ("c", "h", due(3)), of_one_host=1)
    assert taken(queue, moment(9)) == ["a"]
    queue.put("b", "h", due(50))
    queue.done("h")
    assert taken(queue, moment(9)) == ["c"]


def test_who_is_cleared_waits_no_more_while_what_is_under_way_still_counts() -> None:
    queue = queue_of(("a", "h", due(1)), ("b", "h", due(2)), of_one_host=1)
    assert queue.take(moment(9)) == "a"
    queue.clear()
    queue.put("c", "h", due(3))
    assert taken(queue, moment(9)) == []
    queue.done("h")
    assert taken(queue, moment(9)) == ["c"]


times = st.integers(0, 30)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2), times, times), max_size=30), times, times)
def test_it_takes_what_is_due_as_long_as_hosts_have_room_whatever_came_before(
    puts: list[tuple[int, int, int, int]], monotonic: int, wall: int
) -> None:
    now = moment(monotonic, wall=wall)
    queue = DueQueue(2)
    waiting: dict[str, tuple[str, Due]] = {}
    for number, host, on_monotonic, on_wall in puts:
        waiting[str(number)] = (str(host), due(on_monotonic, wall=on_wall))
        queue.put(str(number), *waiting[str(number)])
    order: list[str] = []
    while (key := queue.take(now)) is not None:
        order.append(key)
        queue.done(waiting[key][0])
    wanted = {key for key, (_, at) in waiting.items() if is_due(at, now)}
    assert set(order) == wanted
    assert len(order) == len(wanted)
    assert [waiting[key][1].monotonic for key in order] == sorted(waiting[key][1].monotonic for key in order)
