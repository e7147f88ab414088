"""PURE: what one look at a document means, given what stood there before."""

from __future__ import annotations

from dataclasses import dataclass

from storage.records import Cause, CheckOutcome


@dataclass(frozen=True, slots=True)
class Decision:
    """How the look ended, why an appearance begins (None: the old one goes on), and the reason in words."""

    outcome: CheckOutcome
    cause: Cause | None
    reason: str


def decide(fingerprint: str, standing: str | None, known_number: int | None, *, reextracted: bool) -> Decision:
    """Judge the fingerprint just read against the one that stands.

    `standing` is None for a document never read before. `known_number` is the number of an earlier version
    with this very fingerprint. `reextracted` says that the same bytes were read by another extractor, so that
    a difference is our doing and not the page's.
    """
    if standing is None:
        return Decision(CheckOutcome.FIRST, Cause.FIRST, "the first text read of this document")
    if fingerprint == standing:
        return Decision(CheckOutcome.UNCHANGED, None, "the text reads as it did before")
    if reextracted:
        return Decision(
            CheckOutcome.CHANGED, Cause.REEXTRACTED, "the same page, read by another version of our extractor"
        )
    if known_number is not None:
        return Decision(
            CheckOutcome.CHANGED, Cause.RETURNED, f"the page went back to its version {known_number}"
        )
    return Decision(CheckOutcome.CHANGED, Cause.PAGE_CHANGED, "the page's text is one never seen before")
