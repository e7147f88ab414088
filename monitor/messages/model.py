"""What a message is made from: one notice for each kind of alert, free of channels and markup."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from storage.records import Earlier, Finding, Severity

if TYPE_CHECKING:
    from monitor.messages.report import Report


@dataclass(frozen=True, slots=True)
class DocumentLabel:
    """How a document is named to people; every field but `kind` may hold text that others chose."""

    key: str
    service: str
    kind: str
    region: str | None
    language: str | None
    url: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who gets a notice and why: the delivery's stable message id and the route that chose the recipient."""

    message_id: str
    channel: str
    recipient: str
    created_at: datetime
    timezone: str
    reminder: int = 0
    """Above 0 for the first, second, ... reminder of what was told before."""
    public_url: str = ""
    """Where the history browser is reached; empty if nowhere."""
    routes: tuple[int, ...] = ()
    """The numbers of the routes that lead to the recipient, from 1 on."""
    earlier: Earlier = field(default_factory=Earlier)


@dataclass(frozen=True, slots=True)
class LinkedPage:
    """A page that a document links to, in the document's words."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Around:
    """The sentences right before and after a clause in its document, empty where a heading or nothing is."""

    clause: str
    preceding: str
    following: str


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page as it came: SHA-256 of its bytes, and the status that the server gave."""

    sha256: str
    status: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a version rests on: SHA-256 of the text as we read it, and the stored pages, if there are any."""

    text_sha256: str
    pages: tuple[StoredPage, ...]


@dataclass(frozen=True, slots=True)
class Company:
    """What else changed, at the company and at others.

    `also_changed` are the other documents of the alert's incident, with their alerts, and `same_topic` who
    changed theirs on the same topics in its week; `incident` is its number, None where the alert is alone in
    it. `this_week` are titles of alerts on the company in the week before that belong to no incident of this
    one, `same_day` who else changed that day.
    """

    this_week: tuple[str, ...] = ()
    same_day: tuple[str, ...] = ()
    incident: int | None = None
    also_changed: tuple[str, ...] = ()
    same_topic: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeNotice:
    """A document's wording changed and rules fired on it; `new_links` lead to pages that nobody watches.

    `evidence` is that of the old and of the new version.
    """

    alert_id: int
    severity: Severity
    title: str
    document: DocumentLabel
    findings: tuple[Finding, ...]
    version: int
    previous: int | None
    first_seen: datetime
    previous_seen: datetime | None
    stated_date: tuple[date | None, date | None]
    effective_date: tuple[date | None, date | None]
    added: int
    removed: int
    edited: int
    moved: int
    words_added: int
    words_removed: int
    flags: tuple[str, ...]
    new_links: tuple[LinkedPage, ...] = ()
    around: tuple[Around, ...] = ()
    evidence: tuple[Evidence | None, Evidence | None] = (None, None)
    company: Company = Company()
    promise: str = ""
    """The clause of the old text that promised to tell people of changes."""


@dataclass(frozen=True, slots=True)
class ReturnNotice:
    """A document went back to a text from before alerts: their titles are `told`, what it undid `findings`.

    `flapping` says that it goes back and forth, so that people are not told of each further return.
    """

    alert_id: int
    severity: Severity
    title: str
    document: DocumentLabel
    findings: tuple[Finding, ...]
    told: tuple[str, ...]
    version: int
    previous: int | None
    first_seen: datetime
    previous_seen: datetime | None
    flapping: bool


@dataclass(frozen=True, slots=True)
class BaselineNotice:
    """What the rules already match in documents read for the first time; one summary for all of them."""

    alert_id: int
    severity: Severity
    title: str
    documents: tuple[tuple[DocumentLabel, tuple[Finding, ...]], ...]
    without_findings: int


@dataclass(frozen=True, slots=True)
class DeliveryNotice:
    """A message could not be delivered for good; told over another channel."""

    alert_id: int
    severity: Severity
    title: str
    failed_channel: str
    failed_recipient: str
    failed_title: str
    error: str
    attempts: int


@dataclass(frozen=True, slots=True)
class OutageNotice:
    """A document has not been seen for long, or its address answers "not found" for good (`withdrawn`).

    `error` is the last look's, as its class and as a sentence. `next_try` is None where none is planned.
    """

    alert_id: int
    severity: Severity
    title: str
    document: DocumentLabel
    withdrawn: bool
    since: datetime
    last_good: datetime | None
    looks: int
    error_class: str
    error: str
    next_try: datetime | None


@dataclass(frozen=True, slots=True)
class RecoveryNotice:
    """A document of whose outage people were told is seen again; `previous` is None at its first text.

    `version` and `previous` differ where the text is another one than before the outage.
    """

    alert_id: int
    severity: Severity
    title: str
    document: DocumentLabel
    withdrawn: bool
    since: datetime
    last_good: datetime | None
    back_at: datetime
    version: int
    previous: int | None


@dataclass(frozen=True, slots=True)
class ChannelNotice:
    """A channel does not work or, with `until`, does again; told over another one."""

    alert_id: int
    severity: Severity
    title: str
    channel: str
    error: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class SilenceNotice:
    """A silence has ended: what it covered, whose it was and why, and the alerts that it kept back."""

    alert_id: int
    severity: Severity
    title: str
    covers: str
    author: str
    reason: str
    since: datetime
    until: datetime
    ended_by: str | None
    kept_back: tuple[Headline, ...]


@dataclass(frozen=True, slots=True)
class Headline:
    """An alert in one line; `document` is the key of the document, empty for an alert about none.

    `incident` is the number of its incident where that has other alerts, too.
    """

    alert_id: int
    severity: Severity
    title: str
    document: str
    at: datetime
    incident: int | None = None


@dataclass(frozen=True, slots=True)
class GroupNotice:
    """Several alerts in one message, most severe first: each as a headline, and the first ones `whole`.

    `grouping` is why they share it: "daily" and "weekly" digests, "group" for what a route gathers, "again" for
    what was told twice already, "reminder", and "" for what came up faster than it may be told one by one.
    `message` is the number by which `policywatch alerts --message` lists them all. A weekly digest bears the
    week's `report`.
    """

    message: int
    grouping: str
    headlines: tuple[Headline, ...]
    whole: tuple[Notice, ...]
    report: Report | None = None

    @property
    def severity(self) -> Severity:
        return self.headlines[0].severity


@dataclass(frozen=True, slots=True)
class StorageNotice:
    """The database cannot be written or, with `until`, can be again; told from memory, it has no number."""

    severity: Severity
    title: str
    database: str
    error: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class ReportNotice:
    """What `policywatch report` prints."""

    title: str
    report: Report


@dataclass(frozen=True, slots=True)
class SampleNotice:
    """What `policywatch test CHANNEL` sends."""

    title: str


Notice = (
    ChangeNotice
    | ReturnNotice
    | BaselineNotice
    | DeliveryNotice
    | OutageNotice
    | RecoveryNotice
    | ChannelNotice
    | SilenceNotice
    | StorageNotice
    | ReportNotice
    | SampleNotice
)
"""What is told by itself; several of these make a `GroupNotice`."""
