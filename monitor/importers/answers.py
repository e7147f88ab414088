"""Answers of web servers as archives keep them, byte for byte, with their headers; read by our own bounds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO

from warcio.bufferedreaders import ChunkedDataException, ChunkedDataReader
from warcio.statusandheaders import StatusAndHeadersParser, StatusAndHeadersParserException

from monitor.extract.read import BODY_LIMIT
from monitor.fetch.decoding import (
    GZIP_MAGIC,
    BodyCorrupt,
    BodyDecoder,
    BodyTooLarge,
    BodyTruncated,
    EncodingRefused,
)

READ_TYPES = ("text/html", "application/xhtml+xml", "application/pdf", "text/plain", "text/markdown")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered, decoded. `body` is None for a revisit: the bytes stand in another record.

    That record is named by `digest` (of its payload) or by `refers_to`, its address and date.
    """

    url: str
    captured_at: datetime
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes | None = None
    digest: str | None = None
    refers_to: tuple[str, datetime] | None = None

    @property
    def is_page(self) -> bool:
        """Whether it is declared as a kind of text or PDF that we read, or as nothing."""
        declared = (self.header("content-type") or "").split(";")[0].strip().lower()
        return declared in ("", *READ_TYPES)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A record that cannot be used; `damaged` if it should have been."""

    url: str
    reason: str
    damaged: bool = False


class AnswerUnreadable(Exception):
    """An answer cannot be used; `damaged` if it should have been."""

    def __init__(self, reason: str, *, damaged: bool = True) -> None:
        super().__init__(reason)
        self.damaged = damaged


def read_head(url: str, date: str | None, digest: str | None, block: bytes) -> tuple[Answer, bytes]:
    """The answer that `block` begins with, without its body, and the bytes that follow.

    Raises:
        AnswerUnreadable: it is no answer in HTTP, or `date` is none.
    """
    captured_at = read_time(date)
    stream = BytesIO(block)
    try:
        parsed = StatusAndHeadersParser([], verify=False).parse(stream)
        status = int(parsed.get_statuscode())
    except (StatusAndHeadersParserException, EOFError, ValueError) as error:
        raise AnswerUnreadable("holds no answer in HTTP") from error
    headers = tuple((str(name), str(value)) for name, value in parsed.headers)
    return Answer(url, captured_at, status, headers, digest=digest), stream.read()


def with_body(answer: Answer, payload: bytes) -> Answer:
    """The answer with the body that its transport carried as `payload`.

    Raises:
        AnswerUnreadable: it is damaged, too large, or encoded in a way that is not read.
    """
    return replace(answer, body=_decoded(payload, answer))


def read_time(date: str | None) -> datetime:
    """A date of the archive, in UTC, to the second.

    Raises:
        AnswerUnreadable: it is none.
    """
    try:
        found = datetime.fromisoformat(date or "")
    except ValueError as error:
        raise AnswerUnreadable("has no readable WARC-Date") from error
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)


def _decoded(payload: bytes, answer: Answer) -> bytes:
    """The body without the encodings of its transport.

    Some tools record bodies already joined or decompressed and keep the headers: the bytes decide.
    """
    if (answer.header("transfer-encoding") or "").strip().lower() == "chunked":
        payload = _joined(payload)
    encoding = (answer.header("content-encoding") or "").strip().lower()
    if encoding in ("gzip", "x-gzip") and not payload.startswith(GZIP_MAGIC):
        encoding = ""
    try:
        decoder = BodyDecoder(encoding, wire_bytes=BODY_LIMIT, decoded_bytes=BODY_LIMIT)
        decoder.feed(payload)
        return decoder.finish()
    except EncodingRefused as error:
        raise AnswerUnreadable(f"is encoded as {encoding[:40]!r}, which is not read", damaged=False) from error
    except BodyTooLarge as error:
        raise AnswerUnreadable(f"is larger than {BODY_LIMIT:,} bytes", damaged=False) from error
    except (BodyTruncated, BodyCorrupt) as error:
        raise AnswerUnreadable("holds a damaged or cut body") from error


def _joined(payload: bytes) -> bytes:
    reader = ChunkedDataReader(BytesIO(payload), raise_exceptions=True, decomp_type=None)
    try:
        return bytes(reader.read())
    except ChunkedDataException as error:
        if reader.num_read == 0 and not error.data:
            return payload
        raise AnswerUnreadable("holds a body whose chunks are cut") from error
