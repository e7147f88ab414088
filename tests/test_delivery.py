"""The rows of benchmarks/delivery.py: nothing lost, nothing twice but for lost answers, no pause broken."""

from __future__ import annotations

import pytest

from benchmarks.delivery import ROWS, killed, measure


@pytest.mark.soak
@pytest.mark.parametrize("name", ROWS)
def test_row_loses_nothing_doubles_nothing_and_leaves_alone_who_asks_for_it(name: str) -> None:
    ((_, _, found),) = measure([name])
    assert found.deliveries
    assert found.is_kept, found


@pytest.mark.soak
def test_kills_between_send_and_mark_lose_nothing_and_cost_one_copy_each() -> None:
    found = killed(1)
    assert found.is_kept, found
