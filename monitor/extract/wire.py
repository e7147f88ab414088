"""PURE: requests to and answers from an extraction worker, as bytes.

JSON and no pickle: a worker has parsed hostile pages, so what it says is data and never code.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, BinaryIO, Literal, TypeVar

from monitor.extract.failures import ExtractionFailed, ExtractionRefused
from monitor.extract.model import Extraction, ExtractOptions, Link, Reading, SetAside, Source
from storage.records import Clause, ClauseKind

MESSAGE_LIMIT = 256 * 1024 * 1024
"""Bytes of one message; a worker that announces more is broken."""

REPEATED_LIMIT = 2 * 1024 * 1024
"""Bytes of an answer that is known when it comes again."""

_LENGTH = struct.Struct(">I")
_T = TypeVar("_T")

Task = Literal["extract", "explain", "links"]
"""What a worker does with a page."""


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


def encode_request(source: Source, options: ExtractOptions, task: Task = "extract") -> bytes:
    head = {
        "task": task,
        "content_type": source.content_type,
        "url": source.url,
        "select": options.select,
        "remove": options.remove,
    }
    return json.dumps(head).encode() + b"\n" + source.body


def decode_request(message: bytes) -> tuple[Source, ExtractOptions, Task]:
    """What to read, how, and for what."""
    line, _, body = message.partition(b"\n")
    head = json.loads(line)
    return (
        Source(body, head["content_type"], head["url"]),
        ExtractOptions(tuple(head["select"]), tuple(head["remove"])),
        head["task"],
    )


def encode_extraction(extraction: Extraction) -> bytes:
    return json.dumps({"extraction": _record(extraction)}).encode()


def encode_reading(reading: Reading) -> bytes:
    answer = {
        "extraction": _record(reading.extraction),
        "page_kind": reading.page_kind,
        "charset": reading.charset,
        "set_aside": list(reading.set_aside.items()),
    }
    return json.dumps({"reading": answer}).encode()


def encode_links(links: Sequence[Link]) -> bytes:
    records = [(link.text, link.url, link.surrounding) for link in links]
    return json.dumps({"links": records}).encode()


def _record(extraction: Extraction) -> dict[str, Any]:
    clauses = [
        (clause.text, clause.kind.value, clause.level, clause.opens_block, clause.soft)
        for clause in extraction.clauses
    ]
    return {
        "clauses": clauses,
        "fingerprint": extraction.fingerprint,
        "extractor": extraction.extractor,
        "title": extraction.title,
        "language": extraction.language,
        "stated_date": _encode_date(extraction.stated_date),
        "effective_date": _encode_date(extraction.effective_date),
        "warnings": extraction.warnings,
    }


def encode_refusal(refusal: ExtractionRefused) -> bytes:
    return json.dumps({"refused": refusal.reason}).encode()


def encode_failure(failure: ExtractionFailed) -> bytes:
    return json.dumps({"failed": [failure.error_class, failure.reason]}).encode()


def decode_answer(message: bytes) -> Extraction:
    """The extraction in `message`; raises what the worker reports."""
    return _decode_lately(message) if len(message) <= REPEATED_LIMIT else _decode_once(message)


def _decode_once(message: bytes) -> Extraction:
    return _decode(message, lambda answer: _decode_extraction(answer["extraction"]))


@lru_cache(maxsize=4)
def _decode_lately(message: bytes) -> Extraction:
    """Most looks at a page are answered with the same bytes."""
    return _decode_once(message)


def decode_reading(message: bytes) -> Reading:
    """The explained extraction in `message`; raises what the worker reports."""
    return _decode(message, lambda answer: _decode_reading(answer["reading"]))


def decode_links(message: bytes) -> tuple[Link, ...]:
    """The links in `message`; raises what the worker reports."""
    return _decode(message, lambda answer: _decode_links(answer["links"]))


def _decode(message: bytes, read: Callable[[dict[str, Any]], _T]) -> _T:
    try:
        answer = json.loads(message)
        if "refused" not in answer and "failed" not in answer:
            return read(answer)
    except (ValueError, TypeError, KeyError) as error:
        raise ExtractionFailed("crashed", "the worker that read the page answered nonsense") from error
    if "refused" in answer:
        raise ExtractionRefused(answer["refused"])
    raise ExtractionFailed(*answer["failed"])


def _decode_reading(answer: dict[str, Any]) -> Reading:
    return Reading(
        extraction=_decode_extraction(answer["extraction"]),
        page_kind=answer["page_kind"],
        charset=answer["charset"],
        set_aside={index: SetAside(reason) for index, reason in answer["set_aside"]},
    )


def _decode_links(records: list[Any]) -> tuple[Link, ...]:
    return tuple(Link(text, url, SetAside(around) if around else None) for text, url, around in records)


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
