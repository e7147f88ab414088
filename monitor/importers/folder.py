"""Brings a folder of dated files, `service/kind/2024-09-18.html`, into our history as recorded versions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from monitor.clauses import exact_fingerprint
from monitor.errors import InputMissing, InputUnreadable
from monitor.extract.failures import ExtractionFailed, ExtractionRefused
from monitor.extract.model import Extraction, ExtractOptions, Source
from monitor.extract.read import BODY_LIMIT
from monitor.extract.reader import PageReader
from monitor.importers.chronicler import import_document
from monitor.importers.recorded import (
    Described,
    Evidence,
    Progress,
    Record,
    Summary,
    origin_of,
)
from monitor.importers.stamps import stamp
from monitor.keys import is_key, slug
from monitor.watch import Watch
from storage.database import Database
from storage.records import SnapshotMeta

CONTENT_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".md": "text/markdown",
    ".txt": "text/plain",
    ".pdf": "application/pdf",
}


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    name: str
    key: str
    service: str
    captured_at: datetime


def import_folder(
    database: Database, folder: Path, watch: Watch, *, origin: str | None, progress: Progress
) -> Summary:
    """Import every dated file below `folder`; what is there already is left alone.

    Each document is one transaction, so that an interrupted import can simply be run again.

    Raises:
        InputMissing, InputUnreadable: `folder` is not there, or is no folder.
    """
    if not folder.is_dir():
        missing = not folder.exists()
        kind = InputMissing if missing else InputUnreadable
        raise kind(f"{folder}: {'there is no such folder' if missing else 'this is no folder'}")
    by_key, unreadable = _group(folder)
    summary, damaged = Summary(unreadable=unreadable), list[str]()
    total, done = sum(len(files) for files in by_key.values()), 0
    with PageReader() as reader:
        for key, files in sorted(by_key.items()):
            described = Described(key, files[0].service, key.split("/")[1])
            records = [_record(file, reader, damaged) for file in files]
            summary += import_document(
                database, described, records, watch, origin or origin_of(folder.resolve().name)
            )
            done += len(files)
            progress(done, total)
    return summary + Summary(damaged=tuple(damaged))


def _group(folder: Path) -> tuple[dict[str, list[_File]], tuple[str, ...]]:
    """The files of each document by time, and what was left out."""
    by_key: dict[str, dict[datetime, _File]] = {}
    left_out: list[str] = []
    for path in _walk(folder):
        name = path.relative_to(folder).as_posix()
        file = _dated(path, name)
        if isinstance(file, str):
            left_out.append(f"{name}: {file}")
            continue
        held = by_key.setdefault(file.key, {}).setdefault(file.captured_at, file)
        if held is not file:
            left_out.append(f"{name}: {held.name} has the same time")
    return {key: [files[at] for at in sorted(files)] for key, files in by_key.items()}, tuple(left_out)


def _walk(folder: Path) -> Iterator[Path]:
    """Every file below `folder` in the order of names; hidden ones are nobody's versions."""
    for parent, folders, files in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(parent) / name for name in sorted(files) if not name.startswith("."))


def _dated(path: Path, name: str) -> _File | str:
    """The file as a recorded version, or why it is none."""
    if path.suffix.lower() not in CONTENT_TYPES:
        return f"only {', '.join(CONTENT_TYPES)} are read"
    captured_at = stamp(path.stem)
    if captured_at is None:
        return "its name is no date such as 2024-09-18 or 2024-09-18T10-00-00Z"
    parts = name.split("/")[:-1]
    key = slug("/".join(parts))
    if not is_key(key) or len(key.split("/")) != len(parts):
        return "its folders make no key; it must lie in SERVICE/KIND or SERVICE/KIND/VARIANT"
    if not path.is_file():
        return "this is no file"
    return _File(path, name, key, parts[0], captured_at)


def _record(file: _File, reader: PageReader, damaged: list[str]) -> Record:
    return Record(file.captured_at, file.name, partial(_read, file, reader, damaged))


def _read(file: _File, reader: PageReader, damaged: list[str]) -> tuple[Extraction, Evidence] | None:
    content_type = CONTENT_TYPES[file.path.suffix.lower()]
    try:
        body = _content(file.path)
        (extraction,) = reader.read([Source(body, content_type, file.name)], ExtractOptions())
    except OSError as error:
        damaged.append(f"{file.name}: {error.strerror or error}")
    except (ExtractionRefused, ExtractionFailed) as error:
        damaged.append(f"{file.name}: {error}")
    else:
        exact = replace(extraction, fingerprint=exact_fingerprint(extraction.clauses))
        return exact, Evidence(body, _meta(file, content_type))
    return None


def _content(path: Path) -> bytes:
    """The file's bytes, or as many as show that they are too many."""
    with path.open("rb") as file:
        return file.read(BODY_LIMIT + 1)


def _meta(file: _File, content_type: str) -> SnapshotMeta:
    """A file has no address but its name; status 0 says that no server answered."""
    return SnapshotMeta(
        url=file.name,
        final_url=file.name,
        redirects=(),
        address=None,
        status=0,
        captured_at=file.captured_at,
        duration_seconds=0.0,
        request_headers=(),
        response_headers=(),
        content_type=content_type,
    )
