"""PURE: one document made of several pages, and whether a stored reading is one we would make today."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from monitor.extract.failures import ExtractionRefused
from monitor.extract.model import Extraction, ExtractOptions
from monitor.extract.read import current_extractors
from monitor.identity import combined_fingerprint

_JOINT = "+"


def combine(parts: Sequence[Extraction]) -> Extraction:
    """The pages of one document as one text, in order; the first page names its title, language and dates.

    Raises ExtractionRefused where no page holds anything that a reader would call its content.
    """
    clauses = tuple(chain.from_iterable(part.clauses for part in parts))
    if all(clause.soft for clause in clauses):
        raise ExtractionRefused(
            "the page holds no readable text; if scripts write it, open the document with browser = true"
        )
    if len(parts) == 1:
        return parts[0]
    return Extraction(
        clauses=clauses,
        fingerprint=combined_fingerprint(part.fingerprint for part in parts),
        extractor=_JOINT.join(sorted({part.extractor for part in parts})),
        title=next((part.title for part in parts if part.title), ""),
        language=next((part.language for part in parts if part.language), None),
        stated_date=next((part.stated_date for part in parts if part.stated_date), None),
        effective_date=next((part.effective_date for part in parts if part.effective_date), None),
        warnings=tuple(chain.from_iterable(part.warnings for part in parts)),
    )


def is_current(extractor: str, options: ExtractOptions) -> bool:
    """Whether the extractors that made a reading are those that would make it today."""
    return set(extractor.split(_JOINT)) <= current_extractors(options)
