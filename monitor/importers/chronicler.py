"""Versions that others recorded, as facts: all are kept, changes are judged like our own, nobody is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from monitor import recording
from monitor.detect.flags import Dates
from monitor.extract.model import Extraction
from monitor.importers import late
from monitor.importers.recorded import Described, Evidence, Record, Summary, ensure, unheard
from monitor.importers.said import Said
from monitor.importers.texts import Texts
from monitor.plausibility import language_of
from monitor.querywords import for_index
from monitor.returns import Variant
from monitor.watch import Judged, Known, Look, Standing, Watch, judge
from storage import appearances, snapshots, versions
from storage.chronicle import Chronicle
from storage.database import Database, Transaction
from storage.records import Appearance, Cause, Document, NewChange, NewVersion, Version


def import_document(
    database: Database, described: Described, records: Sequence[Record], watch: Watch, origin: str
) -> Summary:
    """Import the recorded versions of one document, in the order of time, in one transaction.

    A record older than the last look, and never looked at, is put in its place: what followed is judged anew.
    """
    with database.write() as transaction:
        document = ensure(transaction, described, origin, records[0].captured_at)
        chronicler = Chronicler(transaction, document, unheard(watch))
        room = chronicler.make_room(records)
        for record in room.records:
            chronicler.take(record)
        return chronicler.finish() + Summary(
            documents=1, skipped=len(records) - room.fresh - room.late, late=room.late
        )


_NEVER = (0, 0)
"""Id and number of no version."""

_Going = tuple[str | None, str, bool]
"""From one text to another, by their fingerprints; and whether the archive's own doing."""


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What going from one text to another means: where both stood before, the same every time."""

    cause: Cause
    change: NewChange
    suspect: bool


class Chronicler:
    """Judges the records of one document one after the other, and writes what they mean.

    What a page that goes back and forth shows again is neither read nor compared again.
    """

    def __init__(self, transaction: Transaction, document: Document, watch: Watch) -> None:
        self._transaction = transaction
        self._document = document
        self._watch = watch
        self._label = recording.label(document)
        self._history = Chronicle(transaction, document.id, for_index)
        self._texts = Texts()
        self._ids = versions.ids_and_numbers(transaction, document.id)
        self._shown: set[int] = set()
        self._returns: dict[_Going, _Meaning] = {}
        self._written = Summary()
        self._body: str | None = None
        self._standing: str | None = None
        self._sound: tuple[str, Appearance] | None = None
        """The fingerprint of the last text that was not suspect, and how it stood."""
        self._said: Said | None = None

    def make_room(self, records: Sequence[Record]) -> late.Room:
        """The records to be taken; the history is cut where the first of them belongs."""
        stood = appearances.every(self._transaction, self._document.id)
        room = late.make_room(self._transaction, stood, records, self._texts)
        if room.cut_at is not None:
            self._history.cut(room.cut_at)
        kept = [each for each in stood if room.cut_at is None or each.id < room.cut_at]
        self._shown = {each.number for each in kept}
        self._stand_on_what_is_stored(kept)
        return room

    def take(self, record: Record) -> None:
        found = self._texts.read(record)
        if found is None:
            return
        fingerprint, evidence = found
        if fingerprint == self._standing:
            self._history.extend(record.captured_at)
            return
        going = self._standing, fingerprint, record.reextracted
        if (meaning := self._returns.get(going)) is not None:
            self._begin(record, fingerprint, meaning)
        else:
            self._take_anew(record, fingerprint, evidence, going)
        self._standing = fingerprint

    def finish(self) -> Summary:
        """Write what waits; says what was written."""
        self._history.flush()
        return self._written

    def _take_anew(self, record: Record, fingerprint: str, evidence: Evidence | None, going: _Going) -> None:
        returns = self._ids.get(fingerprint, _NEVER)[1] in self._shown
        judged = self._judge(record, fingerprint, returns=returns)
        if judged.version is None or judged.change is None or judged.decision.cause is None:
            raise ValueError("what others recorded is a fact, and another text a change")
        if fingerprint not in self._ids:
            self._add(judged.version, evidence)
        meaning = _Meaning(judged.decision.cause, judged.change, judged.suspect)
        change_id = self._begin(record, fingerprint, meaning, judged.compared)
        if judged.alert is not None:
            at = record.captured_at
            self._history.add_alert(recording.alert_of(self._document, change_id, judged.alert, at, now=at))
            self._written += Summary(alerts=1)
        elif returns:
            self._returns[going] = meaning

    def _judge(self, record: Record, fingerprint: str, *, returns: bool) -> Judged:
        before = self._texts.get(self._standing) if self._standing else None
        standing = _standing(before) if before else None
        if self._said is None:
            self._said = Said(versions.texts_of(self._transaction, self._document.id, self._shown))
        known = Known(
            standing,
            self._ids[fingerprint][1] if returns else None,
            variants=self._variants(),
            said=self._said.folded,
        )
        text = self._texts.get(fingerprint)
        language = text.language or language_of(text.clauses)  # so that rules and stems are of the language
        look = Look(record.captured_at, replace(text, language=language), record.source, recorded=True)
        judged = judge(self._label, known, look, self._watch, reextracted=record.reextracted)
        self._said.add(text.clauses)
        return judged

    def _variants(self) -> tuple[Variant, ...]:
        """A suspect text that stands, and the last that was not: what comes next may go on from either."""
        stands = self._history.standing
        if self._standing is None or stands is None or not stands.suspect or self._sound is None:
            return ()
        fingerprint, sound = self._sound
        return (
            Variant(stands.version_id, stands.observed_until, self._texts.get(self._standing).clauses),
            Variant(sound.version_id, sound.observed_until, self._texts.get(fingerprint).clauses),
        )

    def _add(self, new: NewVersion, evidence: Evidence | None) -> None:
        kept = self._keep(evidence) if evidence else ()
        self._ids[new.fingerprint] = self._history.add_version(replace(new, snapshot_ids=kept))
        self._written += Summary(versions=1)

    def _begin(
        self, record: Record, fingerprint: str, meaning: _Meaning, compared: Variant | None = None
    ) -> int:
        if self._standing is not None and (stands := self._history.standing) and not stands.suspect:
            self._sound = self._standing, stands
        version = self._ids[fingerprint]
        self._shown.add(version[1])
        self._written += Summary(appearances=1)
        return self._history.begin(
            version, record.captured_at, meaning.cause, record.source, meaning.change,
            suspect=meaning.suspect,
            compared=(compared.version_id, compared.seen_until) if compared else None,
        )  # fmt: skip

    def _keep(self, evidence: Evidence) -> tuple[int, ...]:
        """Store the bytes that a version was read from, compressed against those of the version before it."""
        kept = snapshots.store(
            self._transaction, self._document.id, 0, evidence.body, evidence.meta, self._body
        )
        self._body = kept.sha256
        return (kept.id,)

    def _stand_on_what_is_stored(self, stood: Sequence[Appearance]) -> None:
        position = recording.position_of(self._transaction, self._document.id)
        self._standing = position.version.fingerprint if position else None
        if position is None:
            return
        version = position.version
        self._know(version)
        if sound := next((each for each in reversed(stood) if not each.suspect), None):
            shown = versions.get(self._transaction, sound.version_id)
            self._know(shown)
            self._sound = shown.fingerprint, sound
        if version.snapshot_ids:
            self._body = snapshots.get(self._transaction, version.snapshot_ids[0]).sha256

    def _know(self, version: Version) -> None:
        self._texts.add(version.fingerprint, partial(late.stored_text, self._transaction, version))


def _standing(text: Extraction) -> Standing:
    dates = Dates(text.stated_date, text.effective_date)
    return Standing(text.fingerprint, text.extractor, text.clauses, dates)
