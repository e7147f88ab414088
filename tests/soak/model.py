"""The records of a long run's plan: what is watched, what pages say when, what breaks when (in its seconds)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

RECIPIENTS = ("dpo@example.com", "legal@example.com", "press@example.com")
PUT_OFF = RECIPIENTS[1]
"""The recipient whom the mail server greylists when that is its fault of the hour."""

MAIL, CHAT, WEBHOOK = "mail", "chat", "webhook"
READERS = (*((MAIL, address) for address in RECIPIENTS), (CHAT, WEBHOOK))
"""Everybody who is to hear of everything, as channel and recipient."""


class Place(StrEnum):
    """Where a fault strikes."""

    SITE = "site"
    MAIL = "mail server"
    CHAT = "webhook"
    MACHINE = "machine"


SITE_FAULTS = (
    "refused", "reset", "short", "gzip cut", "chunk cut", "status 500", "busy 503", "limited 429", "drip",
    "silent", "endless", "bomb", "loop", "garbage", "forbidden 403", "challenge 403", "challenge 503",
    "encoding", "image", "empty", "gone 410", "missing 404",
)  # fmt: skip
NOT_FOUND = ("gone 410", "missing 404")
MAIL_FAULTS = ("down", "one put off 450", "closing 421", "busy 451", "dropped after the dot", "silent")
CHAT_FAULTS = ("down", "limited 429", "status 500", "late reply", "cut reply", "no ok")
FULL, LOCKED, READER, FROZEN = "disk full", "database locked", "long reader", "frozen"
MACHINE_FAULTS = (FULL, LOCKED, READER, FROZEN)
DOWN = "down"
"""Not planned as a fault: the time between a kill and the next start's readiness."""


class Deed(StrEnum):
    """What is done to the daemon or beside it at one moment."""

    KILL = "kill -9"
    KILL_AT_MAIL = "kill -9 at a mail's acceptance"
    KILL_AT_CHAT = "kill -9 at a post's acceptance"
    RELOAD = "reload"
    BAD_RELOAD = "reload of a bad configuration"
    CHECK = "check beside the daemon"
    BACKUP = "backup beside the daemon"


KILLS = (Deed.KILL, Deed.KILL_AT_MAIL, Deed.KILL_AT_CHAT)


@dataclass(frozen=True, slots=True)
class Setting:
    """How large the run is: `day` seconds stand for a day; in the quiet `tail` everything mends."""

    seconds: float
    tail: float
    day: float
    documents: int
    kills: int
    faults: tuple[str, ...] = (*MAIL_FAULTS, *CHAT_FAULTS, *MACHINE_FAULTS)
    """Of receivers and of the machine, those that this run may use."""

    @property
    def busy(self) -> float:
        """When the tail begins."""
        return self.seconds - self.tail

    @property
    def watched(self) -> tuple[Watched, ...]:
        """Half are looked at every six hours, a quarter twice a day, a quarter daily."""
        parts = (0.25, 0.25, 0.5, 1.0)
        return tuple(
            Watched(
                number, round(parts[number % 4] * self.day), round(max(1, 3 * parts[number % 4]) * self.day)
            )
            for number in range(self.documents)
        )


@dataclass(frozen=True, slots=True)
class Watched:
    """A document: looked at every `every` seconds, blind when unseen for `limit` seconds."""

    number: int
    every: float
    limit: float

    @property
    def kind(self) -> str:
        return f"page-{self.number:03}"

    @property
    def key(self) -> str:
        return f"soak/{self.kind}"

    @property
    def address(self) -> str:
        return f"127.20.{self.number // 100}.{self.number % 100 + 1}"


@dataclass(frozen=True, slots=True)
class Edit:
    """From now on the page says this revision: its first `revision` notices."""

    at: float
    document: int
    revision: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Something is broken from `begin` to `end`; `document` for the site's faults only."""

    place: Place
    kind: str
    begin: float
    end: float
    document: int = -1


@dataclass(frozen=True, slots=True)
class Act:
    """A deed; after a kill the next start waits for `pause` seconds."""

    at: float
    deed: Deed
    document: int = -1
    pause: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole run. `notices` says, for each document, of which of its notices the rules are to alert."""

    seed: int
    setting: Setting
    notices: tuple[tuple[bool, ...], ...]
    edits: tuple[Edit, ...]
    faults: tuple[Fault, ...]
    acts: tuple[Act, ...] = ()
