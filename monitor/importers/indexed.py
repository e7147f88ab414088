"""Captures that an index (CDX, CDXJ, a server's listing) lists: records of WARC files, or files, beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from monitor.errors import InputUnreadable, PolicywatchError
from monitor.extract.read import BODY_LIMIT
from monitor.fetch.decoding import GZIP_MAGIC
from monitor.importers import warc
from monitor.importers.answers import READ_TYPES, Answer, LeftOut
from monitor.importers.cdx import Entry, read_index

MAX_INDEX_BYTES = 64 * 1024 * 1024

_UNSAID = ("-", "unk")
_MAY_BE_READ = frozenset({*READ_TYPES, *_UNSAID})


def read_indexed(path: Path) -> Iterator[Answer | LeftOut]:
    """What an index lists, in its order.

    Raises:
        InputMissing, InputUnreadable: it is not there, or no line of it is one of an index.
    """
    text = _index_text(path)
    lines = 0
    for found in read_index(text):
        if isinstance(found, int):
            yield LeftOut(path.name, f"line {found} is none of an index that is read", damaged=True)
            continue
        lines += 1
        answer = _record(path, found) if found.filename else _file(path, found)
        if answer is not None:
            yield answer
    if not lines:
        raise InputUnreadable(f"{path}: neither a WARC file nor an index of one (CDX, CDXJ)")


def _index_text(path: Path) -> str:
    with warc.opened(path) as stream:
        content = stream.read_all(MAX_INDEX_BYTES + 1)
    if len(content) > MAX_INDEX_BYTES:
        raise InputUnreadable(f"{path}: the index has more than {MAX_INDEX_BYTES:,} bytes; split it")
    if b"\0" in content:
        raise InputUnreadable(f"{path}: neither a WARC file nor an index of one (CDX, CDXJ)")
    return content.decode("utf-8", "replace")


def _record(index: Path, entry: Entry) -> Answer | LeftOut | None:
    name = Path(entry.filename or "").name
    try:
        return warc.read_answer_at(index.parent / name, entry.offset)
    except PolicywatchError as error:
        return LeftOut(entry.url, str(error), damaged=True)


def _file(index: Path, entry: Entry) -> Answer | LeftOut | None:
    """A file that a download tool laid down as `TIMESTAMP/HOST/PATH` (waybackpack does)."""
    if entry.status not in ("200", "-") or entry.mime not in _MAY_BE_READ:
        return None
    try:
        path = _path_of(index.parent / entry.timestamp, entry.url)
        if path is None:
            return LeftOut(entry.url, f"there is no file of it in {entry.timestamp}/", damaged=True)
        with path.open("rb") as file:
            body = file.read(BODY_LIMIT + 1)
    except (OSError, ValueError) as error:
        return LeftOut(entry.url, f"its file in {entry.timestamp}/ cannot be read: {error}", damaged=True)
    if body.startswith(GZIP_MAGIC):
        return LeftOut(entry.url, f"{path} is compressed; decompress it first")
    mime = "" if entry.mime in _UNSAID else entry.mime
    return Answer(entry.url, entry.captured_at, 200, (("Content-Type", mime),) if mime else (), body)


def _path_of(folder: Path, url: str) -> Path | None:
    """Where the capture lies, within `folder` whatever the address says."""
    parts = urlsplit(url)
    host = (parts.netloc.rpartition("@")[2]).partition(":")[0]
    names = [host, *(unquote(name) for name in parts.path.split("/") if name)]
    if any(name in (".", "..") or "/" in name or "\0" in name for name in names):
        return None
    place = folder.joinpath(*names)
    return next((path for path in (place, place / "index.html") if path.is_file()), None)
