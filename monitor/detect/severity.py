"""PURE: how grave a finding on a topic is, by its effect, the change's flags and the kind of document."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from monitor.detect import flags
from monitor.detect.topics.model import QUIET, Effect
from storage.records import Finding, Severity

_WORSE = frozenset({Effect.INTRODUCES, Effect.EXPANDS})
_EFFECTS = frozenset(Effect)
_GRAVE = frozenset({flags.QUIET, flags.BACKDATED, flags.RETROACTIVE, flags.DEFAULT_FLIP})
_EXPLAINING = frozenset({"help", "faq", "community-guidelines"})
"""Kinds of documents that explain what others lay down."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a change was found, as far as that is known."""

    service: str = ""
    kind: str = ""
    region: str | None = None


SOMEWHERE = Place()


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What a team wants told as graver or less grave; an empty filter lets everything pass.

    Either `to` is the severity, or it moves by `steps`, up where positive.
    """

    topics: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    to: Severity | None = None
    steps: int = 0

    def concerns(self, topic: str, place: Place) -> bool:
        filters = (
            (self.topics, topic),
            (self.services, place.service),
            (self.kinds, place.kind),
            (self.regions, place.region),
        )
        return all(not names or value in names for names, value in filters)


def weigh(
    findings: Iterable[Finding],
    change_flags: Collection[str],
    place: Place,
    adjustments: Sequence[Adjustment] = (),
) -> tuple[Finding, ...]:
    """The findings with the severities that hold; what changes nothing of substance stays `info`."""
    return tuple(_weighed(finding, change_flags, place, adjustments) for finding in findings)


def _weighed(
    finding: Finding, change_flags: Collection[str], place: Place, adjustments: Sequence[Adjustment]
) -> Finding:
    if finding.effect in QUIET:
        return finding
    severity = moved(finding.severity, _steps(finding, change_flags, place))
    return replace(finding, severity=adjusted(severity, finding.topic, place, adjustments))


def gravest_of_topic(severity: Severity) -> Severity:
    """The most that a finding on a topic of this severity weighs, before any adjustment."""
    return moved(severity, 1)


def adjusted(severity: Severity, topic: str, place: Place, adjustments: Iterable[Adjustment]) -> Severity:
    """What a team's adjustments make of a severity, each going on from the one before."""
    for adjustment in adjustments:
        if adjustment.concerns(topic, place):
            severity = adjustment.to or moved(severity, adjustment.steps)
    return severity


def _steps(finding: Finding, change_flags: Collection[str], place: Place) -> int:
    """How far a finding lies above or below its topic; a rule of words has the severity it was given."""
    if finding.effect not in _EFFECTS:
        return 0
    worse = finding.effect in _WORSE
    grave = worse and not _GRAVE.isdisjoint(change_flags)
    return int(grave) - int(not worse) - int(place.kind in _EXPLAINING)


def moved(severity: Severity, steps: int) -> Severity:
    """A severity some steps up, or down where negative; what alerts never falls to `info`."""
    lowest = max(Severity.LOW.rank, severity.rank)
    return list(Severity)[min(max(severity.rank - steps, 0), lowest)]
