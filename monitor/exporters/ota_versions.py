"""Writes histories as a versions repository of Open Terms Archive: a file a document, a commit an appearance.

`import ota-versions` reads it back: path, author date and subject say what theirs say. The same history always
makes the same commits, down to their hashes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor.exporters.fast_import import FastImport
from monitor.exporters.model import Exported, Progress
from monitor.exporters.names import archive_path_of, keys_of
from monitor.exporters.target import new_folder
from monitor.extract.to_markdown import to_markdown
from monitor.views import iso
from storage import appearances, versions
from storage.database import Database, Transaction
from storage.records import Appearance, Cause, Document, Version

_SUBJECTS = {
    Cause.FIRST: "First record of",
    Cause.REEXTRACTED: "Apply technical or declaration upgrade on",
}
_CHANGED = "Record new changes of"


@dataclass(frozen=True, slots=True)
class _Commit:
    """A text that begins to stand; `blob` is the mark of its content."""

    captured_at: datetime
    path: str
    blob: int
    message: str


def export_ota_versions(
    database: Database, documents: Sequence[Document], destination: Path, *, progress: Progress
) -> Exported:
    """Write every appearance of `documents` to a bare repository, in the order of time.

    Raises:
        Unavailable: the program git is not installed.
        InputOutputFailed: it could not write the repository.

    and as `monitor.exporters.target.new_folder` and `keys_of`.
    """
    keys = keys_of(documents)
    commits: list[_Commit] = []
    with new_folder(destination) as folder, FastImport(folder) as repository:
        for number, document in enumerate(documents, 1):
            with database.read() as transaction:
                commits += _write_texts(transaction, repository, document, keys[document.id])
            progress(number, len(documents))
        for commit in sorted(commits, key=lambda each: each.captured_at):
            repository.commit(commit.captured_at, commit.message, commit.path, commit.blob)
    return Exported(len(documents), len(commits))


def _write_texts(
    transaction: Transaction, repository: FastImport, document: Document, key: str
) -> Iterator[_Commit]:
    """Every text once, one after the other, as git packs them best; commits name them."""
    stood = appearances.every(transaction, document.id)
    path = archive_path_of(document, key, stood[0].source if stood else None)
    blobs: dict[int, int] = {}
    for appearance in stood:
        version = versions.get(transaction, appearance.version_id)
        if version.id not in blobs:
            text = to_markdown(versions.load_clauses(transaction, version.id))
            blobs[version.id] = repository.blob(text.encode())
        yield _Commit(appearance.captured_at, path, blobs[version.id], _message(path, appearance, version))


def _message(path: str, appearance: Appearance, version: Version) -> str:
    """What the archive says of a version, and in trailers what ours knows beyond it."""
    name = path.removesuffix(".md").replace("/", " ")
    return (
        f"{_SUBJECTS.get(appearance.cause, _CHANGED)} {name}\n\n"
        f"Version: {version.number}\n"
        f"Observed-until: {iso(appearance.observed_until)}\n"
        f"Looks: {appearance.looks}\n"
        f"Clauses-sha256: {version.clauses_sha256}\n"
    )
