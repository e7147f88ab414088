"""The frozen records that rows are read into and written from; no SQL here, so that pure code may use them.

All times are timezone-aware `datetime`s in UTC; all hashes are lower-case hexadecimal SHA-256.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

Keep = Literal["changed", "all"] | timedelta
"""The captured bytes of every version and every held look; of every look; or of every look for so long."""

LIVE = "live"
"""The origin of what our own checks recorded; any other origin names an imported archive."""


class ClauseKind(StrEnum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list-item"
    TABLE_ROW = "table-row"


class CheckOutcome(StrEnum):
    """How one look at a document ended."""

    FIRST = "first"
    UNCHANGED = "unchanged"
    CHANGED = "changed"
    HELD = "held"
    FAILED = "failed"


GOOD_LOOKS = frozenset({CheckOutcome.FIRST, CheckOutcome.UNCHANGED, CheckOutcome.CHANGED})
"""How a look ends that saw the document; after any other we do not know what it says."""


class Cause(StrEnum):
    """Why an appearance began."""

    FIRST = "first"
    PAGE_CHANGED = "page_changed"
    RETURNED = "returned"
    REEXTRACTED = "reextracted"


class Severity(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the most severe; sorts findings strongest first."""
        return list(Severity).index(self)


class Direction(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    EDITED = "edited"


class AlertKind(StrEnum):
    CHANGE = "change"
    BASELINE = "baseline"
    DELIVERY = "delivery"
    OUTAGE = "outage"
    WITHDRAWN = "withdrawn"
    RECOVERY = "recovery"
    RETURNED = "returned"
    CHANNEL = "channel"
    SILENCE = "silence"


class AlertStatus(StrEnum):
    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class DeliveryState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    SUPPRESSED = "suppressed"


class ClockState(StrEnum):
    """Whether the clock was synchronised when we wrote a time down; without that a time is our word alone."""

    SYNCED = "synced"
    UNSYNCED = "unsynced"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Clause:
    """One sentence, list item, table row or heading: the unit of comparison, storage, search and alerting.

    `level` is 1 to 6 for a heading, the nesting depth from 1 for a list item, otherwise 0.
    `opens_block` says whether the clause begins its paragraph, item or row; the next sentences of the same
    block do not. `soft` clauses (navigation, link lists) are kept but lie outside the fingerprint and alerts.
    """

    text: str
    kind: ClauseKind = ClauseKind.PARAGRAPH
    level: int = 0
    opens_block: bool = True
    soft: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """The archived identity of a watched or imported document; outlives its configuration."""

    id: int
    key: str
    origin: str
    service: str
    kind: str
    region: str | None
    language: str | None
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SnapshotMeta:
    """How a stored capture was obtained, kept beside its bytes as evidence."""

    url: str
    final_url: str
    redirects: tuple[str, ...]
    address: str | None
    status: int
    captured_at: datetime
    duration_seconds: float
    request_headers: tuple[tuple[str, str], ...]
    response_headers: tuple[tuple[str, str], ...]
    content_type: str | None
    clock: ClockState = ClockState.UNKNOWN


@dataclass(frozen=True, slots=True)
class FetchState:
    """What we hold of one of a document's addresses: validators for the next request, and the last capture.

    `fetched_fully_at` is when the server last sent a body rather than "not modified".
    """

    part: int
    url: str
    final_url: str
    etag: str | None
    last_modified: str | None
    snapshot_id: int
    sha256: str
    fetched_fully_at: datetime


@dataclass(frozen=True, slots=True)
class PendingLook:
    """Captures that are stored but not yet read into a version: what a crash between the two leaves behind."""

    document_id: int
    observed_at: datetime
    parts: tuple[FetchState, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that a look showed and that does not stand yet; `snapshot_ids` are those of the first.

    `marks` are numbers of 64 bits that stand for its hard clauses.
    """

    fingerprint: str
    first_at: datetime
    looks: int
    snapshot_ids: tuple[int, ...] = ()
    marks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ScheduleEntry:
    """When a document is looked at next; `failures` counts the failed looks in a row."""

    document_id: int
    next_due_at: datetime
    last_check_at: datetime | None
    failures: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A stored capture: `sha256` addresses its decoded bytes."""

    id: int
    document_id: int
    part: int
    sha256: str
    size: int
    meta: SnapshotMeta


@dataclass(frozen=True, slots=True)
class Check:
    """A run of looks at a document that ended alike; `looks` of them between `first_at` and `last_at`.

    `url` is the address that failed, where the document has just one.
    """

    id: int
    document_id: int
    outcome: CheckOutcome
    first_at: datetime
    last_at: datetime
    looks: int
    error_class: str | None
    reason: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Blindness:
    """A document that its last looks did not see: since when, in how many looks, and how the last one ended.

    These looks lie between `since` and `until`; `last_good_at` is the last one that saw it, if any ever did.
    """

    document_id: int
    last_good_at: datetime | None
    since: datetime
    until: datetime
    looks: int
    error_class: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Version:
    """A distinct text of a document, numbered from 1 in the order first seen."""

    id: int
    document_id: int
    number: int
    fingerprint: str
    clauses_sha256: str
    extractor: str
    words: int
    title: str
    language: str | None
    stated_date: date | None
    effective_date: date | None
    source: str | None
    snapshot_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Appearance:
    """A stretch of time in which one version stood, from the first look that showed it to the last."""

    id: int
    document_id: int
    version_id: int
    number: int
    captured_at: datetime
    observed_until: datetime
    looks: int
    cause: Cause
    source: str | None
    suspect: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that fired on a change.

    `quote` is the whole clause as it stands now (None if removed), `before` the whole clause before (None if
    added), `matched` the words that made the rule fire, `heading` the path of headings above the clause,
    `reason` one sentence that a lawyer can check, and `title` the rule's name for people.
    """

    rule: str
    topic: str
    effect: str
    severity: Severity
    direction: Direction
    quote: str | None
    before: str | None
    matched: tuple[str, ...]
    heading: tuple[str, ...]
    reason: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """The step from one version to another, as stored: counts of clauses, not their texts."""

    id: int
    document_id: int
    document: str
    version_id: int
    number: int
    previous_id: int | None
    previous: int | None
    captured_at: datetime
    previous_seen_at: datetime | None
    cause: Cause
    added: int
    removed: int
    edited: int
    moved: int
    words_added: int
    words_removed: int
    flags: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Alert:
    """What someone must be told."""

    id: int
    kind: AlertKind
    origin: str
    document_id: int | None
    document: str | None
    service: str | None
    change_id: int | None
    severity: Severity
    title: str
    created_at: datetime
    captured_at: datetime
    status: AlertStatus
    details: dict[str, Any]
    assignee: str | None = None


@dataclass(frozen=True, slots=True)
class AlertMark:
    """Which service an alert is about, as keys begin, and when: as much as tells its incident."""

    id: int
    service: str
    captured_at: datetime


@dataclass(frozen=True, slots=True)
class AlertEntry:
    """Something that was done about an alert: by whom, when, and in which words, if any."""

    at: datetime
    author: str
    action: str
    text: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One alert to one recipient of one channel; `attempts` counts the tries begun.

    `due_at` is when it was meant to go out first. What has the same `grouping`, unless that is empty, may share
    a message; a delivery with a `carrier_id` goes out in the message of that delivery, and ends as it does.
    `reminder` is 0 for the first word of an alert. `silence_id` is the silence that suppressed it. `receipt` is
    what the receiver calls the message, where it said so.
    """

    id: int
    alert_id: int
    channel: str
    recipient: str
    message_id: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    finished_at: datetime | None
    last_error: str | None
    due_at: datetime
    grouping: str = ""
    carrier_id: int | None = None
    reminder: int = 0
    silence_id: int | None = None
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a receiver calls two messages before this one: the first on its document, and one it settles."""

    first: str = ""
    settled: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery that might share a message with another, and how severe its alert is."""

    id: int
    severity: Severity


@dataclass(frozen=True, slots=True)
class Lately:
    """How many messages a recipient got lately, and when the last one."""

    messages: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChannelTrouble:
    """A channel that does not work: since when, why, until when it rests, and whether anybody was told."""

    channel: str
    since: datetime
    held_until: datetime
    error: str
    told: bool


@dataclass(frozen=True, slots=True)
class NewSilence:
    """What is not to be told for a while, why, and who says so; every part that is named must agree.

    `service` is a service's id, the first part of its keys.
    """

    author: str
    reason: str
    document: str | None
    service: str | None
    topic: str | None
    created_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Silence(NewSilence):
    """A silence as it is stored; `ended_by` is who ended it early."""

    id: int
    ended_by: str | None = None


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which changes or alerts to list; what is left out lets all pass. `severity` is the least that does.

    `of_the_page` leaves out changes that only show how we read a page.
    """

    service: str | None = None
    kind: str | None = None
    topic: str | None = None
    severity: Severity | None = None
    since: datetime | None = None
    until: datetime | None = None
    document: str | None = None
    of_the_page: bool = False


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version about to be stored."""

    clauses: Sequence[Clause]
    fingerprint: str
    extractor: str
    words: int
    title: str
    language: str | None
    stated_date: date | None
    effective_date: date | None
    source: str | None = None
    snapshot_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class NewChange:
    """A change about to be stored: how many clauses, how many words, and what the rules found."""

    added: int
    removed: int
    edited: int
    moved: int
    words_added: int
    words_removed: int
    flags: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class NewAlert:
    """An alert about to be stored; `details` holds what its kind needs beyond a change (JSON values only)."""

    kind: AlertKind
    origin: str
    document_id: int | None
    change_id: int | None
    severity: Severity
    title: str
    created_at: datetime
    captured_at: datetime
    status: AlertStatus = AlertStatus.NEW
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """One recipient of one channel; `message_id` never changes again.

    `due_at` is when it may go out, None for at once. One with a `silence_id` never does.
    """

    channel: str
    recipient: str
    message_id: str
    due_at: datetime | None = None
    grouping: str = ""
    reminder: int = 0
    silence_id: int | None = None
