"""What one check reads from the database and writes to it: two transactions, each whole or not at all.

The first keeps the bytes and notes that they wait to be read; the second writes everything they meant and
takes the note away. A process that dies in between leaves the note, and the next check begins with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor import recording
from monitor.config import Target
from monitor.extract.model import Extraction, Source
from monitor.fetch.model import Capture, FetchError, Unmodified
from monitor.recording import Position
from monitor.watch import Judged, Known, Look, Standing, Watch, judge
from storage import appearances, checks, documents, snapshots, versions
from storage.database import Database, Transaction
from storage.errors import StaleDecision
from storage.records import LIVE, CheckOutcome, Document, FetchState, Finding, PendingLook

_MAX_DECISIONS = 5
"""How often a decision is made anew because another process wrote in between."""

_MISSING = ("http_404", "http_410")
"""After these a first text is news: the page did not exist before."""


@dataclass(frozen=True, slots=True)
class Began:
    """A check under way: the document, where its history ends, what we hold of its addresses."""

    document: Document
    position: Position | None
    states: tuple[FetchState, ...] = ()
    pending: PendingLook | None = None
    was_missing: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """How a check ended, for the log and the terminal."""

    document: str
    outcome: CheckOutcome
    reason: str
    error_class: str | None = None
    version: int | None = None
    previous: int | None = None
    findings: tuple[Finding, ...] = ()
    counts: tuple[int, int, int, int] = (0, 0, 0, 0)
    transient: bool = False
    retry_after: float | None = None


def begin(database: Database, target: Target, now: datetime) -> Began:
    """Make sure that the document exists, and read what the check needs."""
    with database.write() as transaction:
        document = ensure_document(transaction, target, now)
        return _began(transaction, document)


def peek(database: Database, target: Target) -> Began:
    """As `begin`, for a preview: nothing is written, a new document has no id yet."""
    with database.read() as transaction:
        document = documents.find(transaction, target.key)
        if document is not None:
            return _began(transaction, document)
    unsaved = Document(
        0, target.key, LIVE, target.service, target.kind, target.region, target.language, tuple(target.urls)
    )
    return Began(unsaved, None)


def ensure_document(transaction: Transaction, target: Target, now: datetime) -> Document:
    return documents.ensure(
        transaction,
        key=target.key,
        origin=LIVE,
        service=target.service,
        kind=target.kind,
        region=target.region,
        language=target.language,
        urls=target.urls,
        now=now,
    )


def keep_bytes(
    database: Database, began: Began, answers: Sequence[Capture | Unmodified], observed_at: datetime
) -> tuple[FetchState, ...]:
    """Transaction 1: the bytes are kept before anything is made of them."""
    with database.write() as transaction:
        bases = _bases(transaction, began.position)
        parts = tuple(
            _keep(transaction, began, part, answer, bases.get(part)) for part, answer in enumerate(answers)
        )
        snapshots.set_pending(transaction, began.document.id, observed_at, parts)
    return parts


def load_sources(database: Database, snapshot_ids: Sequence[int]) -> list[Source]:
    """Stored captures with their bytes, in order, ready to be read."""
    with database.read() as transaction:
        found = [snapshots.get(transaction, snapshot_id) for snapshot_id in snapshot_ids]
        return [
            Source(
                snapshots.read_body(transaction, snapshot.sha256),
                snapshot.meta.content_type,
                snapshot.meta.final_url,
            )
            for snapshot in found
        ]


def record(
    database: Database,
    began: Began,
    look: Look,
    parts: Sequence[FetchState],
    watch: Watch,
    *,
    reread: Extraction | None,
    now: datetime,
) -> Report:
    """Transaction 2: everything that the look meant. Judging happens outside the write lock.

    `reread` is the standing version read by today's extractor, if an older one had read it.
    """
    for _ in range(_MAX_DECISIONS):
        steps = _judge(database, began, look, watch, reread)
        try:
            return _write(database, began, steps, parts, reread, now)
        except StaleDecision:
            with database.read() as transaction:
                began = _began(transaction, began.document)
    raise StaleDecision(f"{began.document.key}: another process keeps changing this document; try again")


def judge_only(database: Database, began: Began, look: Look, watch: Watch) -> Report:
    """What `record` would write."""
    judged = _judge(database, began, look, watch, None)[-1]
    previous = began.position.version.number if began.position else None
    return _report(began, judged, (previous or 0) + 1 if judged.version else previous)


def record_same_bytes(
    database: Database, began: Began, answers: Sequence[Capture | Unmodified], observed_at: datetime
) -> Report:
    """The page is byte for byte what it was: the appearance goes on, and nothing is stored twice."""
    if began.position is None:
        raise ValueError("without a version nothing can be the same")
    states = [
        _seen_again(state, answer, observed_at) for state, answer in zip(began.states, answers, strict=True)
    ]
    reason = "the page is byte for byte what it was"
    with database.write() as transaction:
        appearances.extend(transaction, began.position.appearance.id, observed_at)
        checks.record(transaction, began.document.id, CheckOutcome.UNCHANGED, observed_at, reason=reason)
        if any(isinstance(answer, Capture) for answer in answers):
            snapshots.replace_fetch_states(transaction, began.document.id, states)
    return Report(began.document.key, CheckOutcome.UNCHANGED, reason, version=began.position.version.number)


def record_held(database: Database, began: Began, reason: str, observed_at: datetime) -> Report:
    """The page came but cannot be taken for the document: its bytes stay, no version is made."""
    with database.write() as transaction:
        snapshots.clear_pending(transaction, began.document.id)
        checks.record(transaction, began.document.id, CheckOutcome.HELD, observed_at, reason=reason)
    return Report(began.document.key, CheckOutcome.HELD, reason)


def record_failure(database: Database, began: Began, error: FetchError, now: datetime) -> Report:
    error_class = f"http_{error.status}" if error.status else error.error_class.value
    with database.write() as transaction:
        checks.record(
            transaction,
            began.document.id,
            CheckOutcome.FAILED,
            now,
            reason=error.reason,
            error_class=error_class,
        )
    return Report(
        began.document.key,
        CheckOutcome.FAILED,
        error.reason,
        error_class=error_class,
        transient=error.transient,
        retry_after=error.retry_after,
    )


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _began(transaction: Transaction, document: Document) -> Began:
    last = checks.latest(transaction, document.id)
    return Began(
        document=document,
        position=recording.position_of(transaction, document.id),
        states=snapshots.fetch_states_of(transaction, document.id),
        pending=snapshots.pending(transaction, document.id),
        was_missing=last is not None and last.error_class in _MISSING,
    )


def _keep(
    transaction: Transaction, began: Began, part: int, answer: Capture | Unmodified, base: str | None
) -> FetchState:
    if isinstance(answer, Unmodified):
        return began.states[part]
    stored = snapshots.store(transaction, began.document.id, part, answer.body, answer.meta, base)
    return FetchState(
        part=part,
        url=answer.meta.url,
        final_url=answer.meta.final_url,
        etag=answer.validators.etag,
        last_modified=answer.validators.last_modified,
        snapshot_id=stored.id,
        sha256=stored.sha256,
        fetched_fully_at=answer.meta.captured_at,
    )


def _bases(transaction: Transaction, position: Position | None) -> dict[int, str]:
    """For each part, the bytes that the standing version rests on."""
    if position is None:
        return {}
    found = [snapshots.get(transaction, snapshot_id) for snapshot_id in position.version.snapshot_ids]
    return {snapshot.part: snapshot.sha256 for snapshot in found}


def _seen_again(state: FetchState, answer: Capture | Unmodified, observed_at: datetime) -> FetchState:
    if isinstance(answer, Unmodified):
        return state
    return replace(
        state,
        etag=answer.validators.etag,
        last_modified=answer.validators.last_modified,
        fetched_fully_at=observed_at,
    )


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
    upgrade = Look(look.observed_at, reread, snapshot_ids=position.version.snapshot_ids)
    upgraded = judge(label, known_for(reread), upgrade, watch, reextracted=True)
    standing = Standing(reread.fingerprint, reread.extractor, reread.clauses)
    return [upgraded, judge(label, replace(known, standing=standing), look, watch)]


def _write(
    database: Database,
    began: Began,
    steps: Sequence[Judged],
    parts: Sequence[FetchState],
    reread: Extraction | None,
    now: datetime,
) -> Report:
    document, judged = began.document, steps[-1]
    with database.write() as transaction:
        position = recording.position_of(transaction, document.id)
        if _appearance_id(position) != _appearance_id(began.position):
            raise StaleDecision(f"{document.key} changed meanwhile")
        if position is not None and reread is not None and reread.fingerprint == position.version.fingerprint:
            versions.confirm_extractor(transaction, position.version.id, reread.extractor)
        for step in steps:
            position = recording.write(transaction, document, position, step, now=now)
        checks.record(
            transaction,
            document.id,
            judged.decision.outcome,
            judged.look.observed_at,
            reason=judged.decision.reason,
        )
        snapshots.replace_fetch_states(transaction, document.id, parts)
        snapshots.clear_pending(transaction, document.id)
    return _report(began, judged, position.version.number if position else None)


def _appearance_id(position: Position | None) -> int | None:
    return position.appearance.id if position else None


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
