"""Brings the raw pages that Open Terms Archive fetched into our history, judged like our own looks.

A snapshots repository has one file a page, `SERVICE/TERMS TYPE #SOURCE.html`, and one commit a capture, at the
author date (docs.opentermsarchive.org). It keeps a capture only where the bytes differed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from monitor.importers.captures import import_captures
from monitor.importers.git import BlobReader, FileCommit, opened
from monitor.importers.raw import RawCapture
from monitor.importers.recorded import Described, Progress, Summary, origin_of
from monitor.keys import archive_key, is_key
from monitor.watch import Watch
from storage.database import Database

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".pdf": "application/pdf",
    ".md": "text/markdown; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}
"""What the files of such a repository hold; it writes text as UTF-8."""


def import_ota_captures(
    database: Database, path: Path, watch: Watch, *, origin: str | None, progress: Progress
) -> Summary:
    """Judge every capture of the archive at `path`; what is there already is left alone.

    Raises:
        InputMissing, InputUnreadable: `path` is no readable repository or bundle.
        Unavailable: the program git is not installed.
    """
    with opened(path) as repository:
        by_key, left_out = _group(repository.commits())
        commits = [commit for found in by_key.values() for commit in found]
        if not commits:
            return Summary(unreadable=left_out)
        described = {key: _described(key, found[0]) for key, found in by_key.items()}
        with repository.blobs() as blobs:
            summary = import_captures(
                database, _captures(by_key, blobs), described, watch, origin=origin or origin_of(path.name),
                progress=progress, total=len(commits), until=max(commit.authored_at for commit in commits),
            )  # fmt: skip
    return summary + Summary(unreadable=left_out)


def _group(commits: Sequence[FileCommit]) -> tuple[dict[str, list[FileCommit]], tuple[str, ...]]:
    """The captures of each document, by time."""
    by_key: dict[str, list[FileCommit]] = {}
    left_out: dict[str, None] = {}
    for commit in commits:
        suffix = Path(commit.path).suffix
        if commit.deleted or "/" not in commit.path or commit.path.startswith(".") or not suffix:
            continue
        key = archive_key(commit.path)
        if suffix not in _TYPES:
            left_out[f"{commit.path}: no page that we read"] = None
        elif not is_key(key):
            left_out[f"{commit.path}: its path makes no key"] = None
        else:
            by_key.setdefault(key, []).append(commit)
    for captured in by_key.values():
        captured.sort(key=lambda commit: commit.authored_at)
    return dict(sorted(by_key.items())), tuple(left_out)


def _described(key: str, first: FileCommit) -> Described:
    return Described(key, first.path.partition("/")[0], key.split("/")[1])


def _captures(by_key: dict[str, list[FileCommit]], blobs: BlobReader) -> Iterator[RawCapture]:
    for key, commits in by_key.items():
        for commit in commits:
            yield RawCapture(
                key=key,
                captured_at=commit.authored_at,
                url=commit.path,
                final_url=commit.path,
                status=200,
                headers=(),
                content_type=_TYPES[Path(commit.path).suffix],
                body=blobs.read(commit.blob),
                source=commit.path,
            )
