"""A silence keeps back what it names, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.silencing import keeps_back, words_of
from storage.records import Silence

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def silence(
    document: str | None = None, service: str | None = None, topic: str | None = None, *, days: int = 1
) -> Silence:
    return Silence("ann", "moving", document, service, topic, NOON, NOON + timedelta(days=days), id=days)


@pytest.mark.parametrize(
    ("silent", "topics", "kept"),
    [
        ([], {"a"}, False),
        ([silence(document="acme/terms")], {"a"}, True),
        ([silence(document="acme/terms/eu")], {"a"}, False),
        ([silence(service="acme")], set(), True),
        ([silence(service="acme")], {"a", "b"}, True),
        ([silence(service="acm")], {"a"}, False),
        ([silence(topic="a")], {"a"}, True),
        ([silence(topic="a")], {"a", "b"}, False),
        ([silence(topic="a"), silence(topic="b")], {"a", "b"}, True),
        ([silence(topic="a")], set(), False),
        ([silence(service="acme", topic="a")], {"a"}, True),
        ([silence(service="other", topic="a")], {"a"}, False),
        ([silence(document="acme/terms", service="other")], {"a"}, False),
    ],
)
def test_a_silence_keeps_back_what_is_wholly_its_own(
    silent: list[Silence], topics: set[str], kept: bool
) -> None:
    assert (keeps_back(silent, "acme/terms", topics) is not None) is kept


def test_of_several_silences_the_one_that_ends_last_is_named() -> None:
    short, long = silence(service="acme"), silence(document="acme/terms", days=9)
    assert keeps_back([short, long], "acme/terms", {"a"}) == long


parts = st.none() | st.sampled_from(("a", "b"))


@given(st.lists(st.builds(silence, parts, parts, parts), max_size=4), st.sets(st.sampled_from("abc")))
def test_one_more_silence_never_lets_more_through(silent: list[Silence], topics: set[str]) -> None:
    if keeps_back(silent[1:], "a/b", topics) is not None:
        assert keeps_back(silent, "a/b", topics) is not None


def test_a_silence_says_what_it_covers() -> None:
    assert words_of(silence(service="acme", topic="ai-training")) == "service acme, topic ai-training"
