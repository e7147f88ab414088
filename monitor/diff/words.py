"""PURE: the longest common sequence of two token lists and the words that differ; home of diff_match_patch.

Its clock is off (`Diff_Timeout = 0`), because a diff that depends on the load of the machine is no evidence;
sizes bound the work instead. What lies above them is aligned by tokens that stand once on each side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from diff_match_patch import diff_match_patch

from monitor.diff.order import Pair, longest_increasing
from monitor.diff.tokens import split

Kind = Literal["equal", "delete", "insert"]

_CELLS = 20_000
"""Above this product of the two lengths the exact diff (10 ms at worst) gives way to unique tokens."""

_ROUNDS = 8
"""How often a gap between unique tokens is searched for further ones."""

_MARKED_TOKENS = 20_000
"""A text of more tokens than this is marked as replaced in full; a policy's longest table row has hundreds."""

_LEAST_EQUAL = 0.4
"""Below this share of common text, marks would be confetti: the whole text is shown as replaced."""

_FIRST_CODE_POINT = 0xF0000
"""Tokens are written as code points of the private planes: neither letters nor spaces nor surrogates."""

_KINDS: dict[int, Kind] = {0: "equal", -1: "delete", 1: "insert"}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text that both sides have, or only the old one, or only the new one."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class _Gap:
    """Positions not yet aligned, in rising order on either side."""

    before: list[int]
    after: list[int]
    rounds: int


def mark(before: str, after: str) -> tuple[Span, ...]:
    """What words differ between two texts.

    The equal and deleted spans joined are `before`, the equal and inserted ones `after`, to the character.
    """
    if before == after or not before or not after:
        return _replaced(before, after)
    old, new = split(before), split(after)
    if max(len(old), len(new)) > _MARKED_TOKENS:
        return _replaced(before, after)
    start, stop = common_ends(old, new)
    middle = _mark_between(old[start : len(old) - stop], new[start : len(new) - stop])
    ends = Span("equal", "".join(old[:start])), Span("equal", "".join(old[len(old) - stop :]))
    spans = tuple(span for span in (ends[0], *middle, ends[1]) if span.text)
    return spans if _enough_in_common(spans, len(before) + len(after)) else _replaced(before, after)


def common_ends(before: Sequence[object], after: Sequence[object]) -> tuple[int, int]:
    """How many tokens are the same at the start, and how many of the others at the end."""
    start, stop, shorter = 0, 0, min(len(before), len(after))
    while start < shorter and before[start] == after[start]:
        start += 1
    while stop < shorter - start and before[-1 - stop] == after[-1 - stop]:
        stop += 1
    return start, stop


def _mark_between(old: list[str], new: list[str]) -> Iterable[Span]:
    if not old or not new:
        return _replaced("".join(old), "".join(new))
    numbers = {token: number for number, token in enumerate(dict.fromkeys([*old, *new]), _FIRST_CODE_POINT)}
    old_numbers, new_numbers = [numbers[token] for token in old], [numbers[token] for token in new]
    encoded = "".join(map(chr, old_numbers)), "".join(map(chr, new_numbers))
    diffs = _as_diffs(*encoded, align(old_numbers, new_numbers))
    _engine().diff_cleanupSemantic(diffs)
    return _decode(diffs, old, new)


def align(before: Sequence[int], after: Sequence[int]) -> list[Pair]:
    """Pairs of positions that hold equal tokens, rising on both sides; the same on every run.

    The longest such list while what differs and repeats itself is small (a product of lengths of 20,000);
    above that, tokens that stand once on each side lead the way.
    """
    pairs: list[Pair] = []
    gaps = [_Gap(list(range(len(before))), list(range(len(after))), 0)]
    while gaps:
        gap = _trimmed(gaps.pop(), before, after, pairs)
        if not gap.before or not gap.after:
            continue
        if len(gap.before) * len(gap.after) <= _CELLS and not _all_unique(gap, before, after):
            pairs += _exact(gap, before, after)
            continue
        anchors = _anchors(gap, before, after)
        pairs += anchors
        if anchors and gap.rounds < _ROUNDS:
            gaps += _between(gap, anchors)
    return sorted(pairs)


def _trimmed(gap: _Gap, before: Sequence[int], after: Sequence[int], pairs: list[Pair]) -> _Gap:
    """The gap without common ends (they become pairs) and without tokens that stand on one side only."""
    ends = [before[position] for position in gap.before], [after[position] for position in gap.after]
    start, stop = common_ends(*ends)
    pairs += zip(gap.before[:start], gap.after[:start], strict=True)
    if stop:
        pairs += zip(gap.before[-stop:], gap.after[-stop:], strict=True)
    old, new = gap.before[start : len(gap.before) - stop], gap.after[start : len(gap.after) - stop]
    shared = {before[position] for position in old} & {after[position] for position in new}
    old = [position for position in old if before[position] in shared]
    new = [position for position in new if after[position] in shared]
    return _Gap(old, new, gap.rounds)


def _all_unique(gap: _Gap, before: Sequence[int], after: Sequence[int]) -> bool:
    """Whether no token repeats, so that the longest increasing run is the longest common sequence."""
    distinct = len({before[position] for position in gap.before})
    return distinct == len(gap.before) == len(gap.after) == len({after[position] for position in gap.after})


def _exact(gap: _Gap, before: Sequence[int], after: Sequence[int]) -> Iterator[Pair]:
    codes: dict[int, str] = {}
    for position in gap.before:
        codes.setdefault(before[position], chr(_FIRST_CODE_POINT + len(codes)))
    old = "".join(codes[before[position]] for position in gap.before)
    new = "".join(codes[after[position]] for position in gap.after)
    at_old = at_new = 0
    for operation, text in _engine().diff_main(old, new, False):
        if operation == 0:
            stretch = slice(at_old, at_old + len(text)), slice(at_new, at_new + len(text))
            yield from zip(gap.before[stretch[0]], gap.after[stretch[1]], strict=True)
        at_old += len(text) if operation <= 0 else 0
        at_new += len(text) if operation >= 0 else 0


def _anchors(gap: _Gap, before: Sequence[int], after: Sequence[int]) -> list[Pair]:
    """Tokens that stand once on each side, in their longest common order; failing those, n-th with n-th."""
    counts = Counter(before[position] for position in gap.before)
    counts_after = Counter(after[position] for position in gap.after)
    unique = {token for token, count in counts.items() if count == 1 == counts_after[token]}
    if unique and gap.rounds < _ROUNDS:
        old = [position for position in gap.before if before[position] in unique]
        place = {after[position]: position for position in gap.after if after[position] in unique}
        return longest_increasing([(position, place[before[position]]) for position in old])
    places = dict(_numbered(gap.after, after))
    numbered = _numbered(gap.before, before)
    return longest_increasing([(position, places[key]) for key, position in numbered if key in places])


def _numbered(positions: list[int], tokens: Sequence[int]) -> Iterator[tuple[Pair, int]]:
    """Each position with its token and how many of the same stood before it."""
    seen: Counter[int] = Counter()
    for position in positions:
        token = tokens[position]
        yield (token, seen[token]), position
        seen[token] += 1


def _between(gap: _Gap, anchors: list[Pair]) -> list[_Gap]:
    """What lies before, between and after the anchors."""
    gaps: list[_Gap] = []
    at_old = at_new = 0
    old_index = {position: index for index, position in enumerate(gap.before)}
    new_index = {position: index for index, position in enumerate(gap.after)}
    ends = [(old_index[old], new_index[new]) for old, new in anchors] + [(len(gap.before), len(gap.after))]
    for old, new in ends:
        if old > at_old and new > at_new:
            gaps.append(_Gap(gap.before[at_old:old], gap.after[at_new:new], gap.rounds + 1))
        at_old, at_new = old + 1, new + 1
    return gaps


def _as_diffs(old: str, new: str, pairs: list[Pair]) -> list[tuple[int, str]]:
    """The aligned pairs in the form that diff_match_patch cleans up."""
    diffs: list[tuple[int, str]] = []
    at_old = at_new = 0
    for pair_old, pair_new in [*pairs, (len(old), len(new))]:
        if pair_old > at_old:
            diffs.append((-1, old[at_old:pair_old]))
        if pair_new > at_new:
            diffs.append((1, new[at_new:pair_new]))
        if diffs and diffs[-1][0] == 0:
            diffs[-1] = (0, diffs[-1][1] + old[pair_old : pair_old + 1])
        elif pair_old < len(old):
            diffs.append((0, old[pair_old]))
        at_old, at_new = pair_old + 1, pair_new + 1
    return diffs


def _decode(diffs: list[tuple[int, str]], old: list[str], new: list[str]) -> Iterator[Span]:
    at_old = at_new = 0
    for operation, codes in diffs:
        size = len(codes)
        tokens = new[at_new : at_new + size] if operation > 0 else old[at_old : at_old + size]
        yield Span(_KINDS[operation], "".join(tokens))
        at_old += size if operation <= 0 else 0
        at_new += size if operation >= 0 else 0


def _enough_in_common(spans: Sequence[Span], length: int) -> bool:
    equal = sum(len(span.text) for span in spans if span.kind == "equal")
    one_sided = len({span.kind for span in spans if span.kind != "equal"}) < 2
    return one_sided or 2 * equal >= _LEAST_EQUAL * length


def _replaced(before: str, after: str) -> tuple[Span, ...]:
    if before == after:
        return (Span("equal", before),) if before else ()
    whole = (Span("delete", before), Span("insert", after))
    return tuple(span for span in whole if span.text)


def _engine() -> diff_match_patch:
    engine = diff_match_patch()
    engine.Diff_Timeout = 0
    return engine
