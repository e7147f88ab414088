"""PURE: a route, which says whose changes go to which channels, and when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import time
from typing import Literal

from storage.records import Finding, Severity

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Digest:
    """One message a day or a week, at a local time; `weekday` counts from 0 for Monday and matters weekly."""

    every: Literal["daily", "weekly"]
    at: time
    weekday: int
    timezone: str


@dataclass(frozen=True, slots=True)
class Quiet:
    """Local hours of every day in which people are let alone, over midnight if `until` is not after `begin`."""

    begin: time
    until: time
    timezone: str


@dataclass(frozen=True, slots=True)
class Timing:
    """When a route tells: at once, after gathering for `group_wait` seconds, or in a digest."""

    group_wait: float = 0.0
    digest: Digest | None = None
    quiet: Quiet | None = None


@dataclass(frozen=True, slots=True)
class Repeat:
    """After how many seconds a high alert that nobody acknowledged is told again, over which channels."""

    after: float
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """Sends alerts to the channels `to`; an empty filter lets everything through.

    `services` holds service ids. `severity` is the least severe alert that passes. `recipients` are the only
    ones of these channels that are told.
    """

    to: tuple[str, ...]
    services: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    effects: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    severity: Severity = Severity.INFO
    recipients: frozenset[str] = frozenset()
    timing: Timing = field(default_factory=Timing)
    repeat: Repeat | None = None

    def passes_document(self, service_id: str, kind: str, region: str | None) -> bool:
        """Say whether alerts on such a document may take this route, whatever they are about."""
        return (
            (not self.services or service_id in self.services)
            and (not self.kinds or kind in self.kinds)
            and (not self.regions or region in self.regions)
        )

    def passes_finding(self, finding: Finding, flags: Collection[str]) -> bool:
        """Say whether a finding on a change with these flags may take this route, whatever its document."""
        return (
            (not self.topics or finding.topic in self.topics)
            and (not self.effects or finding.effect in self.effects)
            and (not self.rules or finding.rule in self.rules)
            and (not self.flags or not self.flags.isdisjoint(flags))
            and finding.severity.rank <= self.severity.rank
        )

    def tells(self, recipient: str) -> bool:
        return not self.recipients or recipient in self.recipients
