"""PURE: shortens a letter to the size that its carrier takes, and says what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.messages.letter import Letter, Listing, Passage, Piece, Section
from monitor.messages.names import counted, shortened


@dataclass(frozen=True, slots=True)
class Limits:
    """How many passages a letter may have, and how many characters a clause, a line; rules for each passage.

    `alerts` is how many it may list.
    """

    passages: int
    clause: int
    line: int
    rules: int
    alerts: int


def fit(letter: Letter, limits: Limits) -> Letter:
    """The letter within `limits`; `left_out` tells how much is missing and which command shows it."""
    sections: list[Section] = []
    room, missing = limits.passages, 0
    for section in letter.sections:
        kept, dropped = section.passages[:room], section.passages[room:]
        room -= len(kept)
        missing += sum(len(passage.fired) for passage in dropped)
        missing += sum(len(passage.fired[limits.rules :]) for passage in kept)
        if kept:
            passages = tuple(_fit_passage(passage, limits) for passage in kept)
            sections.append(replace(section, title=shortened(section.title, limits.line), passages=passages))
    fitted = replace(
        letter,
        title=shortened(letter.title, limits.line),
        lead=shortened(letter.lead, max(limits.line, 200)),
        sections=tuple(sections),
        lines=tuple(
            replace(line, text=shortened(line.text, limits.line)) for line in letter.lines[: limits.alerts]
        ),
        listings=tuple(_fit_listing(listing, limits) for listing in letter.listings),
        facts=tuple((name, shortened(value, limits.line)) for name, value in letter.facts),
    )
    return replace(fitted, left_out=_left_out(letter, fitted, missing))


def _left_out(letter: Letter, fitted: Letter, missing: int) -> str:
    unlisted = len(letter.lines) - len(fitted.lines)
    if unlisted:
        verb = "is" if unlisted == 1 else "are"
        return f"{counted(unlisted, 'more alert')} {verb} not listed here. To see them all: {letter.see_all}"
    if letter.lines:
        shown = len(fitted.sections)
        return f"{counted(shown, 'alert')} of {len(letter.lines):,} told in full." if shown else ""
    if missing:
        verb = "is" if missing == 1 else "are"
        return f"{counted(missing, 'more finding')} {verb} left out here. To see everything: {letter.see_all}"
    if fitted.sections != letter.sections:
        return f"Long passages are shortened here. To see everything: {letter.see_all}"
    return ""


def _fit_listing(listing: Listing, limits: Limits) -> Listing:
    most = max(1, limits.alerts // 4)
    lines = tuple(shortened(line, limits.line) for line in listing.lines[:most])
    if len(listing.lines) > most:
        lines += (f"and {len(listing.lines) - most:,} more",)
    return replace(listing, lines=lines)


def _fit_passage(passage: Passage, limits: Limits) -> Passage:
    fired = tuple(
        replace(
            rule,
            name=shortened(rule.name, limits.line),
            rule=shortened(rule.rule, limits.line),
            matched=shortened(rule.matched, limits.line),
            reason=shortened(rule.reason, limits.line),
        )
        for rule in passage.fired[: limits.rules]
    )
    return replace(
        passage,
        fired=fired,
        heading=shortened(passage.heading, limits.line),
        preceding=_beside(passage.preceding, limits),
        following=_beside(passage.following, limits),
        before=shorten(passage.before, limits.clause),
        after=shorten(passage.after, limits.clause),
    )


def _beside(sentence: str, limits: Limits) -> str:
    """The sentences beside a clause are there for the reader's bearings: the first to go."""
    room = min(limits.clause // 4, 400)
    return shortened(sentence, room) if room >= _LEAST_BESIDE else ""


_LEAST_BESIDE = 60


def shorten(pieces: Sequence[Piece], limit: int) -> tuple[Piece, ...]:
    """The pieces in about `limit` characters: first what did not change goes, then the end."""
    if _length(pieces) <= limit:
        return tuple(pieces)
    around = max(limit // 8, 20)
    last = len(pieces) - 1
    squeezed = [
        _squeeze(piece, around, is_first=index == 0, is_last=index == last) if piece.kind == "plain" else piece
        for index, piece in enumerate(pieces)
    ]
    return _cut(squeezed if last else list(pieces), limit)


def _squeeze(piece: Piece, around: int, *, is_first: bool, is_last: bool) -> Piece:
    """A stretch that stands on both sides, reduced to the words next to what changed."""
    head = "" if is_first else _whole_words(piece.text, around)
    tail = "" if is_last else _whole_words(piece.text[::-1], around)[::-1]
    gap = len(piece.text) - len(head) - len(tail)
    return Piece("plain", head + _gap(gap) + tail) if gap > around else piece


def _cut(pieces: Sequence[Piece], limit: int) -> tuple[Piece, ...]:
    kept: list[Piece] = []
    room = limit
    for index, piece in enumerate(pieces):
        if len(piece.text) > room:
            head = _whole_words(piece.text, room)
            gap = _length(pieces[index:]) - len(head)
            return (
                (*kept, Piece(piece.kind, head), Piece("plain", _gap(gap)))
                if head
                else (*kept, Piece("plain", _gap(gap)))
            )
        kept.append(piece)
        room -= len(piece.text)
    return tuple(kept)


def _whole_words(text: str, limit: int) -> str:
    """The first `limit` characters, without the word that would be cut; one endless word is cut."""
    head = text[:limit]
    return head[: head.rfind(" ") + 1] or head


def _gap(characters: int) -> str:
    return f" [… {characters:,} characters left out …] "


def _length(pieces: Sequence[Piece]) -> int:
    return sum(len(piece.text) for piece in pieces)
