"""PURE: lines of an index of web captures: CDX with its legend, CDXJ, and what CDX servers list.

https://iipc.github.io/warc-specifications/specifications/cdx-format/ and the Wayback Machine's CDX server.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.importers.stamps import stamp

_NAMES = {
    "b": "timestamp", "a": "url", "m": "mime", "s": "status", "V": "offset", "g": "filename", "S": "length",
    "N": "urlkey", "k": "digest", "r": "redirect", "M": "robots",
}  # fmt: skip
_SERVER = ("urlkey", "timestamp", "url", "mime", "status", "digest", "length")
_SYNONYMS = {"original": "url", "mimetype": "mime", "statuscode": "status"}
_CDXJ = re.compile(r"(\S+) (\d{14}) (\{.*\})")
_STAMP = re.compile(r"\d{14}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One capture as an index lists it; without `filename` the index lists captures and not records."""

    url: str
    timestamp: str
    captured_at: datetime
    status: str
    mime: str
    filename: str | None = None
    offset: int = 0


def read_index(text: str) -> Iterator[Entry | int]:
    """The entries of an index; the number of each line (or row) that is none."""
    columns: Sequence[str] = _SERVER
    for number, row in _rows(text):
        if isinstance(row, list) and row[:1] == ["CDX"]:
            columns = [_NAMES.get(letter, letter) for letter in row[1:]]
        elif isinstance(row, list) and "timestamp" in row:
            columns = row  # a CDX server names its columns in the first row
        else:
            yield _entry(_fields(row, columns)) or number


def _rows(text: str) -> Iterator[tuple[int, list[str] | dict[str, Any] | None]]:
    """Every line or row with its number: its values in order, or by name where it names them itself."""
    if text.lstrip().startswith("["):
        rows = _json(text)
        for number, row in enumerate(rows if isinstance(rows, list) else [None], 1):
            yield number, [str(value) for value in row] if isinstance(row, list) else None
        return
    for number, line in enumerate(text.splitlines(), 1):
        if found := _CDXJ.fullmatch(line.strip()):
            fields = _json(found[3])
            yield number, {**fields, "timestamp": found[2]} if isinstance(fields, dict) else None
        elif line.strip():
            yield number, line.split()


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _fields(row: list[str] | dict[str, Any] | None, columns: Sequence[str]) -> dict[str, Any] | None:
    if not isinstance(row, list):
        return row
    return dict(zip(columns, row, strict=True)) if len(row) == len(columns) else None


def _entry(fields: dict[str, Any] | None) -> Entry | None:
    if fields is None:
        return None
    fields = {_SYNONYMS.get(name, name): str(value) for name, value in fields.items()}
    timestamp, url = fields.get("timestamp", ""), fields.get("url", "")
    captured_at = stamp(timestamp) if _STAMP.fullmatch(timestamp) else None
    offset = fields.get("offset", "0")
    if captured_at is None or not url or not offset.isdecimal():
        return None
    return Entry(
        url, timestamp, captured_at, fields.get("status", "-"), fields.get("mime", "-"),
        fields.get("filename"), int(offset),
    )  # fmt: skip
