"""PURE: a topic as its book describes it, what a clause says on it, and what a change of that means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from monitor.detect.topics.words import Finder, Lexicon
from storage.records import Severity


class Stance(StrEnum):
    """What a clause says on a topic."""

    PERMITS = "permits"
    FORBIDS = "forbids"
    CONTROLS = "controls"
    PROHIBITS_USER = "prohibits-user"
    MENTIONS = "mentions"


class Effect(StrEnum):
    """What a change means. The first four deserve an alert, the others only if a team asks for them."""

    INTRODUCES = "introduces"
    EXPANDS = "expands"
    RESTRICTS = "restricts"
    OPT_OUT_TERMS = "opt-out-terms"
    PROHIBITS_USER = "prohibits-user"
    REWORDED = "reworded"
    MENTIONS = "mentions"

    @property
    def rank(self) -> int:
        """0 for the strongest."""
        return list(Effect).index(self)


QUIET = frozenset({Effect.PROHIBITS_USER, Effect.REWORDED, Effect.MENTIONS})
"""Effects that alert nobody by default."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A pattern of lists within a sentence that makes a clause speak of the topic.

    The lists follow each other in this order, with at most `within` other words and none of `without` between
    two of them. `needs`: one of these lists must be found in the clause, its heading or the sentence that opens
    its list. `key` names the list that is looked for first. What a weak frame says is near the topic only:
    it is told where nothing stood before, and a stronger statement after it is the first.
    """

    id: str
    lists: tuple[str, ...]
    within: int = 6
    without: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    key: str = ""
    weak: bool = False


@dataclass(frozen=True)
class Book:
    """A topic in one language: its words, its frames, and the facets whose change is a change of substance.

    `facets` maps a facet (`data`, `recipients`) to the lists that stand for its values. A book that `tells_all`
    also tells of what changes nothing of substance; one of `dates_only` tells of changes of nothing but dates;
    one with `first_named` tells only of values of that facet that nothing named before, or nothing names now.
    Where nouns have capitals, as in German, a capital makes no name.
    """

    topic: str
    title: str
    severity: Severity
    languages: frozenset[str]
    lexicon: Lexicon
    frames: tuple[Frame, ...]
    facets: Mapping[str, tuple[str, ...]]
    finder: Finder
    called: Mapping[str, str] = field(default_factory=dict)
    tells_all: bool = False
    dates_only: bool = False
    first_named: str = ""
    nouns_have_capitals: bool = False


@dataclass(frozen=True, slots=True)
class Facets:
    """What a part of a clause names, as pairs of facet and value, and the proper names in it.

    `names` stand in enumerations, `alone` are those that stand in none.
    """

    values: frozenset[tuple[str, str]] = frozenset()
    names: tuple[str, ...] = ()
    alone: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Statement:
    """What one clause says on a topic.

    `main` is what it speaks of, `carve` what its exceptions and conditions name ("unless you opt out").
    `matched` are the words that made the frame match, `place` the position of the clause.
    """

    place: int
    text: str
    stance: Stance
    frame: str
    matched: str
    main: Facets
    carve: Facets
    words: frozenset[str]
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """A change on a topic: from one statement to another, or the birth or end of one."""

    effect: Effect
    before: Statement | None
    after: Statement | None
    reason: str
