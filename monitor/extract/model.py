"""What reading a page yields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from storage.records import Clause


class SetAside(StrEnum):
    """Why a clause is soft; the words are shown and printed, so they stay."""

    NAVIGATION = "navigation"
    HEADER = "header"
    FOOTER = "footer"
    ASIDE = "aside"
    DIALOG = "dialog"
    SEARCH = "search"
    FIELD = "field"
    AID = "aid"
    NO_SCRIPT = "no-script"
    FALLBACK = "fallback"
    HIDDEN = "hidden"
    OUTSIDE_MAIN = "outside-main"
    LINKS = "links"
    BUTTON = "button"
    LABEL = "label"
    RUNNING = "running"
    CONTENTS = "contents"


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


@dataclass(frozen=True, slots=True)
class Link:
    """A link: what it says, where it leads (without a fragment), and what it stands in, if not in the text."""

    text: str
    url: str
    surrounding: SetAside | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """An extraction with how it came about, for people who look at one page.

    `page_kind` is html, markdown or text; `set_aside` says of soft clauses, by their place, why they are soft.
    """

    extraction: Extraction
    page_kind: str
    charset: str
    set_aside: Mapping[int, SetAside]
