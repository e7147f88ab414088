"""Judges raw captures one after the other as live looks are: held, confirmed by a later one, or taken."""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby

from monitor import memory, recording
from monitor.decide import STOOD_STILL, STOOD_STILL_LOOKS, Patience
from monitor.extract.failures import ExtractionFailed, ExtractionRefused
from monitor.extract.model import Extraction, Source
from monitor.extract.parts import combine
from monitor.extract.reader import PageReader
from monitor.importers.raw import RawCapture
from monitor.importers.recorded import Described, Progress, Summary, ensure, unheard
from monitor.recording import Position
from monitor.watch import Judged, Known, Look, Standing, Watch, judge
from storage import snapshots, versions
from storage.database import Database, Transaction
from storage.records import Candidate, CheckOutcome, Document, SnapshotMeta

STANDS_AFTER = timedelta(hours=20)
"""An archive that looks twice a day keeps a page once: what no other replaced for so long was seen again."""

PATIENCE = Patience(timedelta(microseconds=1), timedelta(hours=6))
"""The next capture with the same text confirms it; a doubtful one must have stood for half a day's looks."""

_BATCH_BYTES = 16 * 1024 * 1024
"""Bodies that are read before the database is locked to write what they meant."""

_AHEAD = 4
"""Captures that are taken from the archive while earlier ones are read."""

UNREADABLE = "unreadable"
"""The kind under which captures are counted that nothing could be read of."""


@dataclass(frozen=True, slots=True)
class _Read:
    capture: RawCapture
    extraction: Extraction


@dataclass(slots=True)
class _History:
    """A document while its captures are judged; `waiting` is the first capture of the candidate's text.

    `loose` are the clauses that rotate; a candidate `rotates` that differs from what stands in them alone.
    """

    document: Document
    position: Position | None
    standing: Standing | None
    numbers: dict[str, int]
    candidate: Candidate | None = None
    waiting: _Read | None = None
    rotates: bool = False
    loose: tuple[int, ...] = ()
    held: Counter[str] = field(default_factory=Counter)


def import_captures(  # noqa: PLR0913 (an archive, and what it is judged by)
    database: Database,
    captures: Iterable[RawCapture],
    described: Mapping[str, Described],
    watch: Watch,
    *,
    origin: str,
    progress: Progress,
    total: int,
    until: datetime,
) -> Summary:
    """Judge every capture; those no younger than what is there already are passed over.

    The captures come by document and in order of time. A text that none replaced stood `until` then: the end of
    an archive that was kept twice a day, or today.
    """
    summary, done = Summary(), 0
    with PageReader() as reader:
        for key, group in groupby(captures, key=lambda capture: capture.key):
            summary += Summary(documents=1)
            history: _History | None = None
            for batch in _batches(group, described[key], reader):
                with database.write() as transaction:
                    history = history or _begin(transaction, described[key], origin, batch)
                    summary += _judge_all(transaction, history, batch, unheard(watch))
                done += len(batch)
                progress(done, total)
            if history is not None:
                with database.write() as transaction:
                    summary += _settle(transaction, history, until, unheard(watch))
                summary += Summary(held=dict(history.held))
    return summary


def _batches(
    captures: Iterable[RawCapture], described: Described, reader: PageReader
) -> Iterator[list[_Read | str]]:
    batch: list[_Read | str] = []
    size = 0
    for capture, reading in _read_ahead(captures, described, reader):
        batch.append(_outcome(capture, reading))
        size += len(capture.body)
        if size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _read_ahead(
    captures: Iterable[RawCapture], described: Described, reader: PageReader
) -> Iterator[tuple[RawCapture, Future[Extraction]]]:
    """Each capture with its reading, which may be under way; bytes that come twice in a row are read once."""
    waiting: deque[tuple[RawCapture, Future[Extraction]]] = deque()
    last = b""
    for capture in captures:
        digest = hashlib.sha256(capture.body).digest()
        if digest != last:
            source = Source(capture.body, capture.content_type, capture.final_url)
            reading = reader.begin(source, described.options)
        last = digest
        waiting.append((capture, reading))
        if len(waiting) > _AHEAD:
            yield waiting.popleft()
    yield from waiting


def _outcome(capture: RawCapture, reading: Future[Extraction]) -> _Read | str:
    try:
        return _Read(capture, combine([reading.result()]))
    except (ExtractionRefused, ExtractionFailed) as error:
        return f"{capture.source}: {error}"


def _begin(
    transaction: Transaction, described: Described, origin: str, batch: Sequence[_Read | str]
) -> _History | None:
    first = next((read for read in batch if isinstance(read, _Read)), None)
    if first is None:
        return None
    document = ensure(transaction, described, origin, first.capture.captured_at)
    position = recording.position_of(transaction, document.id)
    if position is None:
        return _History(document, None, None, {})
    clauses = versions.load_clauses(transaction, position.version.id)
    standing = recording.standing_at(position, clauses)
    return _History(document, position, standing, versions.fingerprints(transaction, document.id))


def _judge_all(
    transaction: Transaction, history: _History | None, batch: Sequence[_Read | str], watch: Watch
) -> Summary:
    refused = [line for line in batch if isinstance(line, str)]
    summary = Summary(unreadable=tuple(refused), held={UNREADABLE: len(refused)} if refused else {})
    for read in batch:
        if history is not None and isinstance(read, _Read):
            summary += _settle(transaction, history, read.capture.captured_at, watch)
            summary += _look(transaction, history, read, watch)
    return summary


def _settle(transaction: Transaction, history: _History, until: datetime, watch: Watch) -> Summary:
    """A text that no other replaced for long enough stands, although no second capture shows it."""
    waiting, candidate = history.waiting, history.candidate
    stands_after = STOOD_STILL if history.rotates else STANDS_AFTER
    if waiting is None or candidate is None or until - candidate.first_at < stands_after:
        return Summary()
    if history.rotates:
        history.candidate = replace(candidate, looks=STOOD_STILL_LOOKS)
    stood = replace(waiting, capture=replace(waiting.capture, captured_at=candidate.first_at + stands_after))
    return _look(transaction, history, stood, watch, was_seen=False)


def _look(
    transaction: Transaction, history: _History, read: _Read, watch: Watch, *, was_seen: bool = True
) -> Summary:
    at, extraction = read.capture.captured_at, read.extraction
    if history.position is not None and at <= history.position.appearance.observed_until:
        return Summary(skipped=1)
    look = Look(at, extraction, read.capture.source)
    known = _known(transaction, history, look)
    judged = judge(recording.label(history.document), known, look, watch, patience=PATIENCE)
    history.loose = judged.loose if judged.loose is not None else history.loose
    history.rotates = judged.rotates
    if judged.decision.outcome is CheckOutcome.HELD:
        return _hold(history, judged, read)
    confirmed = _first_shown(history, judged, extraction)
    history.candidate = judged.decision.candidate
    history.waiting = read if history.candidate is not None else None
    is_new = extraction.fingerprint not in history.numbers
    if not was_seen:
        judged = replace(judged, seen_until=judged.look.observed_at)
    if judged.version is not None:
        judged = _with_evidence(transaction, history, judged, confirmed or read, keep=is_new)
    history.position = recording.write(transaction, history.document, history.position, judged, now=at)
    if judged.rotates:
        return Summary()
    history.standing = recording.standing_at(history.position, extraction.clauses)
    history.numbers.setdefault(extraction.fingerprint, len(history.numbers) + 1)
    begun = judged.version is not None
    return Summary(versions=is_new, appearances=begun, alerts=judged.alert is not None)


def _known(transaction: Transaction, history: _History, look: Look) -> Known:
    """As for a live look. Nobody got an alert of an archive, so that no return undoes one."""
    standing, text = history.standing, look.extraction.fingerprint
    known = Known(standing, history.numbers.get(text), history.candidate, loose=history.loose)
    if history.position is None or standing is None or text == standing.fingerprint:
        return known
    said = recording.said_before(transaction, history.document.id, standing.clauses, look)
    known = replace(known, said=said)
    unrest = memory.unrest_of(transaction, history.position.appearance, look.observed_at)
    if known.same_text_number is not None or not unrest.flaps(look.observed_at):
        return replace(known, unrest=unrest)
    return replace(known, unrest=unrest, variants=memory.variants_of(transaction, history.document.id))


def _first_shown(history: _History, judged: Judged, extraction: Extraction) -> _Read | None:
    """The capture that showed this text before, if the look confirmed it."""
    waiting, since = history.waiting, judged.decision.since
    if waiting is None or since is None or since == judged.seen_until:
        return None
    return waiting if waiting.extraction.fingerprint == extraction.fingerprint else None


def _hold(history: _History, judged: Judged, read: _Read) -> Summary:
    candidate = judged.decision.candidate
    if candidate is None:
        history.waiting = None
    elif history.candidate is None or history.candidate.fingerprint != candidate.fingerprint:
        history.waiting = read
    history.candidate = candidate
    if judged.doubt is not None:
        history.held[judged.doubt.kind] += 1
    return Summary()


def _with_evidence(
    transaction: Transaction, history: _History, judged: Judged, first: _Read, *, keep: bool
) -> Judged:
    """What was judged, resting on the bytes of the capture that showed the text first."""
    kept: tuple[int, ...] = ()
    if keep:
        position, base = history.position, None
        if position is not None and position.version.snapshot_ids:
            base = snapshots.get(transaction, position.version.snapshot_ids[0]).sha256
        capture = first.capture
        kept = (snapshots.store(transaction, history.document.id, 0, capture.body, _meta(capture), base).id,)
    version = replace(judged.version, snapshot_ids=kept) if judged.version else None
    look = replace(judged.look, snapshot_ids=kept, source=first.capture.source)
    return replace(judged, look=look, version=version)


def _meta(capture: RawCapture) -> SnapshotMeta:
    return SnapshotMeta(
        url=capture.url,
        final_url=capture.final_url,
        redirects=() if capture.url == capture.final_url else (capture.final_url,),
        address=None,
        status=capture.status,
        captured_at=capture.captured_at,
        duration_seconds=0.0,
        request_headers=(),
        response_headers=capture.headers,
        content_type=capture.content_type,
    )
