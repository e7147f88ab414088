"""PURE: one look at a document, judged: what it is, what changed, what the rules find, who must be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from monitor import alerting
from monitor.alerting import AlertPlan, Audience
from monitor.clauses import count_words
from monitor.decide import Decision, decide
from monitor.detect.compile import CompiledRule
from monitor.detect.judge import detect, detect_in_text
from monitor.diff.compare import compare
from monitor.diff.model import Change, StepKind
from monitor.diff.render import added_and_removed_words
from monitor.extract.model import Extraction
from monitor.messages.model import DocumentLabel
from storage.records import Cause, CheckOutcome, Clause, Finding, NewChange, NewVersion

Baseline = Literal["summary", "alert", "off"]

ADDRESS_CHANGED = "address-changed"
HOST_CHANGED = "host-changed"
"""The configuration names another address than before: what differs may be another page."""

NEW_DOCUMENT = "new-document"
"""The address answered "not found" until now."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look brought: the text that was read, when, and what it rests on."""

    observed_at: datetime
    extraction: Extraction
    source: str | None = None
    snapshot_ids: tuple[int, ...] = ()
    suspect: bool = False
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """The version that stands, as far as judging a new look needs it."""

    fingerprint: str
    extractor: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What we know of a document: what stands, and the number of an older version that reads like the look.

    `was_missing` says that the address answered "not found" until now, so that a first text is news.
    """

    standing: Standing | None
    same_text_number: int | None = None
    was_missing: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    """The rules in force, who hears of what, and how first versions are told."""

    rules: Sequence[CompiledRule]
    audience: Audience
    baseline: Baseline = "summary"


@dataclass(frozen=True, slots=True)
class Judged:
    """One look with everything that follows from it, ready to be written as a whole."""

    look: Look
    decision: Decision
    version: NewVersion | None
    change: NewChange | None
    alert: AlertPlan | None


def judge(
    document: DocumentLabel, known: Known, look: Look, watch: Watch, *, reextracted: bool = False
) -> Judged:
    """Judge a look; nothing is written and no clock is read."""
    standing = known.standing
    decision = decide(
        look.extraction.fingerprint,
        standing.fingerprint if standing else None,
        known.same_text_number,
        reextracted=reextracted,
    )
    if decision.cause is None:
        return Judged(look, decision, None, None, None)
    language = document.language or look.extraction.language
    before = standing.clauses if standing else ()
    compared = compare(before, look.extraction.clauses)
    found = _findings(decision, known, compared, watch, language)
    change = _summarise(compared, found, known, look)
    return Judged(
        look,
        decision,
        _new_version(look, language),
        change,
        _alert(document, decision, known, look, found, watch),
    )


def _findings(
    decision: Decision, known: Known, compared: Change, watch: Watch, language: str | None
) -> tuple[Finding, ...]:
    if decision.cause is Cause.PAGE_CHANGED or (decision.cause is Cause.FIRST and known.was_missing):
        return detect(compared, watch.rules, language)
    if decision.cause is Cause.FIRST and watch.baseline != "off":
        return detect_in_text(compared.after, watch.rules, language)
    return ()


def _summarise(compared: Change, found: tuple[Finding, ...], known: Known, look: Look) -> NewChange:
    words_added, words_removed = added_and_removed_words(compared)
    return NewChange(
        added=compared.count(StepKind.ADDED),
        removed=compared.count(StepKind.REMOVED),
        edited=compared.count(StepKind.EDITED),
        moved=compared.count(StepKind.MOVED),
        words_added=words_added,
        words_removed=words_removed,
        flags=(*look.flags, NEW_DOCUMENT) if known.standing is None and known.was_missing else look.flags,
        findings=found,
    )


def _new_version(look: Look, language: str | None) -> NewVersion:
    extraction = look.extraction
    return NewVersion(
        clauses=extraction.clauses,
        fingerprint=extraction.fingerprint,
        extractor=extraction.extractor,
        words=count_words(extraction.clauses),
        title=extraction.title,
        language=language,
        stated_date=extraction.stated_date,
        effective_date=extraction.effective_date,
        source=look.source,
        snapshot_ids=look.snapshot_ids,
    )


def _alert(
    document: DocumentLabel,
    decision: Decision,
    known: Known,
    look: Look,
    found: tuple[Finding, ...],
    watch: Watch,
) -> AlertPlan | None:
    if not found or look.suspect:
        return None
    if decision.outcome is CheckOutcome.FIRST and not known.was_missing:
        return alerting.plan_baseline(
            document, found, look.observed_at, watch.audience, at_once=watch.baseline == "alert"
        )
    return alerting.plan_change(document, found, look.observed_at, watch.audience)
