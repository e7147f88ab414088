"""PURE: a long run as its judges see it, and the form of their verdicts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from tests.soak.archive import Alert, Archive
from tests.soak.ledger import SEEN, Answered, Ending, Ledger
from tests.soak.model import Plan

SURE_BEFORE, SURE_AFTER = 1.0, 12.0
"""A look counts for certain if nothing hindered the daemon for so long around its answer."""

MARK_SECONDS = 5.0
"""A delivery is marked within this time, not counting what hinders; a kill later than that excuses no copy."""

START_SECONDS = 2.0
"""What each start costs besides the time until it is ready: everybody's robots.txt, two reading processes."""

MARGIN_SECONDS = 15.0
"""For a machine that is busy with other things."""


TROUBLES = ("outage", "withdrawn")


@dataclass(frozen=True, slots=True)
class Violation:
    """What was broken; `at` in seconds of the run, where there is such a moment."""

    words: str
    document: int = -1
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One promise: how many cases it was held against, and where it was broken."""

    promise: str
    cases: int
    violations: tuple[Violation, ...]
    measured: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A run as the judge sees it."""

    plan: Plan
    ledger: Ledger
    archive: Archive
    ending: Ending

    def hindered(self, begin: float, end: float) -> float:
        """For how many seconds between these two something kept the daemon from working."""
        clipped = sorted(
            (max(window.begin, begin), min(window.end, end))
            for window in self.ledger.hindered
            if window.begin < end and window.end > begin
        )
        total, reached = 0.0, begin
        for first, last in clipped:
            total += max(0.0, last - max(first, reached))
            reached = max(reached, last)
        return total

    def allowance(self, begin: float, end: float) -> float:
        """How much longer than planned anything may take between these two."""
        starts = sum(begin <= window.end and window.begin <= end for window in self.ledger.hindered)
        return self.hindered(begin, end) + START_SECONDS * starts + MARGIN_SECONDS

    def is_sure(self, at: float) -> bool:
        return not any(
            window.begin < at + SURE_AFTER and window.end > at - SURE_BEFORE for window in self.ledger.hindered
        )

    def answers(self) -> dict[int, list[Answered]]:
        found: dict[int, list[Answered]] = defaultdict(list)
        for answered in self.ledger.answered:
            found[answered.document].append(answered)
        return found

    def looks(self) -> dict[int, list[float]]:
        """By document, when its page was seen, and the begin of the run."""
        return {
            number: [each.at for each in answers if each.what in SEEN]
            for number, answers in self.answers().items()
        }

    def troubles(self, document: int) -> list[Alert]:
        """What was told of a document's sight, in order."""
        kinds = (*TROUBLES, "recovery")
        return [each for each in self.archive.alerts if each.document == document and each.kind in kinds]

    def second(self, at: float) -> float:
        return round(at - self.ledger.begin, 1)
