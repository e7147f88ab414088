"""What importers find, whatever they find it in: documents, recorded versions, bytes; and the summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor import recording
from monitor.alerting import Audience
from monitor.extract.model import Extraction, ExtractOptions
from monitor.keys import slug
from monitor.watch import Watch
from storage import documents
from storage.database import Transaction
from storage.records import LIVE, Document, SnapshotMeta

Progress = Callable[[int, int], None]
"""Called with the number of records done and of all."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What an import did.

    `skipped` records were there already. `late` ones are older than the last look that was there, and were put
    in their place. `unreadable` and `damaged` are lines that name what was left
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

    `read` returns None where there is nothing to read; whoever made the record then says why. The fingerprint
    of what it returns is exact (`monitor.clauses.exact_fingerprint`). Records of the same `content` read the
    same; None says nothing. `reextracted` says that the archive's extractor changed and not the page.
    """

    captured_at: datetime
    source: str | None
    read: Callable[[], tuple[Extraction, Evidence | None] | None]
    reextracted: bool = False
    content: str | None = None


def unheard(watch: Watch) -> Watch:
    """The same rules, with nobody to tell: imports deliver nothing."""
    return replace(watch, audience=Audience())


def origin_of(name: str) -> str:
    """An archive's origin out of the name of its file or folder."""
    origin = slug(name.removesuffix(".bundle").removesuffix(".git"))
    return "archive" if origin in ("", LIVE) else origin


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
