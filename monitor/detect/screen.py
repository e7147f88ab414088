"""PURE: which of many texts rules and topics may fire on, each read once.

A rule fires only where it matches the clause before or the clause after (`monitor.detect.judge`), a topic only
on clauses that hold a key of its book or follow one that does (`monitor.detect.topics.read`). Who adds a way to
fire adds it here, or a backtest passes changes over: tests/monitor/test_backtest.py compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.detect.compile import CompiledRule
from monitor.detect.indexing import index_of
from monitor.detect.reading import Reading, read
from monitor.detect.topics.model import Book
from monitor.diff.tokens import words

_BARRIER = "0"
"""Stands between texts that do not follow each other, so that no wording reaches from one into the next."""


def holding_keys(texts: Mapping[int, str], books: Sequence[Book]) -> frozenset[int]:
    """The numbers of those texts that hold a key of some book, whatever its language."""
    numbers, parted = list(texts), [part for text in texts.values() for part in (text, _BARRIER)]
    return frozenset(numbers[place // 2] for book in books for place in book.finder.places(parted))


def matches(
    texts: Mapping[int, str], rules: Sequence[CompiledRule], language: str | None
) -> dict[int, frozenset[int]]:
    """By the number of each text that some rule matches, the places in `rules` of those that do."""
    numbers = list(texts)
    held = [frozenset(words(text)) for text in texts.values()]
    by_algorithm: dict[str, list[int]] = {}
    for place, rule in enumerate(rules):
        if rule.applies_to(language):
            by_algorithm.setdefault(rule.algorithm(language), []).append(place)
    found: dict[int, set[int]] = {}
    for algorithm, places in by_algorithm.items():
        matchers = {place: rules[place].matcher(algorithm) for place in places}
        needs = frozenset().union(*(matcher.needs for matcher in matchers.values()))
        index = index_of(held, needs, algorithm)
        readings: dict[int, Reading] = {}
        for place, matcher in matchers.items():
            for at in matcher.candidates(index):
                number = numbers[at]
                if at not in readings:
                    readings[at] = read(texts[number], algorithm)
                if matcher.find(readings[at]):
                    found.setdefault(number, set()).add(place)
    return {number: frozenset(rules_of) for number, rules_of in found.items()}
