"""Reads the records of WARC files (ISO 28500) through warcio, with every read bounded.

warcio is given one stream of plain bytes: its own undoing of gzip goes on in silence where the file is
damaged, and stops where a file is compressed as a whole.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BufferedReader
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeadersParserException

from monitor.errors import InputMissing, InputUnreadable
from monitor.extract.read import BODY_LIMIT
from monitor.fetch.decoding import GZIP_MAGIC
from monitor.importers.answers import (
    Answer,
    AnswerUnreadable,
    LeftOut,
    read_head,
    read_time,
    with_body,
)

HEAD_LIMIT = 1024 * 1024
"""Bytes of a record's own headers, or of the answer's; also how far is read ahead."""

BLOCK_LIMIT = BODY_LIMIT + HEAD_LIMIT
"""Bytes of one record that are read at all; the others of a file do not suffer from a larger one."""

_KINDS = ("response", "revisit")
_DIGEST = "WARC-Payload-Digest"
_DIGESTS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "md5": hashlib.md5}


def is_warc(path: Path) -> bool:
    """Whether the file at `path`, compressed or not, begins as a WARC file does."""
    with opened(path) as stream:
        return stream.read_all(5) == b"WARC/"


@contextmanager
def opened(path: Path, offset: int = 0) -> Iterator[_Plain]:
    """The file from `offset` on, without its compression.

    Raises:
        InputMissing, InputUnreadable: it is not there, or cannot be opened.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError as error:
        raise InputMissing(f"{path}: there is no such file") from error
    except OSError as error:
        raise InputUnreadable(f"{path}: {error.strerror or error}") from error
    with file:
        file.seek(offset)
        packed = file.read(2) == GZIP_MAGIC
        file.seek(offset)
        yield _Plain(gzip.GzipFile(fileobj=file) if packed else file, path)


def read_answers(path: Path) -> Iterator[Answer | LeftOut]:
    """Every answer of the file, in its order; requests, metadata and the like are passed over.

    Raises:
        InputMissing, InputUnreadable: it is not there, no WARC file, or damaged; what came before stays good.
    """
    with opened(path) as stream:
        yield from _answers(stream, path)


def read_answer_at(path: Path, offset: int) -> Answer | LeftOut | None:
    """The answer whose record begins at `offset`, as an index says; None if that is no answer.

    Raises:
        InputMissing, InputUnreadable: as `read_answers`.
    """
    with opened(path, offset) as stream:
        return next(iter(_answers(stream, path, limit=1)), None)


class _Plain:
    """Plain bytes of a file; damage and endless headers become one clear error."""

    def __init__(self, file: BufferedReader | gzip.GzipFile, path: Path) -> None:
        self._file = file
        self._path = path
        self._left = 0
        self.allow(0)

    def allow(self, size: int) -> None:
        """From here on no more than a record of `size` bytes and its headers may be read."""
        self._left = size + 2 * HEAD_LIMIT

    def read(self, size: int) -> bytes:
        """At most `size` bytes, none at the end; fewer where damage follows, so that what is good is kept."""
        try:
            content = self._file.read1(min(size, self._left + 1))
        except (OSError, EOFError, zlib.error) as error:
            raise InputUnreadable(f"{self._path}: the file is damaged or cut short ({error})") from error
        self._left -= len(content)
        if self._left < 0:
            raise InputUnreadable(f"{self._path}: a record's headers have no end; the file is damaged")
        return content

    def read_all(self, size: int) -> bytes:
        """All that is left, or the first `size` bytes."""
        self.allow(size)
        parts = []
        while size and (part := self.read(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def tell(self) -> int:
        return self._file.tell()


class _Records(ArchiveIterator):  # type: ignore[misc]
    INC_RECORD = ""  # warcio would tell it on standard error; `err_count` tells us


def _answers(stream: _Plain, path: Path, limit: int | None = None) -> Iterator[Answer | LeftOut]:
    records = _Records(stream, no_record_parse=True)
    number = 0
    while limit is None or number < limit:
        record = _next(records, path, number)
        if record is None:
            return
        number += 1
        if record.format != "warc":
            raise InputUnreadable(f"{path}: an ARC file; convert it with `warcio recompress`")
        if not record.rec_headers.get_header("Content-Length") or record.length is None:
            raise InputUnreadable(f"{path}: record {number} does not say how long it is; the file is damaged")
        stream.allow(record.length)
        answer = _answer(record, f"{path}: record {number}")
        if answer is not None:
            yield answer


def _next(records: _Records, path: Path, number: int) -> Any:
    """The next record; None at the file's proper end."""
    try:
        record = next(records)
    except StopIteration:
        if records.err_count:
            raise InputUnreadable(f"{path}: damaged behind record {number}") from None
        if not number:
            raise InputUnreadable(f"{path}: the file holds no WARC record") from None
        return None
    except (ArchiveLoadFailed, StatusAndHeadersParserException, ValueError) as error:
        what = f"damaged behind record {number}" if number else "this is no WARC file"
        raise InputUnreadable(f"{path}: {what}") from error
    if records.err_count:
        raise InputUnreadable(f"{path}: damaged behind record {number}")
    return record


def _answer(record: Any, where: str) -> Answer | LeftOut | None:
    """What a record of an answer holds; None for records of other kinds, and for what is no page."""
    url = record.rec_headers.get_header("WARC-Target-URI") or ""
    if record.rec_type not in _KINDS or not url.lower().startswith(("http://", "https://")):
        return None
    size = min(record.length, BLOCK_LIMIT)
    block = record.raw_stream.read(size)
    if len(block) < size:
        raise InputUnreadable(f"{where} is cut short; the file is damaged")
    try:
        return _read(record, url, block)
    except AnswerUnreadable as error:
        return LeftOut(url, f"{where} {error}", damaged=error.damaged)


def _read(record: Any, url: str, block: bytes) -> Answer | None:
    headers = record.rec_headers
    if record.rec_type == "revisit":
        return _revisit(url, headers, block)
    answer, payload = read_head(url, headers.get_header("WARC-Date"), headers.get_header(_DIGEST), block)
    if answer.status != 200:
        return replace(answer, body=b"")
    if not answer.is_page:
        return None
    if record.length > BLOCK_LIMIT:
        reason = f"has {record.length:,} bytes; the limit is {BLOCK_LIMIT:,}"
        raise AnswerUnreadable(reason, damaged=False)
    _check(headers, block)
    return with_body(answer, payload)


def _revisit(url: str, headers: Any, block: bytes) -> Answer:
    """An answer whose body stands in another record; its own headers may be missing."""
    date = headers.get_header("WARC-Date")
    answer = read_head(url, date, None, block)[0] if block else Answer(url, read_time(date), 200, ())
    referred = headers.get_header("WARC-Refers-To-Target-URI"), headers.get_header("WARC-Refers-To-Date")
    return replace(
        answer,
        status=304 if "not-modified" in (headers.get_header("WARC-Profile") or "") else answer.status,
        digest=headers.get_header(_DIGEST),
        refers_to=(referred[0], read_time(referred[1])) if all(referred) else None,
    )


def _check(headers: Any, block: bytes) -> None:
    """Raise where the record itself says that it is not whole, or its bytes are not those recorded."""
    if headers.get_header("WARC-Truncated"):
        raise AnswerUnreadable("was cut short when it was recorded")
    if headers.get_header("WARC-Segment-Number"):
        raise AnswerUnreadable("is one segment of several; put them together first", damaged=False)
    algorithm, _, digest = (headers.get_header("WARC-Block-Digest") or "").partition(":")
    if algorithm.lower() not in _DIGESTS or not digest:
        return
    found = _DIGESTS[algorithm.lower()](block, usedforsecurity=False).digest()
    # Tools write digests in base32 or in hexadecimal.
    named = (base64.b32encode(found).decode().rstrip("="), found.hex().upper())
    if digest.upper().rstrip("=") not in named:
        raise AnswerUnreadable("does not have the digest that it was recorded with")
