"""The recorded texts of one document: a few are kept in memory, the others are read again where needed."""

from __future__ import annotations

from collections.abc import Callable

from monitor.extract.model import Extraction
from monitor.importers.recorded import Evidence, Record

_KEPT = 16
"""Texts kept at hand: a page that goes back and forth does so between a few."""


class Texts:
    """Texts by their fingerprints."""

    def __init__(self) -> None:
        self._kept: dict[str, Extraction] = {}
        self._again: dict[str, Callable[[], Extraction]] = {}
        self._by_content: dict[str, str] = {}

    def read(self, record: Record) -> tuple[str, Evidence | None] | None:
        """The fingerprint of a record's text, and its bytes where they are to be kept; None: it has none.

        Of a content that was seen before nothing is read.
        """
        if record.content is not None and record.content in self._by_content:
            return self._by_content[record.content], None
        found = record.read()
        if found is None:
            return None
        extraction, evidence = found
        self._again.setdefault(extraction.fingerprint, lambda: _again(record))
        self._keep(extraction)
        if record.content is not None:
            self._by_content[record.content] = extraction.fingerprint
        return extraction.fingerprint, evidence

    def add(self, fingerprint: str, again: Callable[[], Extraction]) -> None:
        """A text that is stored, and how it is loaded."""
        self._again.setdefault(fingerprint, again)

    def get(self, fingerprint: str) -> Extraction:
        if fingerprint not in self._kept:
            self._keep(self._again[fingerprint]())
        return self._kept[fingerprint]

    def _keep(self, extraction: Extraction) -> None:
        self._kept.pop(extraction.fingerprint, None)
        self._kept[extraction.fingerprint] = extraction
        if len(self._kept) > _KEPT:
            del self._kept[next(iter(self._kept))]


def _again(record: Record) -> Extraction:
    found = record.read()
    if found is None:
        raise ValueError(f"{record.source} could be read before, and cannot any more")
    return found[0]
