"""PURE: what one look at a document means, given what stood there before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.plausibility import Doubt
from storage.records import Candidate, Cause, CheckOutcome


@dataclass(frozen=True, slots=True)
class Patience:
    """How long after its first look a new text must be seen again: as a rule, and where it is doubtful."""

    usual: timedelta
    doubtful: timedelta


STOOD_STILL = timedelta(hours=24)
STOOD_STILL_LOOKS = 3
"""After so long, and so many looks in a row, what rotates has come to rest: it is text like any other."""

AT_ONCE = Patience(timedelta(0), timedelta(0))


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look read: the text's fingerprint, when, and why it may not be the document (`doubt`).

    `rotates` says that it differs from what stands in rotating parts alone, `settled` that the candidate showed
    whatever else differs.
    """

    fingerprint: str
    at: datetime
    doubt: Doubt | None = None
    rotates: bool = False
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """How the look ended, why an appearance begins (None: the old one goes on), and the reason in words.

    `candidate` is the text that waits to be confirmed after this look; `since` is the first look that showed
    the text that now begins to stand.
    """

    outcome: CheckOutcome
    cause: Cause | None
    reason: str
    candidate: Candidate | None = None
    since: datetime | None = None


def decide(
    seen: Seen,
    standing: str | None,
    known_number: int | None,
    *,
    candidate: Candidate | None = None,
    patience: Patience = AT_ONCE,
    reextracted: bool = False,
) -> Decision:
    """Judge the text just read against the one that stands.

    `standing` is None for a document never read before. `known_number` is the number of an earlier version
    with this very fingerprint. `candidate` is a text that an earlier look showed and none has confirmed.
    `reextracted` says that the same bytes were read by another extractor, so that a difference is our doing and
    not the page's.
    """
    if seen.fingerprint == standing:
        return Decision(CheckOutcome.UNCHANGED, None, "the text reads as it did before")
    if standing is not None and reextracted:
        return Decision(
            CheckOutcome.CHANGED,
            Cause.REEXTRACTED,
            "the same page, read by another version of our extractor",
            candidate,
        )
    if seen.doubt is not None and (seen.doubt.lasting or standing is None):
        return Decision(CheckOutcome.HELD, None, seen.doubt.reason, candidate)
    if standing is None:
        return Decision(CheckOutcome.FIRST, Cause.FIRST, "the first text read of this document")
    return _another(seen, known_number, candidate, patience)


def _another(seen: Seen, known_number: int | None, candidate: Candidate | None, patience: Patience) -> Decision:
    """The page reads otherwise than what stands."""
    if seen.rotates and not _stood_still(seen, candidate):
        waiting = _seen_again(seen, candidate) or Candidate(seen.fingerprint, seen.at, 1)
        return Decision(CheckOutcome.UNCHANGED, None, "only parts that rotate differ", waiting)
    if known_number is not None:
        return Decision(
            CheckOutcome.CHANGED, Cause.RETURNED, f"the page went back to its version {known_number}"
        )
    return _confirm(seen, candidate, patience)


def _stood_still(seen: Seen, candidate: Candidate | None) -> bool:
    again = _seen_again(seen, candidate)
    return again is not None and again.looks >= STOOD_STILL_LOOKS and seen.at - again.first_at >= STOOD_STILL


def _seen_again(seen: Seen, candidate: Candidate | None) -> Candidate | None:
    """The candidate with this look counted, if this is its text, or holds all that settled in it."""
    if candidate is None or not (seen.settled or candidate.fingerprint == seen.fingerprint):
        return None
    same = candidate.fingerprint == seen.fingerprint
    return Candidate(
        seen.fingerprint,
        min(candidate.first_at, seen.at),
        candidate.looks + 1,
        candidate.snapshot_ids if same else (),
        candidate.marks if same else (),
    )


def _confirm(seen: Seen, candidate: Candidate | None, patience: Patience) -> Decision:
    again = _seen_again(seen, candidate)
    first_at = again.first_at if again else seen.at
    wait = patience.doubtful if seen.doubt else patience.usual
    if seen.at - first_at >= wait and (again or not wait):
        return Decision(
            CheckOutcome.CHANGED, Cause.PAGE_CHANGED, "the page's text is one never seen before", since=first_at
        )
    waiting = again or Candidate(seen.fingerprint, first_at, 1)
    why = (
        seen.doubt.reason
        if seen.doubt
        else "the page's text is a new one, and waits for a second look to show it too"
    )
    return Decision(CheckOutcome.HELD, None, why, waiting)
