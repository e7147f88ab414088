"""PURE: one look at a document, judged: what it is, what changed, what the rules find, who must be told."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from monitor import alerting, rotation
from monitor.alerting import AlertPlan, Audience
from monitor.clauses import count_words
from monitor.decide import AT_ONCE, Decision, Patience, Seen, decide
from monitor.detect.compile import CompiledRule
from monitor.detect.flags import UNDATED, Dates, Dating, flags_of
from monitor.detect.judge import detect, detect_in_text, strongest_first
from monitor.detect.severity import Adjustment, Place, weigh
from monitor.detect.topics.find import find, find_in_text
from monitor.detect.topics.model import Book
from monitor.diff.compare import compare
from monitor.diff.model import Change, StepKind
from monitor.diff.render import added_and_removed_words
from monitor.extract.model import Extraction
from monitor.messages.model import DocumentLabel
from monitor.plausibility import Doubt, doubt
from monitor.returns import FLAPPING, Told, Unrest, Variant, closest, not_news, undo
from monitor.rotation import Rotation
from monitor.wholeness import is_rewrite, partial
from storage.records import Candidate, Cause, CheckOutcome, Clause, Finding, NewChange, NewVersion

Baseline = Literal["summary", "alert", "off"]

ADDRESS_CHANGED = "address-changed"
HOST_CHANGED = "host-changed"
"""The configuration names another address than before: what differs may be another page."""

NEW_DOCUMENT = "new-document"
"""The address answered "not found" until now."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look brought: the text that was read, when, and what it rests on.

    A `recorded` text is a fact that somebody else established: it is kept whatever it looks like.
    """

    observed_at: datetime
    extraction: Extraction
    source: str | None = None
    snapshot_ids: tuple[int, ...] = ()
    recorded: bool = False
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """The version that stands, as far as judging a new look needs it; `last_seen` is when it was seen last."""

    fingerprint: str
    extractor: str
    clauses: tuple[Clause, ...]
    dates: Dates = UNDATED
    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What we know of a document: what stands, and the number of an older version that reads like the look.

    `candidate` is a text that an earlier look showed and none has confirmed, `loose` are the marks of clauses
    that rotate. `was_missing` says that the address answered "not found" until now, so that a first text is
    news. `unrest` and `undone` say how restless the page was and which alerts going back to that older version
    undoes; `variants` are the last texts of a page that flaps, or a suspect one and the last before it that
    was not, the standing one first. `said` are those texts
    of the look's clauses, folded, that stood in some version before the standing one.
    """

    standing: Standing | None
    same_text_number: int | None = None
    candidate: Candidate | None = None
    was_missing: bool = False
    loose: tuple[int, ...] = ()
    unrest: Unrest | None = None
    undone: tuple[Told, ...] = ()
    variants: tuple[Variant, ...] = ()
    said: Set[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Watch:
    """Rules and topics in force, who hears of what, how first versions are told, and all addresses watched."""

    rules: Sequence[CompiledRule]
    audience: Audience
    baseline: Baseline = "summary"
    books: Sequence[Book] = ()
    pages: frozenset[str] = frozenset()
    adjustments: Sequence[Adjustment] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """One look with everything that follows from it, ready to be written as a whole.

    `look` is the first that showed the text, where an earlier one did; `seen_until` is when this one was made.
    A `suspect` text is kept although it may not be the document's, and alerts nobody. `loose` is what is known
    to rotate now (None: what was); a look that `rotates` differs from what stands in that alone.
    `compared` is the text that the change starts from, where it is not the standing one.
    """

    look: Look
    seen_until: datetime
    decision: Decision
    version: NewVersion | None
    change: NewChange | None
    alert: AlertPlan | None
    suspect: bool = False
    doubt: Doubt | None = None
    loose: tuple[int, ...] | None = None
    rotates: bool = False
    compared: Variant | None = None


def judge(
    document: DocumentLabel,
    known: Known,
    look: Look,
    watch: Watch,
    *,
    patience: Patience = AT_ONCE,
    reextracted: bool = False,
) -> Judged:
    """Judge a look; nothing is written and no clock is read.

    A new text waits until a second look shows it too, as `patience` says.
    """
    if look.recorded:  # what others recorded follows what they recorded before
        known = replace(known, unrest=None, undone=())
    standing = known.standing
    doubted = None if reextracted else _doubt(look, known)
    marks, rotates = _rotation(known, look, reextracted=reextracted)
    decision = decide(
        Seen(
            look.extraction.fingerprint,
            look.observed_at,
            None if look.recorded else doubted,
            rotates=rotates.alone,
            settled=rotates.settled,
        ),
        standing.fingerprint if standing else None,
        known.same_text_number,
        candidate=known.candidate,
        patience=AT_ONCE if look.recorded else patience,
        reextracted=reextracted,
    )
    if decision.cause is None:
        decision = _with_evidence(decision, look, marks)
        return Judged(
            look, look.observed_at, decision, None, None, None,
            doubt=doubted, loose=_new(rotates.loose, known), rotates=rotates.alone,
        )  # fmt: skip
    first = _first_look(look, decision, known.candidate)
    language = document.language or look.extraction.language
    variant = _variant(decision, known, look)
    before = variant or standing
    compared = compare(before.clauses if before else (), look.extraction.clauses)
    suspect = look.recorded and (
        _is_suspect(doubted, compared) or _is_still_partial(_sound(known, look), variant, look)
    )
    loose = () if rotates.alone else rotates.loose  # what rotated has come to rest
    aside = frozenset() if rotates.alone else rotates.aside
    every = _findings(decision, known, compared, watch, language)
    found = tuple(finding for finding in every if not rotation.is_loose(finding, aside))
    flags = _flags(decision, known, look, compared, found)
    found = strongest_first(_weigh(decision, document, found, flags, watch))
    flapping = _flaps(decision, known, look)
    change = _summarise(compared, found, known, look, flags, flapping=flapping)
    alert = None if suspect else _alert(document, decision, known, first, change, watch, flapping=flapping)
    version = _new_version(first, language)
    return Judged(
        first, look.observed_at, decision, version, change, alert, suspect,
        loose=_new(loose, known), compared=variant,
    )  # fmt: skip


def _new(loose: tuple[int, ...], known: Known) -> tuple[int, ...] | None:
    return loose if loose != known.loose else None


def _rotation(known: Known, look: Look, *, reextracted: bool) -> tuple[tuple[int, ...], Rotation]:
    """The look's marks, and what it says of parts that rotate; of records and of our own doing nothing."""
    standing, unjudged = known.standing, Rotation(known.loose)
    if standing is None or reextracted or look.recorded:
        return (), unjudged
    if look.extraction.fingerprint == standing.fingerprint:
        return (), unjudged
    waiting = known.candidate.marks if known.candidate else ()
    marks = rotation.marks_of(look.extraction.clauses)
    return marks, rotation.learn(rotation.marks_of(standing.clauses), waiting, marks, known.loose)


def _doubt(look: Look, known: Known) -> Doubt | None:
    """Why the look may not show the document; a recorded one, if it fits no text that it may go on from."""
    standing = known.standing
    extraction = look.extraction
    if standing is not None and extraction.fingerprint == standing.fingerprint:
        return None
    doubted = doubt(extraction.title, extraction.clauses, standing.clauses if standing else None)
    sound = _sound(known, look)
    if doubted is None or sound is None:
        return doubted
    return doubted if doubt(extraction.title, extraction.clauses, sound.clauses) is not None else None


def _sound(known: Known, look: Look) -> Variant | None:
    """The last recorded text that was not suspect, where the standing one is."""
    return known.variants[1] if look.recorded and known.variants else None


def _is_suspect(doubted: Doubt | None, compared: Change) -> bool:
    """Whether a recorded text is perhaps not the document's, or not all of it."""
    if doubted is not None:
        return not is_rewrite(doubted, compared)
    return partial(compared) is not None


def _is_still_partial(sound: Variant | None, compared: Variant | None, look: Look) -> bool:
    """Whether what goes on from a suspect text is still but a part of the last one that was not."""
    if sound is None or sound is compared:
        return False
    return partial(compare(sound.clauses, look.extraction.clauses)) is not None


def _with_evidence(decision: Decision, look: Look, marks: tuple[int, ...]) -> Decision:
    """A candidate of this very look has its marks and rests on its snapshots."""
    candidate = decision.candidate
    if candidate is None or candidate.marks or candidate.fingerprint != look.extraction.fingerprint:
        return decision
    return replace(decision, candidate=replace(candidate, snapshot_ids=look.snapshot_ids, marks=marks))


def _first_look(look: Look, decision: Decision, candidate: Candidate | None) -> Look:
    """The look that showed this text first; what it read was the same but for what no reader sees."""
    if decision.since is None or decision.since == look.observed_at or candidate is None:
        return look
    return replace(look, observed_at=decision.since, snapshot_ids=candidate.snapshot_ids or look.snapshot_ids)


def _variant(decision: Decision, known: Known, look: Look) -> Variant | None:
    """The text that the new one is a variant of, so that what is new in it shows alone.

    A whole page is so not compared with the part of it that was recorded before.
    """
    if decision.cause is not Cause.PAGE_CHANGED or not known.variants:
        return None
    return closest(known.variants, look.extraction.clauses)


def _flaps(decision: Decision, known: Known, look: Look) -> bool:
    if known.unrest is None:
        return False
    if decision.cause is Cause.RETURNED:
        return known.unrest.flaps_by_returning(look.observed_at)
    return known.unrest.flaps(look.observed_at)


def _findings(
    decision: Decision, known: Known, compared: Change, watch: Watch, language: str | None
) -> tuple[Finding, ...]:
    if decision.cause is Cause.RETURNED and not (known.unrest and known.unrest.told):
        return undo(known.undone)
    if decision.cause is Cause.PAGE_CHANGED or (decision.cause is Cause.FIRST and known.was_missing):
        found = strongest_first(
            detect(compared, watch.rules, language), find(compared, watch.books, language, known.said)
        )
        return tuple(finding for finding in found if not not_news(finding, known.variants))
    if decision.cause is Cause.FIRST and watch.baseline != "off":
        return strongest_first(
            detect_in_text(compared.after, watch.rules, language),
            find_in_text(compared.after, watch.books, language),
        )
    return ()


def _flags(
    decision: Decision, known: Known, look: Look, compared: Change, found: Sequence[Finding]
) -> tuple[str, ...]:
    """What the text and its dates show; of a text that was there before, or that we read anew, nothing."""
    standing = known.standing
    if decision.cause is not Cause.PAGE_CHANGED or standing is None:
        return ()
    now = Dates(look.extraction.stated_date, look.extraction.effective_date)
    last_seen = standing.last_seen.date() if standing.last_seen else None
    return flags_of(compared, Dating(standing.dates, now, last_seen), found)


def _weigh(
    decision: Decision,
    document: DocumentLabel,
    found: tuple[Finding, ...],
    flags: Sequence[str],
    watch: Watch,
) -> tuple[Finding, ...]:
    if decision.cause is Cause.RETURNED:
        return found
    place = Place(document.key.partition("/")[0], document.kind, document.region)
    return weigh(found, flags, place, watch.adjustments)


def _summarise(
    compared: Change,
    found: tuple[Finding, ...],
    known: Known,
    look: Look,
    flags: Sequence[str],
    *,
    flapping: bool,
) -> NewChange:
    new = (NEW_DOCUMENT,) if known.standing is None and known.was_missing else ()
    words_added, words_removed = added_and_removed_words(compared)
    counts = compared.counts()
    return NewChange(
        added=counts[StepKind.ADDED],
        removed=counts[StepKind.REMOVED],
        edited=counts[StepKind.EDITED],
        moved=counts[StepKind.MOVED],
        words_added=words_added,
        words_removed=words_removed,
        flags=(*look.flags, *flags, *new, *((FLAPPING,) if flapping else ())),
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
    change: NewChange,
    watch: Watch,
    *,
    flapping: bool,
) -> AlertPlan | None:
    found = alerting.worth_telling(change.findings, watch.audience)
    if not found:
        return None
    if decision.cause is Cause.RETURNED:
        return alerting.plan_return(
            document, found, known.same_text_number or 0, known.undone, look.observed_at, watch.audience,
            flapping=flapping,
        )  # fmt: skip
    if decision.outcome is CheckOutcome.FIRST and not known.was_missing:
        return alerting.plan_baseline(
            document, found, look.observed_at, watch.audience, at_once=watch.baseline == "alert"
        )
    return alerting.plan_change(document, found, look.observed_at, watch.audience, change.flags)
