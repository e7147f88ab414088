"""Brings the versions that Open Terms Archive recorded into our history, through the same judging and storage.

Identity comes from a file's path, time from a commit's author date (docs.opentermsarchive.org). Imports
record changes, findings and alerts; they deliver nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from monitor.clauses import exact_fingerprint
from monitor.extract.model import Extraction
from monitor.extract.read import extract_markdown
from monitor.importers.chronicler import import_document
from monitor.importers.git import BlobReader, FileCommit, opened
from monitor.importers.recorded import (
    Described,
    Evidence,
    Progress,
    Record,
    Summary,
    origin_of,
)
from monitor.keys import archive_key, is_key
from monitor.watch import Watch
from storage.database import Database

_UPGRADES = ("Apply technical or declaration upgrade on", "Refilter")
"""Subjects of commits in which the archive's extractor changed and not the page."""


def import_versions(
    database: Database, path: Path, watch: Watch, *, origin: str | None, progress: Progress
) -> Summary:
    """Import every document of the archive at `path`; what is there already is left alone.

    Each document is one transaction, so that an interrupted import can simply be run again.

    Raises:
        InputMissing, InputUnreadable: `path` is no readable repository or bundle.
        Unavailable: the program git is not installed.
    """
    origin = origin or origin_of(path.resolve().name)
    with opened(path) as repository:
        by_key, unreadable = _group(repository.commits())
        summary = Summary(unreadable=unreadable)
        total, done = sum(len(commits) for commits in by_key.values()), 0
        with repository.blobs() as blobs:
            for key, commits in sorted(by_key.items()):
                records = [_record(commit, blobs) for commit in commits]
                summary += import_document(database, _described(key, commits[0]), records, watch, origin)
                done += len(commits)
                progress(done, total)
    return summary


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
            unreadable[f"{commit.path}: its path makes no key"] = None
    for recorded in by_key.values():
        recorded.sort(key=lambda commit: commit.authored_at)
    return by_key, tuple(unreadable)


def _is_recorded_version(path: str) -> bool:
    """A Markdown file in a service's folder; the repository's own papers lie elsewhere."""
    return path.endswith(".md") and "/" in path and not path.startswith(".")


def _described(key: str, first: FileCommit) -> Described:
    service, _, terms_type = first.path.removesuffix(".md").partition("/")
    return Described(key, service, archive_key(f"x/{terms_type}").split("/")[1])


def _record(commit: FileCommit, blobs: BlobReader) -> Record:
    return Record(
        commit.authored_at,
        commit.path,
        partial(_read, commit.blob, blobs),
        reextracted=commit.subject.startswith(_UPGRADES),
        content=commit.blob,
    )


def _read(blob: str, blobs: BlobReader) -> tuple[Extraction, Evidence | None]:
    text = blobs.read(blob).decode("utf-8", "replace")
    return extract_markdown(text, identify=exact_fingerprint), None
