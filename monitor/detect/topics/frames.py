"""PURE: where the frames of a topic match in a clause, and which parts of it are exceptions or conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from monitor.detect.topics.model import Frame
from monitor.detect.topics.words import Span, Tagged


@dataclass(frozen=True, slots=True)
class Match:
    """A place where a frame matches: its first token and the one after its last."""

    frame: Frame
    span: Span


def matches(tagged: Tagged, frames: Sequence[Frame]) -> Iterator[Match]:
    """Every place where a frame matches."""
    for frame in frames:
        if all(name in tagged.tags for name in frame.lists):
            yield from (Match(frame, span) for span in _chains(tagged, frame))


def _chains(tagged: Tagged, frame: Frame) -> Iterator[Span]:
    """First token and end of each place where the lists of a frame follow each other."""
    for first in tagged.all(frame.lists[0]):
        reached = [first]
        for name in frame.lists[1:]:
            if not (found := _next(tagged, frame, name, reached[-1])):
                break
            reached.append(found)
        if len(reached) == len(frame.lists):
            yield first[0], reached[-1][1]


def _next(tagged: Tagged, frame: Frame, name: str, after: Span) -> Span | None:
    """The nearest find of a list behind another, if it is near enough and nothing barred stands between."""
    for span in tagged.all(name, after[1]):
        if span[0] - after[1] > frame.within:
            return None
        if any(tagged.has(barred, after[1], span[0]) for barred in frame.without):
            return None
        if _end_of_part(tagged.words, after[1], "") < span[0]:  # one stands in brackets, the other does not
            return None
        return span
    return None


def carves(tagged: Tagged) -> Iterator[Span]:
    """Exceptions and conditions: from the word that opens one to the end of its part of the sentence."""
    words = tagged.words
    for name in ("exception-opens", "condition-opens"):
        for start, stop in tagged.all(name):
            inserted = name == "condition-opens" or start == 0 or words[start - 1] == ","
            signs = ",;.:?" if inserted else ";.?"
            end = _end_of_part(words, stop, signs)
            if name == "condition-opens":  # "if you opt in we use ...", without a comma
                end = min((begun for begun, _ in tagged.all("condition-ends", stop, end)), default=end)
            yield start, end


def _end_of_part(words: Sequence[str], start: int, signs: str) -> int:
    """Where one of the signs stands, or a parenthesis closes that was open at the start."""
    depth = 0
    for end in range(start, len(words)):
        depth += {"(": 1, ")": -1}.get(words[end], 0)
        if depth < 0 or words[end] in signs:
            return end
    return len(words)


def inside(span: Span, spans: Iterable[Span]) -> bool:
    """Whether a span begins in one of the others."""
    return any(start <= span[0] < stop for start, stop in spans)
