"""Brings the versions that Open Terms Archive recorded into our history, through the same judging and storage.

Identity comes from a file's path, time from a commit's author date (docs.opentermsarchive.org). Imports
record changes, findings and alerts; they deliver nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from monitor import recording
from monitor.alerting import Audience
from monitor.clauses import exact_fingerprint
from monitor.extract.read import extract_markdown
from monitor.importers.git import BlobReader, FileCommit, opened
from monitor.keys import archive_key, is_key, slug
from monitor.recording import Position
from monitor.watch import Judged, Known, Look, Standing, Watch, judge
from storage import documents, versions
from storage.database import Database, Transaction
from storage.records import LIVE, Document

Progress = Callable[[int, int], None]
"""Called with the number of records done and of all."""

_UPGRADES = ("Apply technical or declaration upgrade on", "Refilter")
"""Subjects of commits in which the archive's extractor changed and not the page."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What an import did; `skipped` records were there already, `unreadable` files have no usable path."""

    documents: int = 0
    versions: int = 0
    appearances: int = 0
    alerts: int = 0
    skipped: int = 0
    unreadable: tuple[str, ...] = ()


def import_versions(
    database: Database, path: Path, watch: Watch, *, origin: str | None, progress: Progress
) -> Summary:
    """Import every document of the archive at `path`; what is there already is left alone.

    Each document is one transaction, so that an interrupted import can simply be run again.

    Raises:
        InputMissing, InputUnreadable: `path` is no readable repository or bundle.
        Unavailable: the program git is not installed.
    """
    summary = Summary()
    unheard = replace(watch, audience=Audience())
    with opened(path) as repository:
        by_key, unreadable = _group(repository.commits())
        total, done = sum(len(commits) for commits in by_key.values()), 0
        with repository.blobs() as blobs:
            for key, commits in sorted(by_key.items()):
                part = _import_document(database, key, commits, blobs, unheard, origin or _origin_of(path))
                summary = _add(summary, part)
                done += len(commits)
                progress(done, total)
    return _add(summary, Summary(unreadable=unreadable))


def _group(commits: Sequence[FileCommit]) -> tuple[dict[str, list[FileCommit]], tuple[str, ...]]:
    """The recorded versions of each document, by time: a few hundred commits of the real archives are not."""
    by_key: dict[str, list[FileCommit]] = {}
    unreadable: dict[str, None] = {}
    for commit in commits:
        if commit.deleted or not _is_recorded_version(commit.path):
            continue
        key = archive_key(commit.path)
        if is_key(key):
            by_key.setdefault(key, []).append(commit)
        else:
            unreadable[commit.path] = None
    for recorded in by_key.values():
        recorded.sort(key=lambda commit: commit.authored_at)
    return by_key, tuple(unreadable)


def _is_recorded_version(path: str) -> bool:
    """A Markdown file in a service's folder; the repository's own papers lie elsewhere."""
    return path.endswith(".md") and "/" in path and not path.startswith(".")


def _import_document(
    database: Database, key: str, commits: list[FileCommit], blobs: BlobReader, watch: Watch, origin: str
) -> Summary:
    with database.write() as transaction:
        document = _document(transaction, key, commits[0], origin)
        position = recording.position_of(transaction, document.id)
        last = position.appearance.observed_until if position else None
        fresh = [commit for commit in commits if last is None or commit.authored_at > last]
        known = _known(transaction, document, position)
        before = len(known.numbers)
        appearances = alerts = 0
        for judged in _judge_all(document, known, fresh, blobs, watch):
            position = recording.write(transaction, document, position, judged, now=judged.look.observed_at)
            appearances += judged.version is not None
            alerts += judged.alert is not None
    return Summary(
        documents=1,
        versions=len(known.numbers) - before,
        appearances=appearances,
        alerts=alerts,
        skipped=len(commits) - len(fresh),
    )


def _document(transaction: Transaction, key: str, first: FileCommit, origin: str) -> Document:
    service, _, terms_type = first.path.removesuffix(".md").partition("/")
    return documents.ensure(
        transaction,
        key=recording.free_key(transaction, key, origin),
        origin=origin,
        service=service,
        kind=archive_key(f"x/{terms_type}").split("/")[1],
        region=None,
        language=None,
        urls=(),
        now=first.authored_at,
    )


@dataclass(slots=True)
class _KnownTexts:
    """What judging the next record needs, kept in memory while a document is imported."""

    standing: Standing | None
    numbers: dict[str, int]


def _known(transaction: Transaction, document: Document, position: Position | None) -> _KnownTexts:
    if position is None:
        return _KnownTexts(None, {})
    clauses = versions.load_clauses(transaction, position.version.id)
    standing = Standing(position.version.fingerprint, position.version.extractor, clauses)
    return _KnownTexts(standing, versions.fingerprints(transaction, document.id))


def _judge_all(
    document: Document, known: _KnownTexts, commits: Sequence[FileCommit], blobs: BlobReader, watch: Watch
) -> Iterator[Judged]:
    label = recording.label(document)
    for commit in commits:
        read = extract_markdown(blobs.read(commit.blob).decode("utf-8", "replace"))
        extraction = replace(read, fingerprint=exact_fingerprint(read.clauses))
        look = Look(commit.authored_at, extraction, source=commit.path, recorded=True)
        number = known.numbers.get(extraction.fingerprint)
        judged = judge(
            label,
            Known(known.standing, number),
            look,
            watch,
            reextracted=commit.subject.startswith(_UPGRADES),
        )
        yield judged
        known.standing = Standing(extraction.fingerprint, extraction.extractor, extraction.clauses)
        known.numbers.setdefault(extraction.fingerprint, len(known.numbers) + 1)


def _origin_of(path: Path) -> str:
    name = path.resolve().name.removesuffix(".bundle").removesuffix(".git")
    origin = slug(name)
    return "archive" if origin in ("", LIVE) else origin


def _add(one: Summary, other: Summary) -> Summary:
    return Summary(
        one.documents + other.documents,
        one.versions + other.versions,
        one.appearances + other.appearances,
        one.alerts + other.alerts,
        one.skipped + other.skipped,
        one.unreadable + other.unreadable,
    )
