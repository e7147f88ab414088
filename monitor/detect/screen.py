"""PURE: which rules match which of many texts, each read once; what has no match cannot make a rule fire.

`monitor.detect.judge` fires only where a rule matches the clause before or the clause after. Who adds a way to
fire adds it here, or changes are passed over: tests/monitor/test_backtest.py compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.detect.compile import CompiledRule
from monitor.detect.indexing import index_of
from monitor.detect.reading import Reading, read
from monitor.diff.tokens import words


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
