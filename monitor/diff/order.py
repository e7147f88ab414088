"""PURE: the longest run of pairs that keeps its order on both sides."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

Pair = tuple[int, int]


def longest_increasing(pairs: Sequence[Pair]) -> list[Pair]:
    """The longest sub-sequence of `pairs` (sorted by their first member) whose second members rise.

    Patience sorting in O(n log n); no first member may stand twice.
    """
    tops: list[int] = []
    top_pair: list[int] = []
    previous: list[int] = []
    for index, (_, value) in enumerate(pairs):
        pile = bisect_left(tops, value)
        if pile == len(tops):
            tops.append(value)
            top_pair.append(index)
        else:
            tops[pile] = value
            top_pair[pile] = index
        previous.append(top_pair[pile - 1] if pile else -1)
    chain: list[Pair] = []
    index = top_pair[-1] if top_pair else -1
    while index >= 0:
        chain.append(pairs[index])
        index = previous[index]
    return chain[::-1]
