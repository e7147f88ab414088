"""What one check reads from the database, and the first of its two transactions, which keeps the bytes.

It notes that they wait to be read. The second (`monitor.verdicts`) writes everything they meant and takes the
note away. A process that dies in between leaves the note, and the next check begins with it.
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor import outages, recording
from monitor.alerting import Audience
from monitor.config import Target
from monitor.extract.model import Source
from monitor.fetch.model import Capture, FetchError, Unmodified
from monitor.outages import MISSING
from monitor.recording import Position
from monitor.urls import host_of
from storage import appearances, candidates, checks, documents, positions, snapshots
from storage.database import Database, Transaction
from storage.errors import StaleDecision, StorageError
from storage.positions import Found
from storage.records import GOOD_LOOKS, LIVE, CheckOutcome, Document, FetchState, Finding, PendingLook

STORAGE = "storage"
"""The error class of a check that the database did not take."""

_RESOURCES = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)


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

    def has_moved(self, parts: Sequence[FetchState]) -> bool:
        """Whether the configuration names other addresses than those the standing version was read from."""
        held = {state.url for state in self.states}
        return bool(held) and held != {part.url for part in parts}

    def leads_elsewhere(self, parts: Sequence[FetchState]) -> bool:
        """Whether an address that is still the same now ends at another host."""
        hosts = {state.url: host_of(state.final_url) for state in self.states}
        return any(host_of(part.final_url) != hosts.get(part.url, host_of(part.final_url)) for part in parts)

    def is_about(self, urls: Sequence[str]) -> bool:
        """Whether the standing version was read from just these addresses."""
        return self.position is not None and [state.url for state in self.states] == list(urls)

    def holds(self, answers: Sequence[Capture | Unmodified]) -> bool:
        """Whether the answers are, byte for byte, what the standing version was read from."""
        return all(
            isinstance(answer, Unmodified) or hashlib.sha256(answer.body).hexdigest() == state.sha256
            for state, answer in zip(self.states, answers, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Report:
    """How a check ended, for the log and the terminal; `to_confirm` wants a second look soon.

    `look_again_after` is the number of seconds after which a second look is to confirm a new text.
    """

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
    to_confirm: bool = False
    look_again_after: float | None = None


Then = Callable[[Transaction, int, Report], None]
"""What else is written in the transaction that records a look at the document of this id."""


def nothing_more(_transaction: Transaction, _document_id: int, _report: Report) -> None:
    """A look that nothing else follows from."""


def begin(database: Database, target: Target, now: datetime) -> Began:
    """Make sure that the document exists as the target describes it, and read what the check needs."""
    with database.read() as transaction:
        found = positions.find(transaction, target.key)
        if found is not None and is_described(found.document, target):
            return _began(transaction, found)
    with database.write() as transaction:
        ensure_document(transaction, target, now)
        return _began(transaction, positions.find(transaction, target.key))


def peek(database: Database, target: Target) -> Began:
    """As `begin`, for a preview: nothing is written, a new document has no id yet."""
    with database.read() as transaction:
        found = positions.find(transaction, target.key)
        if found is not None and found.document.origin == LIVE:
            return _began(transaction, found)
    return Began(described(target), None)


def described(target: Target) -> Document:
    """The document as the target describes it, without an id."""
    return Document(
        0, target.key, LIVE, target.service, target.kind, target.region, target.language, tuple(target.urls)
    )


def is_described(document: Document, target: Target) -> bool:
    """Whether the document is the target's, and says of itself what the configuration now says."""
    return document == replace(described(target), id=document.id)


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
    transaction: Transaction, began: Began, answers: Sequence[Capture | Unmodified], observed_at: datetime
) -> tuple[FetchState, ...]:
    """Transaction 1: the bytes are kept before anything is made of them."""
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


def record_same_bytes(
    transaction: Transaction,
    began: Began,
    answers: Sequence[Capture | Unmodified],
    observed_at: datetime,
    audience: Audience,
    then: Then,
) -> Report | None:
    """Where the page is byte for byte what it was, the appearance goes on; None where it is not.

    Raises:
        StaleDecision: another process wrote in between, so that other bytes may be what stands.
    """
    if began.position is None:
        raise ValueError("without a version nothing can be the same")
    if not began.holds(answers):
        return None
    states = [
        _seen_again(state, answer, observed_at) for state, answer in zip(began.states, answers, strict=True)
    ]
    reason = "the page is byte for byte what it was"
    number = began.position.version.number
    report = Report(began.document.key, CheckOutcome.UNCHANGED, reason, version=number)
    if not appearances.extend_latest(transaction, began.position.appearance, observed_at):
        raise stale(began)
    if not checks.repeat_unchanged(transaction, began.document.id, observed_at, reason):
        record_good(
            transaction, began, CheckOutcome.UNCHANGED, observed_at, reason,
            audience=audience, now=observed_at, version=number,
        )  # fmt: skip
    if any(isinstance(answer, Capture) for answer in answers):
        snapshots.replace_fetch_states(transaction, began.document.id, states)
    then(transaction, began.document.id, report)
    return report


def record_good(  # noqa: PLR0913 (a look that saw the document, and who hears that it did)
    transaction: Transaction,
    began: Began,
    outcome: CheckOutcome,
    observed_at: datetime,
    reason: str,
    *,
    audience: Audience,
    now: datetime,
    version: int,
) -> None:
    """Note a look that saw the document; where people know that it was not seen, they are told that it is."""
    document = began.document
    before = checks.record(transaction, document.id, outcome, observed_at, reason=reason)
    if before is not None and (before.outcome, before.reason) != (outcome, reason):
        candidates.replace(transaction, document.id, None)
    if before is not None and before.outcome not in GOOD_LOOKS:
        previous = began.position.version.number if began.position else None
        outages.tell_recovery(
            transaction, document, audience,
            seen_at=observed_at, now=now, version=version, previous=previous,
        )  # fmt: skip


def record_held(database: Database, began: Began, reason: str, observed_at: datetime, then: Then) -> Report:
    """The page came but cannot be taken for the document: its bytes stay, no version is made."""
    report = Report(began.document.key, CheckOutcome.HELD, reason)
    with database.write() as transaction:
        snapshots.clear_pending(transaction, began.document.id)
        checks.record(transaction, began.document.id, CheckOutcome.HELD, observed_at, reason=reason)
        then(transaction, began.document.id, report)
    return report


def record_failure(
    database: Database, began: Began, error: FetchError, now: datetime, audience: Audience, then: Then
) -> Report:
    """The page was not brought back. If there is none any more, a second look is to confirm that."""
    report = Report(
        began.document.key,
        CheckOutcome.FAILED,
        error.reason,
        error_class=f"http_{error.status}" if error.status else error.error_class.value,
        transient=error.transient,
        retry_after=error.retry_after,
    )
    with database.write() as transaction:
        _failed(transaction, began.document, report, now)
        if began.position is not None and report.error_class in MISSING:
            confirmed = outages.tell_if_withdrawn(transaction, began.document, audience, now)
            report = replace(report, to_confirm=not confirmed)
        then(transaction, began.document.id, report)
    return report


def record_fault(database: Database, target: Target, error: Exception, now: datetime, then: Then) -> Report:
    """The check itself broke off: told like a failure, so that nobody believes the document was looked at."""
    error_class, reason = _fault(error)
    report = Report(target.key, CheckOutcome.FAILED, reason, error_class=error_class, transient=True)
    with database.write() as transaction:
        document = ensure_document(transaction, target, now)
        _failed(transaction, document, report, now)
        then(transaction, document.id, report)
    return report


def _fault(error: Exception) -> tuple[str, str]:
    """The error class and the reason of a check that broke off."""
    if isinstance(error, StorageError):
        return "conflict" if isinstance(error, StaleDecision) else STORAGE, str(error)
    if isinstance(error, OSError) and error.errno in _RESOURCES:
        return "resource", f"this process has no more open files or memory to use ({error.strerror})"
    return "fault", f"a fault in policywatch: {type(error).__name__}: {error}"


def _failed(transaction: Transaction, document: Document, report: Report, now: datetime) -> None:
    checks.record(
        transaction,
        document.id,
        report.outcome,
        now,
        reason=report.reason,
        error_class=report.error_class,
        url=_only_address(document),
    )


def _only_address(document: Document) -> str | None:
    return document.urls[0] if len(document.urls) == 1 else None


def _began(transaction: Transaction, found: Found | None) -> Began:
    assert found is not None  # noqa: S101 (it was read, or written, in this transaction)
    document, appearance, version = found.document, found.appearance, found.version
    position = Position(appearance, version) if appearance and version else None
    return Began(
        document=document,
        position=position,
        states=snapshots.fetch_states_of(transaction, document.id),
        pending=snapshots.pending(transaction, document.id) if found.has_pending else None,
        was_missing=position is None and _was_missing(transaction, document),
    )


def _was_missing(transaction: Transaction, document: Document) -> bool:
    """A first text is news then; a connection lost since does not make the page older.

    Only at the very address that answers now: another was mistyped, or is one part of several.
    """
    address = _only_address(document)
    return address is not None and any(
        check.error_class in MISSING and check.url == address
        for check in checks.every(transaction, document.id)
    )


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


def current_position(transaction: Transaction, began: Began) -> Position | None:
    """Where the document's history ends, if that is still what the decision rests on.

    Raises:
        StaleDecision: another process wrote in between.
    """
    position = recording.position_of(transaction, began.document.id)
    if _appearance_id(position) != _appearance_id(began.position):
        raise stale(began)
    return position


def stale(began: Began) -> StaleDecision:
    return StaleDecision(f"{began.document.key}: another process changed this document meanwhile; try again")


def _appearance_id(position: Position | None) -> int | None:
    return position.appearance.id if position else None
