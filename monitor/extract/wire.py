"""PURE: requests to and answers from an extraction worker, as bytes.

JSON and no pickle: a worker has parsed hostile pages, so what it says is data and never code.
"""

from __future__ import annotations

import json
import struct
from datetime import date
from typing import Any, BinaryIO

from monitor.extract.failures import ExtractionFailed, ExtractionRefused
from monitor.extract.model import Extraction, ExtractOptions, Source
from storage.records import Clause, ClauseKind

MESSAGE_LIMIT = 256 * 1024 * 1024
"""Bytes of one message; a worker that announces more is broken."""

_LENGTH = struct.Struct(">I")


def write_message(stream: BinaryIO, message: bytes) -> None:
    stream.write(_LENGTH.pack(len(message)))
    stream.write(message)
    stream.flush()


def read_message(stream: BinaryIO) -> bytes | None:
    """The next message, or None where the other side is gone or speaks nonsense."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    length = _LENGTH.unpack(head)[0]
    if length > MESSAGE_LIMIT:
        return None
    message = stream.read(length)
    return message if len(message) == length else None


def encode_request(source: Source, options: ExtractOptions) -> bytes:
    head = {
        "content_type": source.content_type,
        "url": source.url,
        "select": options.select,
        "remove": options.remove,
    }
    return json.dumps(head).encode() + b"\n" + source.body


def decode_request(message: bytes) -> tuple[Source, ExtractOptions]:
    line, _, body = message.partition(b"\n")
    head = json.loads(line)
    return (
        Source(body, head["content_type"], head["url"]),
        ExtractOptions(tuple(head["select"]), tuple(head["remove"])),
    )


def encode_extraction(extraction: Extraction) -> bytes:
    clauses = [
        (clause.text, clause.kind.value, clause.level, clause.opens_block, clause.soft)
        for clause in extraction.clauses
    ]
    answer = {
        "clauses": clauses,
        "fingerprint": extraction.fingerprint,
        "extractor": extraction.extractor,
        "title": extraction.title,
        "language": extraction.language,
        "stated_date": _encode_date(extraction.stated_date),
        "effective_date": _encode_date(extraction.effective_date),
        "warnings": extraction.warnings,
    }
    return json.dumps({"extraction": answer}).encode()


def encode_refusal(refusal: ExtractionRefused) -> bytes:
    return json.dumps({"refused": refusal.reason}).encode()


def encode_failure(failure: ExtractionFailed) -> bytes:
    return json.dumps({"failed": [failure.error_class, failure.reason]}).encode()


def decode_answer(message: bytes) -> Extraction:
    """The extraction in `message`; raises what the worker reports."""
    try:
        answer = json.loads(message)
        if "refused" not in answer and "failed" not in answer:
            return _decode_extraction(answer["extraction"])
    except (ValueError, TypeError, KeyError) as error:
        raise ExtractionFailed("crashed", "the worker that read the page answered nonsense") from error
    if "refused" in answer:
        raise ExtractionRefused(answer["refused"])
    raise ExtractionFailed(*answer["failed"])


def _decode_extraction(answer: dict[str, Any]) -> Extraction:
    return Extraction(
        clauses=tuple(
            Clause(text, ClauseKind(kind), level, opens_block, soft)
            for text, kind, level, opens_block, soft in answer["clauses"]
        ),
        fingerprint=answer["fingerprint"],
        extractor=answer["extractor"],
        title=answer["title"],
        language=answer["language"],
        stated_date=_decode_date(answer["stated_date"]),
        effective_date=_decode_date(answer["effective_date"]),
        warnings=tuple(answer["warnings"]),
    )


def _encode_date(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _decode_date(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
