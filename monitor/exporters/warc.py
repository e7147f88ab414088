"""Writes stored captures as a WARC file (ISO 28500): what servers answered, byte for byte, with its times.

`import wayback` reads it back, and so do the tools of web archives. The same captures make the same file.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from ipaddress import ip_address
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from monitor.errors import InputMissing
from monitor.exporters.model import Exported, Progress
from monitor.exporters.target import new_file
from storage import snapshots
from storage.database import Database
from storage.records import Document, Snapshot

_ADDRESS = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_OF_TRANSPORT = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_ORIGINAL = "X-Archive-Orig-"
"""Where web archives keep a header that does not hold for the bytes as they are stored."""

_NAMES = uuid.UUID("5f0c3b5e-2d0e-5d3b-9a51-6b6f6c696379")
"""The namespace of our record ids, so that the same capture always has the same."""


def export_warc(
    database: Database, documents: Sequence[Document], destination: Path, *, progress: Progress
) -> Exported:
    """Write the stored captures of `documents`, document by document, each in the order it was stored.

    Raises:
        InputMissing: there are none.
        DataDamaged: stored bytes no longer have their hash.

    and as `monitor.exporters.target.new_file`.
    """
    left_out: list[str] = []
    records = 0
    with new_file(destination) as file:
        writer = WARCWriter(file, gzip=True, warc_version="1.1")
        for number, document in enumerate(documents, 1):
            without = 0
            for snapshot, body in _captures(database, document):
                if _ADDRESS.fullmatch(snapshot.meta.final_url):
                    _write(writer, document, snapshot, body)
                    records += 1
                else:
                    without += 1
            if without:
                left_out.append(f"{document.key}: {without} captures are of no address on the web")
            progress(number, len(documents))
        if not records:
            raise InputMissing("none of these documents has a stored page of an address on the web")
    return Exported(len(documents), records, tuple(left_out))


def _captures(database: Database, document: Document) -> Iterator[tuple[Snapshot, bytes]]:
    with database.read() as transaction:
        for snapshot in snapshots.every(transaction, document.id):
            yield snapshot, snapshots.read_body(transaction, snapshot.sha256)


def _write(writer: WARCWriter, document: Document, snapshot: Snapshot, body: bytes) -> None:
    meta = snapshot.meta
    named = f"{document.key} {snapshot.part} {_date(meta.captured_at)} {snapshot.sha256}"
    fields = {
        "WARC-Record-ID": f"<{uuid.uuid5(_NAMES, named).urn}>",
        "WARC-Date": _date(meta.captured_at),
    }
    if address := _ip(meta.address):
        fields["WARC-IP-Address"] = address
    response = writer.create_warc_record(
        meta.final_url, "response", payload=BytesIO(body), length=len(body), http_headers=_head(snapshot),
        warc_headers_dict=fields,
    )  # fmt: skip
    writer.write_record(response)
    writer.write_record(_provenance(writer, document, snapshot, fields, named))


def _provenance(
    writer: WARCWriter, document: Document, snapshot: Snapshot, response: dict[str, str], named: str
) -> object:
    """What a response has no field for: the document, our hash, and the address that was asked for."""
    meta = snapshot.meta
    lines = {
        "policywatch-document": document.key,
        "policywatch-sha256": snapshot.sha256,
        "policywatch-clock": meta.clock.value,
        "fetchTimeMs": str(round(meta.duration_seconds * 1000)),
    }
    if meta.url != meta.final_url:
        lines |= {"via": meta.url, "hopsFromSeed": "R" * max(1, len(meta.redirects))}
    block = "".join(f"{name}: {_one_line(value)}\r\n" for name, value in lines.items()).encode()
    return writer.create_warc_record(
        meta.final_url, "metadata", payload=BytesIO(block), length=len(block),
        warc_headers_dict={
            "WARC-Record-ID": f"<{uuid.uuid5(_NAMES, named + ' metadata').urn}>",
            "WARC-Date": response["WARC-Date"],
            "WARC-Concurrent-To": response["WARC-Record-ID"],
        },
    )  # fmt: skip


def _head(snapshot: Snapshot) -> StatusAndHeaders:
    """The answer's head as it came, but for what its transport did to the bytes."""
    meta = snapshot.meta
    headers = [
        (_ORIGINAL + name if name.lower() in _OF_TRANSPORT else name, _one_line(value))
        for name, value in meta.response_headers
    ]
    if meta.content_type and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", _one_line(meta.content_type)))
    return StatusAndHeaders(
        f"{meta.status} {_phrase(meta.status)}".rstrip(),
        [*headers, ("Content-Length", str(snapshot.size))],
        protocol="HTTP/1.1",
    )


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _date(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _ip(address: str | None) -> str | None:
    try:
        return str(ip_address(address or ""))
    except ValueError:
        return None


def _one_line(value: str) -> str:
    """A header cannot begin another one, whatever a server or a database says."""
    return " ".join(value.split())
