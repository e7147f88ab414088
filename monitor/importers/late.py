"""Records that come late: older than the last look of their document, and never looked at before."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from monitor.extract.model import Extraction
from monitor.importers.recorded import Evidence, Record
from monitor.importers.texts import Texts
from storage import versions
from storage.database import Transaction
from storage.records import Appearance, Cause, Version


@dataclass(frozen=True, slots=True)
class Room:
    """What is to be taken: `fresh` and `late` records, and what stood since the first late one.

    The history is to be cut at the appearance `cut_at`, if any, before the records are taken.
    """

    records: list[Record]
    fresh: int
    late: int = 0
    cut_at: int | None = None


def make_room(
    transaction: Transaction, stood: Sequence[Appearance], records: Sequence[Record], texts: Texts
) -> Room:
    """Which of a document's records, in the order of time, are to be taken where these appearances stood."""
    if not stood:
        return Room(list(records), len(records))
    last = stood[-1].observed_until
    fresh = [record for record in records if record.captured_at > last]
    old = [record for record in records if record.captured_at <= last]
    late = _late(transaction, old, stood, texts)
    if not late:
        return Room(fresh, len(fresh))
    cut = next(place for place, each in enumerate(stood) if each.observed_until >= late[0].captured_at)
    times = {record.captured_at for record in records}
    again = [
        record
        for each in stood[cut:]
        for record in _looks(transaction, each)
        if record.captured_at not in times
    ]
    before = [record for record in old if not cut or record.captured_at > stood[cut - 1].observed_until]
    taken = sorted([*again, *before, *fresh], key=lambda record: record.captured_at)
    return Room(taken, len(fresh), len(late), stood[cut].id)


def stored_text(transaction: Transaction, version: Version) -> Extraction:
    """A stored version, as if it had been read just now."""
    return Extraction(
        clauses=versions.load_clauses(transaction, version.id),
        fingerprint=version.fingerprint,
        extractor=version.extractor,
        title=version.title,
        language=version.language,
        stated_date=version.stated_date,
        effective_date=version.effective_date,
    )


def _late(
    transaction: Transaction, old: Sequence[Record], stood: Sequence[Appearance], texts: Texts
) -> list[Record]:
    """Those of `old` that were never looks; where they are just the looks there were, none is read."""
    if _are_looks(old, stood):
        return []
    fingerprints = {
        number: fingerprint
        for fingerprint, number in versions.fingerprints(transaction, stood[0].document_id).items()
    }
    shown = _Shown(stood, fingerprints)
    return [record for record in old if (found := texts.read(record)) and not shown.takes(record, found[0])]


def _are_looks(old: Sequence[Record], stood: Sequence[Appearance]) -> bool:
    """Whether there are as many records as looks, and one at each time that a text was first or last seen.

    A reading made anew of stored bytes began an appearance without a look.
    """
    looked = [each for each in stood if _began_with_a_look(each)]
    times = {record.captured_at for record in old}
    seen = {at for each in looked for at in (each.captured_at, each.observed_until)}
    return seen <= times and len(old) == sum(_looks_at(each) for each in stood)


def _began_with_a_look(each: Appearance) -> bool:
    return each.cause is not Cause.REEXTRACTED or each.source is not None


def _looks_at(each: Appearance) -> int:
    return each.looks if _began_with_a_look(each) else each.looks - 1


class _Shown:
    """What each moment showed, and how many looks are left that records may have been."""

    def __init__(self, stood: Sequence[Appearance], fingerprints: Mapping[int, str]) -> None:
        self._stood = stood
        self._starts = [each.captured_at for each in stood]
        self._fingerprints = fingerprints
        self._left = [_looks_at(each) for each in stood]

    def takes(self, record: Record, fingerprint: str) -> bool:
        """Whether the record was looked at: its text stood then, or something was first seen at its time.

        Where there are more such records than there were looks, those that come last were not looked at.
        """
        at = record.captured_at
        place = bisect_right(self._starts, at) - 1
        while place >= 0 and self._stood[place].observed_until >= at:
            each = self._stood[place]
            if each.captured_at == at or self._fingerprints[each.number] == fingerprint:
                self._left[place] -= 1
                return self._left[place] >= 0
            place -= 1
        return False


def _looks(transaction: Transaction, appearance: Appearance) -> Iterator[Record]:
    """The first and the last look of an appearance, as records."""
    version = versions.get(transaction, appearance.version_id)
    for at in dict.fromkeys((appearance.captured_at, appearance.observed_until)):
        yield Record(
            at, appearance.source, partial(_read_stored, transaction, version),
            reextracted=appearance.cause is Cause.REEXTRACTED, content=f"version {version.id}",
        )  # fmt: skip


def _read_stored(transaction: Transaction, version: Version) -> tuple[Extraction, Evidence | None]:
    return stored_text(transaction, version), None
