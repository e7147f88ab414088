"""A rule: a wording to look for, as read from the configuration or the shipped rulebook."""

from __future__ import annotations

from dataclasses import dataclass, field

from storage.records import Direction, Severity

OWN_TOPIC = "wording"
"""The topic of rules that a user wrote without naming one."""


@dataclass(frozen=True, slots=True)
class Near:
    """All of `words` within `within` words of each other, in any order; an entry may list alternatives."""

    words: tuple[tuple[str, ...], ...]
    within: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A wording to look for in clauses that were added, removed or edited.

    A clause matches when one of `phrases`, `near` or `patterns` does and none of `unless`; the words
    of `ignore`, where they follow each other, are passed over as if the clause did not hold them. `languages`
    limits the rule to documents in these languages (ISO 639-1 codes; empty: all).
    """

    id: str
    title: str
    severity: Severity
    topic: str = OWN_TOPIC
    phrases: tuple[str, ...] = ()
    near: tuple[Near, ...] = ()
    patterns: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    on: frozenset[Direction] = field(default_factory=lambda: frozenset(Direction))
    languages: frozenset[str] = frozenset()
