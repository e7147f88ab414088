"""The second transaction of a check: a look is judged, and everything that it meant is written as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor import recording
from monitor.extract.model import Extraction
from monitor.looks import Began, Report, Then, current_position, record_good
from monitor.recording import Position
from monitor.watch import Judged, Known, Look, Standing, Watch, judge
from storage import snapshots, versions
from storage.database import Database, Transaction
from storage.records import FetchState


def record(  # noqa: PLR0913 (a look, what it is judged by, and what follows from it)
    database: Database,
    began: Began,
    look: Look,
    parts: Sequence[FetchState],
    watch: Watch,
    *,
    reread: Extraction | None,
    now: datetime,
    then: Then,
) -> Report:
    """Write everything that the look meant. Judging happens outside the write lock.

    `reread` is the standing version read by today's extractor, if an older one had read it.

    Raises:
        StaleDecision: another process wrote in between; begin anew and decide again.
    """
    steps = _judge(database, began, look, watch, reread)
    with database.write() as transaction:
        position = _write(transaction, began, steps, reread, now)
        decision = steps[-1].decision
        record_good(
            transaction, began, decision.outcome, look.observed_at, decision.reason,
            audience=watch.audience, now=now, version=position.version.number,
        )  # fmt: skip
        snapshots.replace_fetch_states(transaction, began.document.id, parts)
        snapshots.clear_pending(transaction, began.document.id)
        report = _report(began, steps[-1], position.version.number)
        then(transaction, began.document.id, report)
    return report


def preview(database: Database, began: Began, look: Look, watch: Watch, *, reread: Extraction | None) -> Report:
    """What `record` would write."""
    steps = _judge(database, began, look, watch, reread)
    with database.read() as transaction:
        numbers = versions.fingerprints(transaction, began.document.id)
    for step in steps:
        numbers.setdefault(step.look.extraction.fingerprint, len(numbers) + 1)
    return _report(began, steps[-1], numbers[look.extraction.fingerprint])


def _judge(
    database: Database, began: Began, look: Look, watch: Watch, reread: Extraction | None
) -> list[Judged]:
    document, position = began.document, began.position
    label = recording.label(document)

    def known_for(extraction: Extraction) -> Known:
        with database.read() as transaction:
            return recording.load_known(
                transaction, document.id, position, extraction.fingerprint, was_missing=began.was_missing
            )

    known = known_for(look.extraction)
    if position is None or reread is None or reread.fingerprint == position.version.fingerprint:
        return [judge(label, known, look, watch)]
    # The bytes are those last seen then; so the time between old and new text stays what we know of it.
    upgrade = Look(position.appearance.observed_until, reread, snapshot_ids=position.version.snapshot_ids)
    upgraded = judge(label, known_for(reread), upgrade, watch, reextracted=True)
    standing = Standing(reread.fingerprint, reread.extractor, reread.clauses)
    return [upgraded, judge(label, replace(known, standing=standing), look, watch)]


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
        reason=judged.decision.reason,
        version=version,
        previous=began.position.version.number if began.position else None,
        findings=change.findings if change else (),
        counts=(change.added, change.removed, change.edited, change.moved) if change else (0, 0, 0, 0),
    )
