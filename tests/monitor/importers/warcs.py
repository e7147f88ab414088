"""WARC files made by the tests, record by record (ISO 28500), each compressed on its own or not at all."""

from __future__ import annotations

import base64
import gzip
import hashlib
from pathlib import Path


def html(*sentences: str) -> bytes:
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in sentences)
    return f"<html lang=en><body><h1>Privacy Policy</h1>{paragraphs}</body></html>".encode()


class Warc:
    """A file under way; `at` of a record is its WARC-Date, `warc_headers` come last and may repeat others."""

    def __init__(self, path: Path, *, gzipped: bool = True) -> None:
        self.path = path
        self.offsets: list[int] = []
        self._gzipped = gzipped
        path.write_bytes(b"")

    def answer(
        self,
        url: str,
        at: str,
        body: bytes,
        *,
        status: str = "200 OK",
        content_type: str | None = "text/html; charset=utf-8",
        more: tuple[tuple[str, str], ...] = (),
        warc_headers: dict[str, str] | None = None,
    ) -> Warc:
        headers = [("Content-Type", content_type)] if content_type else []
        return self._http("response", url, at, body, status, [*headers, *more], warc_headers or {})

    def redirect(self, url: str, at: str, to: str) -> Warc:
        return self._http("response", url, at, b"", "301 Moved", [("Location", to)], {})

    def revisit(self, url: str, at: str, **warc_headers: str) -> Warc:
        named = {name.replace("_", "-"): value for name, value in warc_headers.items()}
        return self._http("revisit", url, at, b"", "200 OK", [("Content-Type", "text/html")], named)

    def other(self, kind: str, url: str, at: str, block: bytes) -> Warc:
        return self._write(kind, url, at, block, {})

    def done(self) -> Path:
        return self.path

    def _http(
        self,
        kind: str,
        url: str,
        at: str,
        body: bytes,
        status: str,
        headers: list[tuple[str, str]],
        warc_headers: dict[str, str],
    ) -> Warc:
        head = "".join(f"{name}: {value}\r\n" for name, value in headers)
        return self._write(kind, url, at, f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body, warc_headers)

    def _write(self, kind: str, url: str, at: str, block: bytes, more: dict[str, str]) -> Warc:
        digest = base64.b32encode(hashlib.sha1(block, usedforsecurity=False).digest()).decode()
        fields = {
            "WARC-Type": kind,
            "WARC-Target-URI": url,
            "WARC-Date": at,
            "WARC-Block-Digest": f"sha1:{digest}",
            "Content-Type": "application/http",
            **more,
            "Content-Length": str(len(block)),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        record = f"WARC/1.1\r\n{head}\r\n".encode() + block + b"\r\n\r\n"
        self.offsets.append(self.path.stat().st_size)
        with self.path.open("ab") as file:
            file.write(gzip.compress(record) if self._gzipped else record)
        return self


def as_one_member(path: Path) -> Path:
    """The same records in a file that is compressed as a whole, as gzip(1) does it."""
    whole = path.with_name("whole-" + path.name)
    whole.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())))
    return whole
