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

    def state_of(self, url: str) -> FetchState | None:
        return next((state for state in self.states if state.url == url), None)

    def holds(self, urls: Sequence[str], answers: Sequence[Capture | Unmodified]) -> bool:
        """Whether the answers are, byte for byte, what the standing version was read from."""
        return (
            self.position is not None
            and [state.url for state in self.states] == list(urls)
            and all(
                isinstance(answer, Unmodified) or hashlib.sha256(answer.body).hexdigest() == state.sha256
                for state, answer in zip(self.states, answers, strict=True)
            )
        )


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
    """The document of our own checks; an imported one that has its key makes way."""
    recording.make_way(transaction, target.key, LIVE)
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

    Raises:
        StaleDecision: another process wrote in between; begin anew and decide again.
    """
    steps = _judge(database, began, look, watch, reread)
    with database.write() as transaction:
        position = _write(transaction, began, steps, reread, now)
        _note_check(transaction, began.document, steps[-1])
        snapshots.replace_fetch_states(transaction, began.document.id, parts)
        snapshots.clear_pending(transaction, began.document.id)
    return _report(began, steps[-1], position.version.number)


def judge_only(
    database: Database, began: Began, look: Look, watch: Watch, *, reread: Extraction | None
) -> Report:
    """What `record` would write."""
    steps = _judge(database, began, look, watch, reread)
    with database.read() as transaction:
        numbers = versions.fingerprints(transaction, began.document.id)
    for step in steps:
        numbers.setdefault(step.look.extraction.fingerprint, len(numbers) + 1)
    return _report(began, steps[-1], numbers[look.extraction.fingerprint])


def record_same_bytes(
    database: Database, began: Began, answers: Sequence[Capture | Unmodified], observed_at: datetime
) -> Report:
    """The page is byte for byte what it was: the appearance goes on, and nothing is stored twice.

    Raises:
        StaleDecision: another process wrote in between, so that other bytes may be what stands.
    """
    if began.position is None:
        raise ValueError("without a version nothing can be the same")
    states = [
        _seen_again(state, answer, observed_at) for state, answer in zip(began.states, answers, strict=True)
    ]
    reason = "the page is byte for byte what it was"
    with database.write() as transaction:
        _current_position(transaction, began)
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


def _began(transaction: Transaction, document: Document) -> Began:
    position = recording.position_of(transaction, document.id)
    return Began(
        document=document,
        position=position,
        states=snapshots.fetch_states_of(transaction, document.id),
        pending=snapshots.pending(transaction, document.id),
        was_missing=position is None and _was_missing(transaction, document),
    )


def _was_missing(transaction: Transaction, document: Document) -> bool:
    """Also if the last looks failed for other reasons: a lost connection does not make a page older."""
    return any(check.error_class in _MISSING for check in checks.every(transaction, document.id))


def _keep(
    transaction: Transaction, began: Began, part: int, answer: Capture | Unmodified, base: str | None
) -> FetchState:
    if isinstance(answer, Unmodified):
        held = began.state_of(answer.url)
        if held is None:
            raise ValueError(f"{answer.url} cannot be unchanged: nothing of it is held")
        return replace(held, part=part)
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
    # The bytes are those last seen then; so the time between old and new text stays what we know of it.
    upgrade = Look(position.appearance.observed_until, reread, snapshot_ids=position.version.snapshot_ids)
    upgraded = judge(label, known_for(reread), upgrade, watch, reextracted=True)
    standing = Standing(reread.fingerprint, reread.extractor, reread.clauses)
    return [upgraded, judge(label, replace(known, standing=standing), look, watch)]


def _write(
    transaction: Transaction, began: Began, steps: Sequence[Judged], reread: Extraction | None, now: datetime
) -> Position:
    position = _current_position(transaction, began)
    if position is not None and reread is not None and reread.fingerprint == position.version.fingerprint:
        versions.confirm_extractor(transaction, position.version.id, reread.extractor)
    first, *later = steps
    written = recording.write(transaction, began.document, position, first, now=now)
    for step in later:
        written = recording.write(transaction, began.document, written, step, now=now)
    return written


def _current_position(transaction: Transaction, began: Began) -> Position | None:
    """Where the document's history ends, if that is still what the decision rests on."""
    position = recording.position_of(transaction, began.document.id)
    if _appearance_id(position) != _appearance_id(began.position):
        raise StaleDecision(f"{began.document.key}: another process changed this document meanwhile; try again")
    return position


def _appearance_id(position: Position | None) -> int | None:
    return position.appearance.id if position else None


def _note_check(transaction: Transaction, document: Document, judged: Judged) -> None:
    checks.record(
        transaction,
        document.id,
        judged.decision.outcome,
        judged.look.observed_at,
        reason=judged.decision.reason,
    )


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
