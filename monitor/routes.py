"""PURE: a route, which says whose changes go to which channels."""

from __future__ import annotations

from dataclasses import dataclass

from storage.records import Severity


@dataclass(frozen=True, slots=True)
class Route:
    """Sends alerts to the channels `to`; an empty filter lets everything through.

    `services` holds service ids. `severity` is the least severe alert that passes.
    """

    to: tuple[str, ...]
    services: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    severity: Severity = Severity.INFO

    def passes_document(self, service_id: str, kind: str, region: str | None) -> bool:
        """Say whether alerts on such a document may take this route, whatever they are about."""
        return (
            (not self.services or service_id in self.services)
            and (not self.kinds or kind in self.kinds)
            and (not self.regions or region in self.regions)
        )
