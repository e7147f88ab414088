"""When all is well, and why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.cycle import Cycle, doubts
from tests.monitor.stage import NOON

GOOD = Cycle(stuck=(), written=True, overdue=(), unheard_since=None)
LIMIT = timedelta(hours=4)


def test_good_cycle_leaves_no_doubt() -> None:
    assert doubts(GOOD, NOON, LIMIT) == ()
    assert doubts(replace(GOOD, unheard_since=NOON - LIMIT), NOON, LIMIT) == ()


@pytest.mark.parametrize(
    ("cycle", "words"),
    [
        (replace(GOOD, stuck=("beat", "channel mail")), "beat, channel mail does not get on"),
        (replace(GOOD, written=False), "the database takes no writes"),
        (replace(GOOD, overdue=("acme/faq",)), "the look at acme/faq is overdue"),
        (replace(GOOD, overdue=("acme/faq", "b", "c")), "the look at acme/faq and 2 more is overdue"),
        (replace(GOOD, unheard_since=NOON - LIMIT - timedelta(seconds=1)), "alerts do not arrive"),
    ],
)
def test_each_trouble_is_a_doubt_of_its_own(cycle: Cycle, words: str) -> None:
    assert doubts(cycle, NOON, LIMIT) == (words,)


def test_all_troubles_are_told_together() -> None:
    everything = Cycle(("beat",), False, ("acme/faq",), NOON - 2 * LIMIT)
    assert len(doubts(everything, NOON, LIMIT)) == 4
