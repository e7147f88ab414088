"""PURE: what a change between two readings of a document means, without any history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.alerting import Audience, strongest, worth_telling
from monitor.detect.compile import CompiledRule
from monitor.detect.flags import Dates, Dating, flags_of
from monitor.detect.judge import detect, strongest_first
from monitor.detect.severity import SOMEWHERE, Adjustment, Place, weigh
from monitor.detect.topics.find import find
from monitor.detect.topics.model import Book
from monitor.diff.compare import compare
from monitor.diff.model import Change, StepKind
from monitor.extract.model import Extraction
from monitor.plausibility import doubt
from monitor.variants import other_text
from monitor.wholeness import is_rewrite, partial
from storage.records import Finding, Severity


@dataclass(frozen=True, slots=True)
class Assessment:
    """What would be recorded of a change, and whether it would alert; `held` says why it is none."""

    change: Change
    held: str | None
    findings: tuple[Finding, ...]
    flags: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        return any(self.change.count(kind) for kind in StepKind if kind is not StepKind.KEPT)

    @property
    def told(self) -> tuple[Finding, ...]:
        return worth_telling(self.findings, Audience())

    @property
    def severity(self) -> Severity | None:
        return strongest(self.told) if self.told else None


def assess(
    before: Extraction | None,
    after: Extraction,
    rules: Sequence[CompiledRule],
    books: Sequence[Book],
    language: str | None,
    place: Place = SOMEWHERE,
    adjustments: Sequence[Adjustment] = (),
) -> Assessment:
    """Judge the step from one reading to another; with nothing before, everything counts as added."""
    change = compare(before.clauses if before else (), after.clauses)
    held = _held(before, after, change)
    if held is not None:
        return Assessment(change, held, ())
    found = (*detect(change, rules, language), *find(change, books, language))
    flags = flags_of(change, Dating(_dates(before), _dates(after)), found)
    return Assessment(change, None, strongest_first(weigh(found, flags, place, adjustments)), flags)


def _dates(text: Extraction | None) -> Dates:
    return Dates(text.stated_date, text.effective_date) if text else Dates()


def _held(before: Extraction | None, after: Extraction, change: Change) -> str | None:
    """Why one of the two is not taken for the document."""
    stood = doubt(before.title, before.clauses, None) if before else None
    if stood is not None:
        return f"before: {stood.reason}"
    doubted = doubt(after.title, after.clauses, before.clauses if before else None)
    if doubted is not None and not is_rewrite(doubted, change):
        return doubted.reason
    if before is None:
        return partial(change)
    stated = (before.stated_date, after.stated_date)
    effective = (before.effective_date, after.effective_date)
    return other_text(change, *(stated if all(stated) else effective)) or partial(change)
