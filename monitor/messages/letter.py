"""PURE: what a message says, in order, before it takes the form of text, HTML or Slack blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from storage.records import Severity

PieceKind = Literal["plain", "matched", "deleted", "inserted"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a clause and why it stands out."""

    kind: PieceKind
    text: str


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that fired: what it found, whether that came or went, its words, and its reason in a sentence."""

    name: str
    rule: str
    severity: Severity
    direction: str
    matched: str
    reason: str


@dataclass(frozen=True, slots=True)
class Passage:
    """One clause, shown once, with all that fired on it; a side that does not exist is empty.

    `preceding` and `following` are the sentences beside it, on the side that stands now if there is one.
    """

    fired: tuple[Fired, ...]
    heading: str
    before_label: str
    before: tuple[Piece, ...]
    after_label: str
    after: tuple[Piece, ...]
    preceding: str = ""
    following: str = ""

    def sides(self) -> Iterator[Side]:
        """The sides that there are, the sentences beside the clause with the one that they belong to."""
        if self.before:
            gone = not self.after
            beside = (self.preceding, self.following) if gone else ("", "")
            yield Side(self.before_label, self.before, *beside)
        if self.after:
            yield Side(self.after_label, self.after, self.preceding, self.following)


@dataclass(frozen=True, slots=True)
class Side:
    """What a clause said or says, under its label; `preceding` and `following` stand beside it, if any do."""

    label: str
    pieces: tuple[Piece, ...]
    preceding: str
    following: str


@dataclass(frozen=True, slots=True)
class Section:
    """The passages of one document; `title` and `url` are empty where the letter is about one document only."""

    title: str
    url: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One of several alerts: how severe it is, what it says, and how it is referred to."""

    severity: Severity
    text: str
    reference: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """Things of one kind, a line each; without any it says that there are none."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """`facts` are pairs of label and value, `commands` pairs of purpose and command; `see_all` is one of them.

    `left_out` says what was shortened, once that happened. `lines` are the alerts of a message that bears
    several. `links` are pairs of purpose and address in our own history browser.
    """

    severity: Severity | None
    subject: str
    title: str
    lead: str
    sections: tuple[Section, ...]
    facts: tuple[tuple[str, str], ...]
    url: str
    commands: tuple[tuple[str, str], ...]
    see_all: str
    why: str
    left_out: str = ""
    lines: tuple[Line, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    listings: tuple[Listing, ...] = ()
