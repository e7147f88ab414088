"""What reading a page yields."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from storage.records import Clause


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of one capture with what its server declared about them."""

    body: bytes
    content_type: str | None
    url: str


@dataclass(frozen=True, slots=True)
class ExtractOptions:
    """The exceptions a user may configure for a document: CSS selectors to keep (`select`) or drop."""

    select: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Extraction:
    """Readable text with structure, and the name of the extractor that made it.

    `extractor` changes whenever the same bytes may read differently, so that a difference made by us is told
    from a difference made by the page. `warnings` say what may be missing (undecodable bytes, a depth limit).
    """

    clauses: tuple[Clause, ...]
    fingerprint: str
    extractor: str
    title: str
    language: str | None
    stated_date: date | None
    effective_date: date | None
    warnings: tuple[str, ...] = ()
