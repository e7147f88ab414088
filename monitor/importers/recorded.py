"""Versions that others recorded, as facts: all are kept, what changed is judged like our own, nobody is told.

The importers of recorded versions differ in where they find them; from there on they are the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor import recording
from monitor.alerting import Audience
from monitor.clauses import exact_fingerprint, fold
from monitor.extract.model import Extraction, ExtractOptions
from monitor.keys import slug
from monitor.recording import Position
from monitor.watch import Judged, Known, Look, Standing, Watch, judge
from storage import appearances, documents, snapshots, versions
from storage.database import Database, Transaction
from storage.records import LIVE, Appearance, Cause, Document, SnapshotMeta

Progress = Callable[[int, int], None]
"""Called with the number of records done and of all."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What an import did.

    `skipped` records were there already. `late` ones are older than what their document already has, so that
    they have no place in its history any more. `unreadable` and `damaged` are lines that name what was left
    out and why: the first is nothing that this import reads, the second should have been readable. `held`
    counts by kind the captures that were not taken for their document.
    """

    documents: int = 0
    versions: int = 0
    appearances: int = 0
    alerts: int = 0
    skipped: int = 0
    late: int = 0
    unreadable: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    held: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: Summary) -> Summary:
        return Summary(
            self.documents + other.documents,
            self.versions + other.versions,
            self.appearances + other.appearances,
            self.alerts + other.alerts,
            self.skipped + other.skipped,
            self.late + other.late,
            self.unreadable + other.unreadable,
            self.damaged + other.damaged,
            Counter(self.held) + Counter(other.held),
        )


_NO_SELECTORS = ExtractOptions()


@dataclass(frozen=True, slots=True)
class Described:
    """A document as an import knows it; `options` are the selectors that its pages are read with."""

    key: str
    service: str
    kind: str
    region: str | None = None
    language: str | None = None
    urls: tuple[str, ...] = ()
    options: ExtractOptions = _NO_SELECTORS


@dataclass(frozen=True, slots=True)
class Evidence:
    """The bytes that a recorded version was read from, to be kept with it."""

    body: bytes
    meta: SnapshotMeta


@dataclass(frozen=True, slots=True)
class Record:
    """One recorded version: its time, where it stands in the archive, and how its text is read in its turn.

    `read` returns None where there is nothing to read; whoever made the record then says why. `reextracted`
    says that the archive's extractor changed and not the page.
    """

    captured_at: datetime
    source: str
    read: Callable[[], tuple[Extraction, Evidence | None] | None]
    reextracted: bool = False


def unheard(watch: Watch) -> Watch:
    """The same rules, with nobody to tell: imports deliver nothing."""
    return replace(watch, audience=Audience())


def origin_of(name: str) -> str:
    """An archive's origin out of the name of its file or folder."""
    origin = slug(name.removesuffix(".bundle").removesuffix(".git"))
    return "archive" if origin in ("", LIVE) else origin


def import_document(
    database: Database, described: Described, records: Sequence[Record], watch: Watch, origin: str
) -> Summary:
    """Import the recorded versions of one document, in the order of time, in one transaction."""
    with database.write() as transaction:
        document = ensure(transaction, described, origin, records[0].captured_at)
        position = recording.position_of(transaction, document.id)
        last = position.appearance.observed_until if position else None
        fresh = [record for record in records if last is None or record.captured_at > last]
        late = _late(len(records) - len(fresh), appearances.every(transaction, document.id))
        known = _known(transaction, document, position)
        before = len(known.numbers)
        begun = alerts = 0
        for judged in _judge_all(transaction, document, known, fresh, unheard(watch)):
            position = recording.write(transaction, document, position, judged, now=judged.look.observed_at)
            begun += judged.version is not None
            alerts += judged.alert is not None
    return Summary(
        documents=1,
        versions=len(known.numbers) - before,
        appearances=begun,
        alerts=alerts,
        skipped=len(records) - len(fresh) - late,
        late=late,
    )


def ensure(transaction: Transaction, described: Described, origin: str, now: datetime) -> Document:
    """The document of this origin, made if need be; under KEY/ORIGIN where another origin holds its key."""
    return documents.ensure(
        transaction,
        key=recording.free_key(transaction, described.key, origin),
        origin=origin,
        service=described.service,
        kind=described.kind,
        region=described.region,
        language=described.language,
        urls=described.urls,
        now=now,
    )


@dataclass(slots=True)
class _KnownTexts:
    """What judging the next record needs, kept in memory while a document is imported."""

    standing: Standing | None
    numbers: dict[str, int]
    said: set[str] = field(default_factory=set)


def _known(transaction: Transaction, document: Document, position: Position | None) -> _KnownTexts:
    if position is None:
        return _KnownTexts(None, {})
    clauses = versions.load_clauses(transaction, position.version.id)
    standing = Standing(position.version.fingerprint, position.version.extractor, clauses)
    return _KnownTexts(standing, versions.fingerprints(transaction, document.id))


def _judge_all(
    transaction: Transaction,
    document: Document,
    known: _KnownTexts,
    records: Sequence[Record],
    watch: Watch,
) -> Iterator[Judged]:
    label = recording.label(document)
    for record in records:
        found = record.read()
        if found is None:
            continue
        extraction, evidence = replace(found[0], fingerprint=exact_fingerprint(found[0].clauses)), found[1]
        number = known.numbers.get(extraction.fingerprint)
        kept = _keep(transaction, document, evidence) if evidence and number is None else ()
        look = Look(record.captured_at, extraction, record.source, snapshot_ids=kept, recorded=True)
        yield judge(
            label,
            Known(known.standing, number, said=known.said),
            look, watch, reextracted=record.reextracted,
        )  # fmt: skip
        known.standing = Standing(extraction.fingerprint, extraction.extractor, extraction.clauses)
        known.said.update(fold(clause.text) for clause in extraction.clauses if not clause.soft)
        known.numbers.setdefault(extraction.fingerprint, len(known.numbers) + 1)


def _keep(transaction: Transaction, document: Document, evidence: Evidence) -> tuple[int, ...]:
    position = recording.position_of(transaction, document.id)
    base = None
    if position is not None and position.version.snapshot_ids:
        base = snapshots.get(transaction, position.version.snapshot_ids[0]).sha256
    return (snapshots.store(transaction, document.id, 0, evidence.body, evidence.meta, base).id,)


def _late(old: int, stood: Sequence[Appearance]) -> int:
    """How many of `old` records, none younger than the last look, were never looks of this document.

    Every record became a look; a reading made anew of stored bytes began an appearance without one.
    """
    own = sum(each.cause is Cause.REEXTRACTED and each.source is None for each in stood)
    return max(0, old - sum(each.looks for each in stood) + own)
