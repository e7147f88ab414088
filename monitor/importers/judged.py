"""Judges raw captures one after the other, as live looks are; none is held or confirmed yet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from monitor import recording
from monitor.extract.failures import ExtractionFailed, ExtractionRefused
from monitor.extract.model import Extraction, Source
from monitor.extract.parts import combine
from monitor.extract.reader import PageReader
from monitor.importers.raw import RawCapture
from monitor.importers.recorded import Described, Progress, Summary, ensure, unheard
from monitor.watch import Look, Watch, judge
from storage import snapshots
from storage.database import Database, Transaction
from storage.records import Document, SnapshotMeta

_BATCH_BYTES = 16 * 1024 * 1024
"""Bodies that are read before the database is locked to write what they meant."""


@dataclass(frozen=True, slots=True)
class _Read:
    capture: RawCapture
    extraction: Extraction


def import_captures(
    database: Database,
    captures: Iterable[RawCapture],
    described: Mapping[str, Described],
    watch: Watch,
    *,
    origin: str,
    progress: Progress,
    total: int,
) -> Summary:
    """Judge every capture; those no younger than what is there already are passed over."""
    summary, done = Summary(), 0
    with PageReader() as reader:
        for key, group in groupby(captures, key=lambda capture: capture.key):
            summary += Summary(documents=1)
            for part in _batches(group, described[key], reader):
                summary += _write(database, described[key], part, unheard(watch), origin)
                done += len(part)
                progress(done, total)
    return summary


def _batches(
    captures: Iterable[RawCapture], described: Described, reader: PageReader
) -> Iterator[list[_Read | str]]:
    batch: list[_Read | str] = []
    size = 0
    last: tuple[bytes, Extraction | str] = (b"", "")
    for capture in captures:
        digest = hashlib.sha256(capture.body).digest()
        read = last[1] if digest == last[0] else _read(capture, described, reader)
        last = (digest, read)
        batch.append(f"{capture.final_url}: {read}" if isinstance(read, str) else _Read(capture, read))
        size += len(capture.body)
        if size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _read(capture: RawCapture, described: Described, reader: PageReader) -> Extraction | str:
    source = Source(capture.body, capture.content_type, capture.final_url)
    try:
        return combine(reader.read([source], described.options))
    except (ExtractionRefused, ExtractionFailed) as error:
        return str(error)


def _write(
    database: Database, described: Described, batch: list[_Read | str], watch: Watch, origin: str
) -> Summary:
    refused = tuple(line for line in batch if isinstance(line, str))
    reads = [read for read in batch if isinstance(read, _Read)]
    summary = Summary(unreadable=refused)
    if not reads:
        return summary
    with database.write() as transaction:
        document = ensure(transaction, described, origin, reads[0].capture.captured_at)
        for read in reads:
            summary += _look(transaction, document, read, watch)
    return summary


def _look(transaction: Transaction, document: Document, read: _Read, watch: Watch) -> Summary:
    capture, extraction = read.capture, read.extraction
    position = recording.position_of(transaction, document.id)
    if position is not None and capture.captured_at <= position.appearance.observed_until:
        return Summary(skipped=1)
    known = recording.load_known(transaction, document.id, position, extraction.fingerprint)
    is_new = known.same_text_number is None and (
        known.standing is None or known.standing.fingerprint != extraction.fingerprint
    )
    base = None
    if position is not None and position.version.snapshot_ids:
        base = snapshots.get(transaction, position.version.snapshot_ids[0]).sha256
    kept: tuple[int, ...] = ()
    if is_new:
        kept = (snapshots.store(transaction, document.id, 0, capture.body, _meta(capture), base).id,)
    look = Look(capture.captured_at, extraction, capture.source, snapshot_ids=kept)
    judged = judge(recording.label(document), known, look, watch)
    recording.write(transaction, document, position, judged, now=capture.captured_at)
    return Summary(
        versions=int(is_new), appearances=int(judged.version is not None), alerts=int(judged.alert is not None)
    )


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
