"""PURE: an index of texts by the stems they hold, so that thousands of rules need not read every text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence, Set

from monitor.detect.languages import stem
from monitor.detect.wordings import Index


def index_of(held: Sequence[Set[str]], needs: Set[str], algorithm: str) -> Index:
    """Of texts by their words, which are `held`; only stems that are in `needs` can be looked up."""
    stems = {word: stem(word, algorithm) for word in set().union(*held)}
    telling = {word for word, its_stem in stems.items() if its_stem in needs}
    holders: defaultdict[str, set[int]] = defaultdict(set)
    for place, words in enumerate(held):
        for word in telling & words:
            holders[stems[word]].add(place)
    return Index(dict(holders), frozenset(range(len(held))))
