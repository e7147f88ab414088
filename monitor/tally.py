"""PURE: how often each rule would have alerted, and the newest of those alerts, in bounded memory."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from storage.records import ChangeRecord


@dataclass(slots=True)
class RuleTally:
    """One rule: the changes that it alerts on, its findings on them, and when it first and last would have."""

    rule: str
    alerts: int = 0
    findings: int = 0
    documents: set[str] = field(default_factory=set)
    first: datetime | None = None
    last: datetime | None = None

    def add(self, change: ChangeRecord, findings: int) -> None:
        self.alerts += 1
        self.findings += findings
        self.documents.add(change.document)
        self.first = min(self.first or change.captured_at, change.captured_at)
        self.last = max(self.last or change.captured_at, change.captured_at)


class Tally:
    """Of a backtest under way; no more than `limit` alerts are kept, the newest."""

    def __init__(self, rules: Iterable[str], limit: int) -> None:
        self.documents = self.news = self.alerts = 0
        self.rules = {rule: RuleTally(rule) for rule in rules}
        self._limit = limit
        self._kept: list[tuple[datetime, int, ChangeRecord]] = []

    def add(self, news: int, fired: Iterable[ChangeRecord]) -> None:
        """Add a document: how many of its changes were judged, and those on which rules fire."""
        self.documents += 1
        self.news += news
        for change in fired:
            self.alerts += 1
            found = [finding.rule for finding in change.findings]
            for rule in dict.fromkeys(found):
                self.rules[rule].add(change, found.count(rule))
            entry = (change.captured_at, change.id, change)
            if len(self._kept) < self._limit:
                heapq.heappush(self._kept, entry)
            else:
                heapq.heappushpop(self._kept, entry)

    def newest(self) -> list[ChangeRecord]:
        """The alerts that were kept, in the order of time."""
        return [change for _, _, change in sorted(self._kept, key=lambda entry: entry[:2])]

    def per_thousand(self, rule: RuleTally) -> float:
        """Alerts of a rule in 1,000 changes that were judged."""
        return round(1000 * rule.alerts / self.news, 1) if self.news else 0.0
