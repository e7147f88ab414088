"""PURE: texts that come back: what their return undoes, and when a page goes back and forth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from storage.records import Clause, Direction, Finding

FLAPPING = "flapping"
"""Marks a change of a page that goes back and forth."""

LATELY = timedelta(days=30)
"""Returns count as long as this; a flapping page is one no more once it has stood still for as long."""

MANY_RETURNS = 3
BRIEF = timedelta(days=2)
"""A page flaps at its third return, or where it goes back on a text that stood for less than this."""

VARIANTS = 4
"""Distinct texts, the last ones shown, that a new text of a flapping page is compared with."""


@dataclass(frozen=True, slots=True)
class Unrest:
    """How a page came to its standing text: since when, after how many returns lately.

    `marked` says that the change which brought it was one of a flapping page, `told` that people know of that.
    """

    since: datetime
    returns: int = 0
    marked: bool = False
    told: bool = False

    def flaps(self, at: datetime) -> bool:
        """Whether the page has gone back and forth and has not stood still since."""
        return self.marked and at - self.since < LATELY

    def flaps_by_returning(self, at: datetime) -> bool:
        """As `flaps`, where it now returns to an earlier text."""
        return self.flaps(at) or at - self.since < BRIEF or self.returns + 1 >= MANY_RETURNS


@dataclass(frozen=True, slots=True)
class Variant:
    """A text that a flapping page showed: until when it was last seen, and what was found when it was new."""

    version_id: int
    seen_until: datetime
    clauses: tuple[Clause, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """An alert on a change: what it said, and whom it reached, as pairs of channel and recipient."""

    alert_id: int
    findings: tuple[Finding, ...]
    recipients: tuple[tuple[str, str], ...]


def closest(variants: Sequence[Variant], clauses: Iterable[Clause]) -> Variant:
    """The variant that differs from a text in the fewest hard clauses; of equals the first."""
    wanted = _counted(clauses)
    return min(variants, key=lambda variant: _difference(_counted(variant.clauses), wanted))


def undo(told: Iterable[Told]) -> tuple[Finding, ...]:
    """What it means that the page went back on all that was told, in this order; each the other way round.

    What was told and taken back meanwhile is left out.
    """
    left: list[Finding] = []
    for finding in (finding for alert in told for finding in alert.findings):
        opposite = next((other for other in left if _cancels(other, finding)), None)
        if opposite is None:
            left.append(finding)
        else:
            left.remove(opposite)
    return tuple(_reversed(finding) for finding in left)


def not_news(finding: Finding, variants: Iterable[Variant]) -> bool:
    """Whether the same was found when another variant was new."""
    return any(_key(finding) == _key(other) for variant in variants for other in variant.findings)


def _counted(clauses: Iterable[Clause]) -> Counter[str]:
    return Counter(clause.text for clause in clauses if not clause.soft)


def _difference(one: Counter[str], other: Counter[str]) -> int:
    return (one - other).total() + (other - one).total()


def _key(finding: Finding) -> tuple[str, str | None, str | None]:
    return finding.rule, finding.before, finding.quote


def _cancels(one: Finding, other: Finding) -> bool:
    return _key(one) == (other.rule, other.quote, other.before)


_OPPOSITE = {
    Direction.ADDED: Direction.REMOVED,
    Direction.REMOVED: Direction.ADDED,
    Direction.EDITED: Direction.EDITED,
}
_OPPOSITE_EFFECT = {
    "appears": "disappears",
    "disappears": "appears",
    "introduces": "restricts",
    "expands": "restricts",
    "restricts": "expands",
}


def _reversed(finding: Finding) -> Finding:
    return replace(
        finding,
        effect=_OPPOSITE_EFFECT.get(finding.effect, finding.effect),
        direction=_OPPOSITE[finding.direction],
        quote=finding.before,
        before=finding.quote,
        reason="You were told of the opposite, and the page went back on it.",
    )
