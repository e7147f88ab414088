"""Questions to the archive: what stood when, what changed, where a wording stands or stood.

with History.open(path) as history:
    for hit in history.search('"train artificial intelligence"'):
        print(hit.document.key, hit.first_seen, hit.clause)

docs/history.md asks more. Wherever a method takes a `Reference`, a string does as well: "3", "latest",
"2024-09-18" (the end of that day in UTC), or a time with offset.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Self

from monitor.clauses import to_markdown
from monitor.errors import InputMissing, UsageError
from monitor.refs import Reference, referred
from monitor.searches import Month, Searches
from storage import (
    alerts,
    appearances,
    blindness,
    changes,
    channels,
    checks,
    deliveries,
    documents,
    life,
    reports,
    silences,
    snapshots,
    standings,
    summaries,
    versions,
)
from storage.database import Database, Transaction
from storage.deliveries import OutboxDepth
from storage.errors import BytesLetGo
from storage.life import Life
from storage.records import (
    LIVE,
    Alert,
    AlertEntry,
    AlertKind,
    Appearance,
    ChangeRecord,
    ChannelTrouble,
    Clause,
    ClockState,
    Delivery,
    Document,
    RecordFilter,
    ScheduleEntry,
    Silence,
    Version,
)
from storage.reports import EffectiveDate, TopicCount
from storage.search import Hit, SearchFilter
from storage.sqlite import Reader
from storage.standings import Standing
from storage.summaries import Looked, Recorded

__all__ = [
    "AlertWithDeliveries",
    "Comparison",
    "DocumentState",
    "History",
    "Hit",
    "Month",
    "RecordFilter",
    "Reference",
    "SearchFilter",
    "StandingText",
    "WholeIncident",
]

if TYPE_CHECKING:
    from monitor.diff.model import Change
    from monitor.diff.report import ChangedClause
    from monitor.extract.model import Source
    from monitor.incidents import Incident
    from monitor.messages.report import Report
    from monitor.rehearsal import Subject

MOST_NEAR = 3
"""Keys that are proposed for one that is not known."""


@dataclass(frozen=True, slots=True)
class StandingText:
    """A version with its clauses, in one of its appearances."""

    document: Document
    version: Version
    appearance: Appearance
    clauses: tuple[Clause, ...]
    clock: ClockState = ClockState.UNKNOWN
    """Of the captures that the version was first read from: the state that says least for their time."""

    @property
    def markdown(self) -> str:
        """The text for people, without what stands around it (navigation, footers)."""
        return to_markdown(clause for clause in self.clauses if not clause.soft)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two texts, of one document or of two, and the change between them."""

    before: StandingText
    after: StandingText
    change: Change

    @property
    def clauses(self) -> list[ChangedClause]:
        """Every clause that did not stay, under its headings, its words marked."""
        from monitor.diff.report import changed_clauses

        return changed_clauses(self.change)


@dataclass(frozen=True, slots=True)
class DocumentState:
    """A document with what `documents` and `status` tell of it."""

    document: Document
    recorded: Recorded | None
    looked: Looked | None
    schedule: ScheduleEntry | None
    told: AlertKind | None = None
    """What people were told, while the document is not seen: of an outage or a withdrawal."""


@dataclass(frozen=True, slots=True)
class AlertWithDeliveries:
    """An alert, what it is about and what became of it; `incident` is the number of the one it belongs to."""

    alert: Alert
    change: ChangeRecord | None
    deliveries: tuple[Delivery, ...]
    entries: tuple[AlertEntry, ...] = ()
    incident: int | None = None


@dataclass(frozen=True, slots=True)
class WholeIncident:
    """Alerts of one service, close in time, in the order of time.

    `same_week` are those of other services on the same topics, newest first.
    """

    incident: Incident
    alerts: tuple[AlertWithDeliveries, ...]
    same_week: tuple[AlertWithDeliveries, ...]


class History(Searches):
    """Read-only questions to one database. Times are UTC; every method sees one consistent moment."""

    def __init__(self, reader: Reader, database: Database) -> None:
        super().__init__(reader)
        self._database = database

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Open the database at `path` for reading.

        Raises:
            StorageError: there is none, or it cannot be read.
        """
        return cls(Reader.open(Path(path)), Database.open(Path(path), read_only=True))

    def close(self) -> None:
        super().close()
        self._database.close()

    def documents(
        self, *, service: str | None = None, kind: str | None = None, keys: Collection[str] | None = None
    ) -> list[DocumentState]:
        with self._database.read() as transaction:
            found = [
                document
                for document in documents.every(transaction, service=service, kind=kind)
                if keys is None or document.key in keys
            ]
            return _states(transaction, found)

    def known(self, *, service: str | None = None, kind: str | None = None) -> list[Document]:
        """The documents alone, in the order of their keys."""
        with self._database.read() as transaction:
            return documents.every(transaction, service=service, kind=kind)

    def effective_dates(
        self,
        wanted: RecordFilter,
        *,
        since: date | None = None,
        until: date | None = None,
        before: tuple[date, str] | None = None,
        limit: int | None = None,
    ) -> list[EffectiveDate]:
        """The days on which texts come into force by their own words, as `storage.reports` lists them."""
        with self._database.read() as transaction:
            return reports.effective_dates(
                transaction, wanted, since=since, until=until, before=before, limit=limit
            )

    def topics(self, service: str) -> list[TopicCount]:
        """On which topics rules found something in the documents of a service."""
        with self._database.read() as transaction:
            return reports.topics(transaction, service)

    def document(self, key: str) -> Document:
        """The document of this key.

        Raises:
            InputMissing: there is none; the message proposes keys that resemble it.
        """
        with self._database.read() as transaction:
            return self._document(transaction, key)

    def standings(self) -> list[Standing]:
        """How every document stands at present; quick, however many there are."""
        with self._database.read() as transaction:
            return standings.every(transaction)

    def life(self) -> Life | None:
        """The daemon that ran last on this database."""
        with self._database.read() as transaction:
            return life.read(transaction)

    def appearances(
        self, key: str | None = None, *, after: int = 0, limit: int | None = None
    ) -> list[tuple[Document, Appearance, Version, ChangeRecord | None]]:
        """The appearances of one document or of all, oldest first in each.

        Of each document at most `limit`, beginning after the appearance whose id is `after`.
        """
        with self._database.read() as transaction:
            wanted = [self._document(transaction, key)] if key else documents.every(transaction)
            return [
                each
                for document in wanted
                for each in _told_of(transaction, document, after=after, limit=limit)
            ]

    def text(self, key: str, reference: Reference | str = "latest") -> StandingText:
        """What stood there. For times before those of `key` its archives answer: see `document` of the answer.

        Raises:
            InputMissing: no such document, or nothing was recorded for that number or time.
            UsageError: `reference` cannot be read.
        """
        with self._database.read() as transaction:
            return self._text(transaction, self._document(transaction, key), referred(reference))

    def raw(self, key: str, reference: Reference) -> bytes:
        """The stored bytes that a version was read from; the first part's, where there are several.

        Raises:
            InputMissing: nothing was recorded, or the version was imported without bytes.
        """
        with self._database.read() as transaction:
            found = self._text(transaction, self._document(transaction, key), reference)
            if not found.version.snapshot_ids:
                raise InputMissing(
                    f"{key}: version {found.version.number} was imported; there are no raw bytes"
                )
            snapshot = snapshots.get(transaction, found.version.snapshot_ids[0])
            return snapshots.read_body(transaction, snapshot.sha256)

    def pages(self, version: Version) -> list[Source]:
        """The stored pages that a version was read from; none, if there are no bytes of it (any more)."""
        from monitor.looks import load_sources

        try:
            return load_sources(self._database, version.snapshot_ids)
        except BytesLetGo:
            return []

    def latest_pages(self, document: Document) -> list[Source]:
        """The pages of a watched document as they were last fetched, whether they made a version or not."""
        from monitor.looks import load_sources

        with self._database.read() as transaction:
            states = snapshots.fetch_states_of(transaction, document.id)
        return load_sources(self._database, [state.snapshot_id for state in states])

    def diff(
        self, key: str, before: Reference | str | None = None, after: Reference | str = "latest"
    ) -> Comparison:
        """The change between two versions; left out: from the one before `after`, to the latest.

        Raises:
            InputMissing: one of them is not there.
            UsageError: two origins recorded them, so that a difference may be theirs and not the page's.
        """
        with self._database.read() as transaction:
            document = self._document(transaction, key)
            new = self._text(transaction, document, referred(after))
            if before is None:
                earlier = appearances.before(transaction, new.appearance)
                if earlier is None:
                    raise InputMissing(f"{key}: there is only one version, nothing to compare it with")
                old = self._standing(transaction, new.document, earlier)
            else:
                old = self._text(transaction, document, referred(before))
        if old.document.origin != new.document.origin:
            raise UsageError(_two_origins(old, new))
        return _compared(old, new)

    def compare(
        self, key: str, reference: Reference | str, other: str, other_reference: Reference | str
    ) -> Comparison:
        """The texts of two documents, clause by clause: what the second one says otherwise.

        Raises:
            InputMissing: one of them is not there.
        """
        with self._database.read() as transaction:
            old = self._text(transaction, self._document(transaction, key), referred(reference))
            new = self._text(transaction, self._document(transaction, other), referred(other_reference))
        return _compared(old, new)

    def changes(
        self, wanted: RecordFilter | None = None, limit: int | None = None, *, older_than: int | None = None
    ) -> list[ChangeRecord]:
        """What changed, across all documents, newest first; `older_than` is the id of a change."""
        with self._database.read() as transaction:
            return changes.listed(transaction, wanted or RecordFilter(), limit, older_than=older_than)

    def change_of(self, appearance: Appearance) -> ChangeRecord | None:
        """What changed when an appearance began, if that was recorded."""
        with self._database.read() as transaction:
            return changes.of_appearance(transaction, appearance.id)

    def change_at(self, key: str, reference: Reference) -> tuple[Document, ChangeRecord]:
        """The change that began the appearance which `reference` names.

        Raises:
            InputMissing: there is none.
        """
        with self._database.read() as transaction:
            document = self._document(transaction, key)
            found = self._text(transaction, document, reference)
            change = changes.of_appearance(transaction, found.appearance.id)
            if change is None:
                raise InputMissing(f"{key}@{reference.text}: no change is recorded there")
            return document, change

    def promise(self, change: ChangeRecord) -> str:
        """The clause of the old text that promised to tell people of changes; empty where none did."""
        from monitor.related import promise_before

        with self._database.read() as transaction:
            return promise_before(transaction, change)

    def alerts(
        self, wanted: RecordFilter, limit: int | None = None, *, older_than: int | None = None
    ) -> list[AlertWithDeliveries]:
        """What people were told, newest first; `older_than` is the id of an alert."""
        with self._database.read() as transaction:
            return _with_deliveries(
                transaction, alerts.listed(transaction, wanted, limit, older_than=older_than)
            )

    def alert(self, alert_id: int) -> AlertWithDeliveries:
        """One alert.

        Raises:
            InputMissing: there is none of this number.
        """
        with self._database.read() as transaction:
            return self._alert(transaction, alert_id)

    def _alert(self, transaction: Transaction, alert_id: int) -> AlertWithDeliveries:
        alert = alerts.find(transaction, alert_id)
        if alert is None:
            raise InputMissing(f"there is no alert {alert_id}; `policywatch alerts` lists them")
        return _with_deliveries(transaction, [alert])[0]

    def alerts_in(self, message: int) -> list[AlertWithDeliveries]:
        """The alerts that went out, or are to go out, in one message; most severe first."""
        with self._database.read() as transaction:
            carried = (alerts.find(transaction, each) for each in deliveries.carried_by(transaction, message))
            return _with_deliveries(transaction, [alert for alert in carried if alert is not None])

    def incident(self, alert_id: int) -> WholeIncident:
        """The incident that an alert belongs to, whether it is named by its first alert or by another.

        Raises:
            InputMissing: there is no such alert, or it belongs to no incident.
        """
        from monitor.related import elsewhere, topics_of

        with self._database.read() as transaction:
            incident = self._incident(transaction, alert_id)
            members = (alerts.find(transaction, member) for member in incident.members)
            others = elsewhere(transaction, incident, topics_of(transaction, incident))
            return WholeIncident(
                incident,
                tuple(_with_deliveries(transaction, [each for each in members if each is not None])),
                tuple(_with_deliveries(transaction, others)),
            )

    def _incident(self, transaction: Transaction, alert_id: int) -> Incident:
        from monitor.related import incidents_of

        found = self._alert(transaction, alert_id).alert
        incident = incidents_of(transaction, [found]).get(alert_id)
        if incident is None:
            raise InputMissing(
                f"alert {alert_id} tells of the watch itself and belongs to no incident;"
                f" `policywatch explain {alert_id}` says what it is about"
            )
        return incident

    def subject(self, alert_id: int) -> Subject:
        """An alert as routes see it.

        Raises:
            InputMissing: there is none of this number.
            UsageError: it is about no document, so that no route decides who gets it.
        """
        from monitor.recording import label
        from monitor.rehearsal import Subject

        with self._database.read() as transaction:
            found = self._alert(transaction, alert_id)
            if found.alert.document_id is None:
                raise UsageError(f"alert {alert_id} is about no document, so that no route decides who gets it")
            document = label(documents.get(transaction, found.alert.document_id))
            change = found.change
            return Subject(
                document,
                change.findings if change else None,
                change.flags if change else (),
                found.alert.severity,
            )

    def silences(self) -> list[tuple[Silence, int]]:
        """All silences, the newest first, with how many alerts each has kept back."""
        with self._database.read() as transaction:
            counted = silences.suppressed(transaction)
            return [(each, counted.get(each.id, 0)) for each in silences.every(transaction)]

    def silences_in_force(self, now: datetime) -> list[Silence]:
        with self._database.read() as transaction:
            return silences.in_force(transaction, now)

    def unacknowledged(self) -> int:
        """How many high alerts of our own checks are new."""
        with self._database.read() as transaction:
            return alerts.count_unacknowledged(transaction)

    def channel_troubles(self) -> list[ChannelTrouble]:
        """The channels that do not work, the oldest trouble first."""
        with self._database.read() as transaction:
            return channels.every(transaction)

    def outbox(self, now: datetime) -> OutboxDepth:
        with self._database.read() as transaction:
            return deliveries.depth(transaction, now)

    def report(self, since: datetime, until: datetime) -> Report:
        """What happened to watched documents from `since` on and before `until`, and what is open."""
        from monitor import reporting

        with self._database.read() as transaction:
            return reporting.gather(transaction, since, until)

    def _document(self, transaction: Transaction, key: str) -> Document:
        document = documents.find(transaction, key)
        if document is None:
            known = [other.key for other in documents.every(transaction)]
            raise InputMissing(f"there is no document {key!r}; {_near(key, known)}")
        return document

    def _text(self, transaction: Transaction, document: Document, reference: Reference) -> StandingText:
        for holder in (document, *_archives_of(transaction, document, reference)):  # ours first
            found = _appearance(transaction, holder, reference)
            if found is not None:
                return self._standing(transaction, holder, found)
        raise InputMissing(
            f"{document.key}@{reference.text}: nothing is recorded there;"
            f" `policywatch versions {document.key}` lists what is"
        )

    def _standing(self, transaction: Transaction, document: Document, appearance: Appearance) -> StandingText:
        version = versions.get(transaction, appearance.version_id)
        clauses = versions.load_clauses(transaction, version.id)
        clock = _weakest(snapshots.clocks_of(transaction, version.snapshot_ids))
        return StandingText(document, version, appearance, clauses, clock)


def _states(transaction: Transaction, found: Sequence[Document]) -> list[DocumentState]:
    ids = [document.id for document in found]
    recorded, looked = summaries.recorded(transaction, ids), summaries.looked(transaction, ids)
    schedule, troubles = checks.schedule_entries(transaction), blindness.troubles(transaction)
    return [
        DocumentState(
            each, recorded.get(each.id), looked.get(each.id), schedule.get(each.id), troubles.get(each.id)
        )
        for each in found
    ]


def _told_of(
    transaction: Transaction, document: Document, *, after: int, limit: int | None
) -> list[tuple[Document, Appearance, Version, ChangeRecord | None]]:
    found = appearances.every(transaction, document.id, after=after, limit=limit)
    texts = versions.several(transaction, {each.version_id for each in found})
    begun = changes.of_appearances(transaction, [each.id for each in found])
    return [(document, each, texts[each.version_id], begun.get(each.id)) for each in found]


def _appearance(transaction: Transaction, document: Document, reference: Reference) -> Appearance | None:
    if reference.number is not None:
        return appearances.first_of_number(transaction, document.id, reference.number)
    if reference.at is not None:
        return appearances.standing_at(transaction, document.id, reference.at)
    return appearances.latest(transaction, document.id)


def _compared(old: StandingText, new: StandingText) -> Comparison:
    from monitor.diff.compare import compare

    return Comparison(old, new, compare(old.clauses, new.clauses))


def _two_origins(old: StandingText, new: StandingText) -> str:
    names = [f"{text.document.key}@{text.version.number}" for text in (old, new)]
    return (
        f"{names[0]} was recorded by {_recorder(old)}, {names[1]} by {_recorder(new)}: what differs may be how"
        f" they read the page; `policywatch diff {names[0]} {names[1]}` compares them all the same"
    )


def _recorder(text: StandingText) -> str:
    return "our own checks" if text.document.origin == LIVE else f"the archive {text.document.origin}"


def _near(key: str, known: Sequence[str]) -> str:
    """Keys that somebody may have meant."""
    parts = [other for other in known if key.casefold() in other.casefold()]
    near = (parts or get_close_matches(key.casefold(), known, n=MOST_NEAR, cutoff=0.75))[:MOST_NEAR]
    if near:
        return f"do you mean {' or '.join(near)}?"
    return "`policywatch documents` lists them"


def _weakest(clocks: frozenset[ClockState]) -> ClockState:
    """Several pages are as well timed as the worst of them; imported ones were not timed by us."""
    order = (ClockState.UNSYNCED, ClockState.UNKNOWN, ClockState.SYNCED)
    return next((state for state in order if state in clocks), ClockState.UNKNOWN)


def _archives_of(transaction: Transaction, document: Document, reference: Reference) -> list[Document]:
    """Archives of the same document, at KEY/ORIGIN: they answer for times before those of the plain key."""
    if reference.at is None:
        return []
    return [
        other
        for other in documents.every(transaction)
        if other.origin != LIVE and other.key == f"{document.key}/{other.origin}"
    ]


def _with_deliveries(transaction: Transaction, found: Sequence[Alert]) -> list[AlertWithDeliveries]:
    from monitor.related import incidents_of

    incidents = incidents_of(transaction, found)
    ids = [alert.id for alert in found]
    changed = changes.several(transaction, [each.change_id for each in found if each.change_id is not None])
    delivered, entered = deliveries.of_alerts(transaction, ids), alerts.entries_of(transaction, ids)
    return [
        AlertWithDeliveries(
            alert,
            changed[alert.change_id] if alert.change_id is not None else None,
            tuple(delivered.get(alert.id, ())),
            tuple(entered.get(alert.id, ())),
            incidents[alert.id].number if alert.id in incidents else None,
        )
        for alert in found
    ]
