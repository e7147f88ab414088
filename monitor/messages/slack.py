"""PURE: a letter as Slack blocks, with Slack's limits kept and page text unable to mention, link or format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from monitor.messages.escape import slack_link, slack_mrkdwn, slack_plain
from monitor.messages.letter import Fired, Letter, Line, Passage, Piece, Side
from monitor.messages.names import shortened

BLOCKS_LIMIT = 50
TEXT_LIMIT = 10_000
"""Characters in all blocks together: Slack refuses near 13,200, undocumented (slackapi/bolt-js issue 2509)."""

_SECTION_LIMIT = SectionBlock.text_max_length
_SIGNS = {"deleted": "~", "inserted": "*", "matched": "*"}


def as_blocks(letter: Letter) -> list[dict[str, Any]] | None:
    """The letter in blocks, or None if it is too long for Slack."""
    texts = list(_texts(letter))
    blocks = list(_blocks(letter, texts))
    total = len(letter.subject) + sum(len(text) for text in texts)
    if len(blocks) > BLOCKS_LIMIT or total > TEXT_LIMIT or any(len(text) > _SECTION_LIMIT for text in texts):
        return None
    return [block.to_dict() for block in blocks]


def _blocks(letter: Letter, texts: Sequence[str]) -> Iterator[Block]:
    title = shortened(slack_plain(letter.subject), HeaderBlock.text_max_length)
    yield HeaderBlock(text=PlainTextObject(text=title, emoji=False))
    for text in texts[:-1]:
        yield SectionBlock(text=_markdown(text)) if text else DividerBlock()
    yield ContextBlock(elements=[_markdown(texts[-1])])


def _markdown(text: str) -> MarkdownTextObject:
    return MarkdownTextObject(
        text=text, verbatim=True
    )  # verbatim: no links, channels or people out of bare words


def _texts(letter: Letter) -> Iterator[str]:
    """The text of each block after the header; an empty one stands for a divider."""
    yield slack_mrkdwn(letter.lead)
    yield from _listed(_line(line) for line in letter.lines)
    for listing in letter.listings:
        title = f"*{slack_mrkdwn(listing.title)}*"
        yield from _listed([title, *(f"• {slack_mrkdwn(line)}" for line in listing.lines or ("none",))])
    for section in letter.sections:
        if section.title:
            yield ""
            yield f"*{slack_mrkdwn(section.title)}*\n{slack_link(section.url)}".rstrip()
        for passage in section.passages:
            yield ""
            yield "\n".join(_passage(passage))
    yield ""
    if letter.left_out:
        yield f"_{slack_mrkdwn(letter.left_out)}_"
    yield "\n".join(f"*{slack_mrkdwn(name)}:* {slack_mrkdwn(value)}" for name, value in letter.facts)
    links = [slack_link(letter.url)] if slack_link(letter.url) else []
    links += [f"{slack_mrkdwn(purpose)}: {slack_link(url)}" for purpose, url in letter.links]
    links += [f"{slack_mrkdwn(purpose)}: `{slack_mrkdwn(command)}`" for purpose, command in letter.commands]
    if links:
        yield "\n".join(links)
    yield slack_mrkdwn(letter.why)


def _line(line: Line) -> str:
    return f"• *{line.severity.value}* {slack_mrkdwn(line.text)} ({_reference(line)})"


def _listed(texts: Iterable[str]) -> Iterator[str]:
    """The lines in as many sections as they need."""
    section: list[str] = []
    for text in texts:
        if section and sum(len(each) + 1 for each in section) + len(text) > _SECTION_LIMIT:
            yield "\n".join(section)
            section = []
        section.append(text)
    if section:
        yield "\n".join(section)


def _reference(line: Line) -> str:
    """Our own words and our own address: the one link whose address is not what it shows."""
    return f"{slack_link(line.url)[:-1]}|{line.reference}>" if slack_link(line.url) else line.reference


def _passage(passage: Passage) -> Iterator[str]:
    for fired in passage.fired:
        yield from _fired(fired)
    if passage.heading:
        yield f"_{slack_mrkdwn(passage.heading)}_"
    for side in passage.sides():
        yield f"{side.label}:\n" + "\n".join(_quoted(side))


def _quoted(side: Side) -> Iterator[str]:
    if side.preceding:
        yield f"> _({slack_mrkdwn(side.preceding)})_"
    yield f"> {_side(side.pieces)}"
    if side.following:
        yield f"> _({slack_mrkdwn(side.following)})_"


def _fired(fired: Fired) -> Iterator[str]:
    direction = f" {fired.direction}" if fired.direction else ""
    rule = slack_mrkdwn(fired.rule)
    yield f"*{slack_mrkdwn(fired.name)}{direction}* · {fired.severity.value} · rule `{rule}`"
    if fired.reason:
        yield slack_mrkdwn(fired.reason)
    if fired.matched:
        yield f"Matched: {slack_mrkdwn(fired.matched)}"


def _side(pieces: Sequence[Piece]) -> str:
    return "".join(_piece(piece) for piece in pieces).strip()


def _piece(piece: Piece) -> str:
    sign = _SIGNS.get(piece.kind, "")
    return f"{sign}{slack_mrkdwn(piece.text)}{sign}"
