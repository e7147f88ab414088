"""The second transaction of a check: a look is judged, and everything that it meant is written as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor import recording
from monitor.decide import AT_ONCE, Patience
from monitor.detect.flags import Dates
from monitor.extract.model import Extraction, Source
from monitor.looks import Began, Report, Then, current_position, load_sources, record_good
from monitor.recording import Position
from monitor.watch import Judged, Known, Look, Standing, Watch, judge
from storage import checks, snapshots, versions
from storage.database import Database, Transaction
from storage.records import CheckOutcome, FetchState

UNCONFIRMED = "unconfirmed"
"""The error class of a look that showed a new text, until another shows it too."""


def record(  # noqa: PLR0913 (a look, what it is judged by, and what follows from it)
    database: Database,
    began: Began,
    steps: Sequence[Judged],
    parts: Sequence[FetchState],
    watch: Watch,
    *,
    patience: Patience,
    reread: Extraction | None,
    now: datetime,
    then: Then,
) -> Report:
    """Write everything that the look meant, as `weigh` judged it.

    `reread` is the standing version read by today's extractor, if an older one had read it.

    Raises:
        StaleDecision: another process wrote in between; begin anew and decide again.
    """
    judged = steps[-1]
    decision = judged.decision
    if decision.outcome is CheckOutcome.HELD:
        return _hold(database, began, judged, patience, then)
    with database.write() as transaction:
        position = _write(transaction, began, steps, reread, now)
        record_good(
            transaction, began, decision.outcome, judged.seen_until, _reason(judged),
            audience=watch.audience, now=now, version=position.version.number,
        )  # fmt: skip
        if judged.rotates or judged.loose is not None:
            recording.keep_waiting(transaction, began.document.id, judged)
        if not judged.rotates:  # else these very bytes again would count as what stands
            snapshots.replace_fetch_states(transaction, began.document.id, parts)
        snapshots.clear_pending(transaction, began.document.id)
        report = _report(began, judged, position.version.number)
        then(transaction, began.document.id, report)
    return report


def _hold(database: Database, began: Began, judged: Judged, patience: Patience, then: Then) -> Report:
    """The page is not taken for the document, or not yet: that stays as it was, the bytes are kept."""
    document, decision = began.document, judged.decision
    kind = judged.doubt.kind if judged.doubt else UNCONFIRMED
    report = Report(
        document.key,
        CheckOutcome.HELD,
        decision.reason,
        error_class=kind,
        look_again_after=patience.usual.total_seconds() if judged.doubt is None else None,
    )
    with database.write() as transaction:
        current_position(transaction, began)
        recording.keep_waiting(transaction, document.id, judged)
        snapshots.clear_pending(transaction, document.id)
        checks.record(
            transaction,
            document.id,
            CheckOutcome.HELD,
            judged.seen_until,
            reason=decision.reason,
            error_class=kind,
        )
        then(transaction, document.id, report)
    return report


def pages_of_alert(database: Database, began: Began, judged: Judged) -> tuple[list[Source], list[Source]]:
    """The pages that an alerted change starts from, and those that it leads to."""
    if began.position is None:
        return [], []
    before = began.position.version.snapshot_ids
    if judged.compared is not None:
        with database.read() as transaction:
            before = versions.get(transaction, judged.compared.version_id).snapshot_ids
    return load_sources(database, before), load_sources(database, judged.look.snapshot_ids)


def preview(database: Database, began: Began, look: Look, watch: Watch, *, reread: Extraction | None) -> Report:
    """What `record` would write."""
    steps = weigh(database, began, look, watch, reread=reread, patience=AT_ONCE)
    if steps[-1].decision.outcome is CheckOutcome.HELD:
        return Report(began.document.key, CheckOutcome.HELD, steps[-1].decision.reason)
    with database.read() as transaction:
        numbers = versions.fingerprints(transaction, began.document.id)
    for step in steps:
        numbers.setdefault(step.look.extraction.fingerprint, len(numbers) + 1)
    return _report(began, steps[-1], numbers[look.extraction.fingerprint])


def weigh(
    database: Database,
    began: Began,
    look: Look,
    watch: Watch,
    *,
    reread: Extraction | None,
    patience: Patience,
) -> list[Judged]:
    """What the look means, after what our own upgrade means where there was one; outside the write lock.

    `patience` says when a second look confirms a new text.
    """
    document, position = began.document, began.position
    label = recording.label(document)

    def known_for(look: Look) -> Known:
        with database.read() as transaction:
            return recording.load_known(
                transaction,
                document.id,
                position,
                look,
                was_missing=began.was_missing,
            )

    known = known_for(look)
    if position is None or reread is None or reread.fingerprint == position.version.fingerprint:
        return [judge(label, known, look, watch, patience=patience)]
    # The bytes are those last seen then; so the time between old and new text stays what we know of it.
    upgrade = Look(position.appearance.observed_until, reread, snapshot_ids=position.version.snapshot_ids)
    upgraded = judge(label, known_for(upgrade), upgrade, watch, reextracted=True)
    standing = Standing(
        reread.fingerprint,
        reread.extractor,
        reread.clauses,
        Dates(reread.stated_date, reread.effective_date),
        position.appearance.observed_until,
    )
    return [upgraded, judge(label, replace(known, standing=standing), look, watch, patience=patience)]


def _write(
    transaction: Transaction, began: Began, steps: Sequence[Judged], reread: Extraction | None, now: datetime
) -> Position:
    position = current_position(transaction, began)
    if position is not None and reread is not None and reread.fingerprint == position.version.fingerprint:
        versions.confirm_extractor(transaction, position.version.id, reread.extractor)
    first, *later = steps
    written = recording.write(transaction, began.document, position, first, now=now)
    for step in later:
        written = recording.write(transaction, began.document, written, step, now=now)
    return written


def _report(began: Began, judged: Judged, version: int | None) -> Report:
    change = judged.change
    return Report(
        document=began.document.key,
        outcome=judged.decision.outcome,
        reason=_reason(judged),
        version=version,
        previous=began.position.version.number if began.position else None,
        findings=change.findings if change else (),
        counts=(change.added, change.removed, change.edited, change.moved) if change else (0, 0, 0, 0),
    )


def _reason(judged: Judged) -> str:
    """What was decided, and what of the page was not read."""
    return "; ".join([judged.decision.reason, *judged.look.extraction.warnings])
