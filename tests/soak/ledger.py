"""What truly happened in a long run, as seen from outside the daemon; times are seconds since 1970."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

WHOLE, UNMODIFIED = "whole page", "unmodified"
SEEN = (WHOLE, UNMODIFIED)
"""The answers by which a page is seen; every other is a fault's name."""


@dataclass(frozen=True, slots=True)
class Said:
    """From now on a page says this revision."""

    at: float
    document: int
    revision: int


@dataclass(frozen=True, slots=True)
class Answered:
    """The site answered a look, and its last byte was handed over at `at`; `revision` is what the page said."""

    at: float
    document: int
    what: str
    revision: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """A receiver took a message; `answered` says that it told the sender so."""

    at: float
    channel: str
    recipient: str
    identity: str
    text: str
    answered: bool


@dataclass(frozen=True, slots=True)
class Window:
    """For this time something was broken; of a page, if `document` is not negative."""

    kind: str
    begin: float
    end: float
    document: int = -1


@dataclass(frozen=True, slots=True)
class Exit:
    """A process of the daemon ended; `killed` by us."""

    at: float
    code: int
    killed: bool


@dataclass(frozen=True, slots=True)
class Ran:
    """A command ran beside the daemon."""

    command: str
    begin: float
    end: float
    code: int
    said: str


@dataclass(slots=True)
class Ledger:
    """Everything, in the order of its happening; threads append."""

    begin: float = 0.0
    end: float = 0.0
    said: list[Said] = field(default_factory=list)
    answered: list[Answered] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    hindered: list[Window] = field(default_factory=list)
    """When the daemon could not work: killed and not yet ready, frozen, its disk full, its database locked."""
    broken: list[Window] = field(default_factory=list)
    """When a page could not be read."""
    exits: list[Exit] = field(default_factory=list)
    ran: list[Ran] = field(default_factory=list)
    reloads: list[str] = field(default_factory=list)
    kills: list[str] = field(default_factory=list)
    lag: float = 0.0
    """By how many seconds a step of the plan came too late at most."""
    most_memory: int = 0
    """Kilobytes: the most that any process of the daemon held."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How the last process left, and what the run left behind."""

    code: int
    seconds: float
    memory: int
    tracebacks: int
    left_processes: int
    integrity: str
    bad_backups: Sequence[str]
