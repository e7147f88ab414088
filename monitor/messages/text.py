"""PURE: a letter as plain text, complete in itself; differences are marked `[-old-]` and `{+new+}`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from monitor.diff.render import in_plain_text
from monitor.diff.words import Span
from monitor.messages.letter import Fired, Letter, Passage, Piece, Side

_RULE = "─" * 60
_KINDS: dict[str, Literal["equal", "delete", "insert"]] = {"deleted": "delete", "inserted": "insert"}


def as_text(letter: Letter) -> str:
    return "\n\n".join("\n".join(block) for block in _blocks(letter) if block) + "\n"


def _blocks(letter: Letter) -> Iterator[list[str]]:
    severity = f"{letter.severity.upper()} · " if letter.severity else ""
    yield [severity + letter.title]
    yield [letter.lead]
    yield [f"* [{line.severity.upper()}] {line.text} ({line.url or line.reference})" for line in letter.lines]
    for listing in letter.listings:
        yield [f"{listing.title}:", *(f"  * {line}" for line in listing.lines or ("none",))]
    for section in letter.sections:
        if section.title:
            yield [_RULE, section.title, section.url]
        for passage in section.passages:
            yield [_RULE]
            yield from _passage(passage)
    if letter.sections:
        yield [_RULE]
    if letter.left_out:
        yield [letter.left_out]
    yield _table(letter.facts)
    if letter.url:
        yield ["The page:", f"  {letter.url}"]
    for purpose, command in (*letter.links, *letter.commands):
        yield [f"{purpose}:", f"  {command}"]
    if letter.why:
        yield ["-- ", letter.why]


def _passage(passage: Passage) -> Iterator[list[str]]:
    for fired in passage.fired:
        yield list(_fired(fired))
    if passage.heading:
        yield [f"Under: {passage.heading}"]
    for side in passage.sides():
        yield [f"{side.label}:", *_with_sentences(side)]


def _with_sentences(side: Side) -> Iterator[str]:
    """A side with the sentences beside it in brackets."""
    if side.preceding:
        yield f"  ({side.preceding})"
    yield f"  {marked(side.pieces)}"
    if side.following:
        yield f"  ({side.following})"


def _fired(fired: Fired) -> Iterator[str]:
    head = " ".join(part for part in (fired.name, fired.direction) if part)
    yield f"* {head} ({fired.severity.value}, rule {fired.rule})"
    if fired.reason:
        yield f"  {fired.reason}"
    if fired.matched:
        yield f"  Matched: {fired.matched}"


def marked(pieces: Sequence[Piece]) -> str:
    return in_plain_text(Span(_KINDS.get(piece.kind, "equal"), piece.text) for piece in pieces).strip()


def _table(facts: Sequence[tuple[str, str]]) -> list[str]:
    width = max((len(name) for name, _ in facts), default=0) + 2
    return [f"{name + ':':<{width}}{value}" for name, value in facts]
