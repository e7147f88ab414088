"""PURE: the stretches of text inside one block, and whether the block is a link list or a stray label."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import NamedTuple

from monitor.extract.model import SetAside
from storage.records import ClauseKind

LINK_SHARE = 0.80
LINK_WORDS = 25
SHORT_WORDS = 4
SHORT_CHARACTERS = 40
"""A script without spaces writes a sentence as one word; longer text is no stray label."""

_SENTENCE_ENDS = (".", "!", "?", ":", ";", "…", "。", "！", "？", "：", "；")


class Flag(Enum):
    """What a stretch of text is part of; an ANCHOR is a link within a page."""

    PLAIN = auto()
    LINK = auto()
    ANCHOR = auto()
    BUTTON = auto()


class Segment(NamedTuple):
    text: str
    flag: Flag


BREAK = Segment("\n", Flag.PLAIN)
"""A `<br>`, or the edge of a block inside a heading or a cell; told from other white space by identity."""


def ends_with_break(segments: Sequence[Segment]) -> bool:
    for segment in reversed(segments):
        if segment is BREAK:
            return True
        if segment.text.strip():
            return False
    return False


def strip_buttons(segments: list[Segment], kind: ClauseKind) -> tuple[str, list[Segment], str]:
    """(buttons before, the block, buttons after); a block of nothing but buttons stays whole.

    A button that goes on a sentence ("in our <button>services</button>") is one of its words.
    """
    if kind is not ClauseKind.HEADING and not any(segment.flag is Flag.BUTTON for segment in segments):
        return "", segments, ""
    worded = [at for at, segment in enumerate(segments) if segment.text.strip()]
    inner = [at for at in worded if segments[at].flag is not Flag.BUTTON]
    if not inner:
        return "", segments, ""
    heading = kind is ClauseKind.HEADING
    opens = heading or not segments[inner[0]].text.lstrip()[0].islower()
    ends = heading or segments[inner[-1]].text.rstrip().endswith(_SENTENCE_ENDS)
    first = inner[0] if opens else 0
    last = inner[-1] + 1 if ends else len(segments)
    return _joined(segments[:first]), segments[first:last], _joined(segments[last:])


def why_soft(segments: Sequence[Segment], kind: ClauseKind, *, keeps_short: bool) -> SetAside | None:
    """Whether the block is mostly links or a stray label, by the measured rules of the decision record 0004."""
    if kind is ClauseKind.TABLE_ROW:
        return None
    if any(segment.flag is not Flag.PLAIN for segment in segments):
        if kind is not ClauseKind.HEADING and _only_buttons(segments):
            return SetAside.BUTTON
        if _link_share(segments, kind) >= LINK_SHARE and _words(_joined(segments)) < LINK_WORDS:
            return SetAside.LINKS
    if kind is not ClauseKind.PARAGRAPH or keeps_short:
        return None
    text = _joined(segments)
    short = len(text) <= SHORT_CHARACTERS and _words(text) < SHORT_WORDS
    return SetAside.LABEL if short and not text.endswith(_SENTENCE_ENDS) else None


def _words(text: str) -> int:
    return sum(any(map(str.isalnum, word)) for word in text.split())


def _link_share(segments: Sequence[Segment], kind: ClauseKind) -> float:
    """Headings link to themselves and open their panels: for them only links to elsewhere count."""
    counted = {Flag.LINK} if kind is ClauseKind.HEADING else {Flag.LINK, Flag.ANCHOR, Flag.BUTTON}
    sizes = [(len(segment.text.strip()), segment.flag in counted) for segment in segments]
    total = sum(size for size, _ in sizes)
    return sum(size for size, counts in sizes if counts) / total if total else 0.0


def _only_buttons(segments: Sequence[Segment]) -> bool:
    return all(segment.flag is Flag.BUTTON for segment in segments if segment.text.strip())


def _joined(segments: Sequence[Segment]) -> str:
    return "".join(segment.text for segment in segments).strip()
