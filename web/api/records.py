"""What the API answers, as types for its description; `monitor.views` and `monitor.rows` make the records."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from storage.records import AlertKind, AlertStatus, Cause, ClockState, DeliveryState, Direction, Severity

_Record = TypeVar("_Record")


class Listing(BaseModel, Generic[_Record]):
    """A page of a list; `next_cursor` asks for the next one, null if this is the last."""

    items: list[_Record]
    next_cursor: str | None


class Document(BaseModel):
    document: str
    origin: str
    service: str
    kind: str
    region: str | None
    language: str | None
    url: str | None
    state: str
    versions: int
    checks: int
    first_seen: datetime | None
    last_check: datetime | None
    last_success: datetime | None
    last_change: datetime | None
    next_check: datetime | None
    error_class: str | None
    reason: str | None


class Finding(BaseModel):
    rule: str
    topic: str
    effect: str
    severity: Severity
    direction: Direction
    quote: str | None
    before: str | None
    matched: list[str]
    heading: list[str]
    reason: str
    title: str


class Version(BaseModel):
    """One for each time that a version stood."""

    document: str
    source: str | None
    number: int
    captured_at: datetime
    observed_until: datetime
    looks: int
    cause: Cause
    stated_date: date | None
    effective_date: date | None
    words: int
    added: int
    removed: int
    edited: int
    moved: int
    findings: list[Finding]


class Change(BaseModel):
    document: str
    number: int
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
    findings: list[Finding]
    flags: list[str]


class Delivery(BaseModel):
    channel: str
    recipient: str
    state: DeliveryState
    attempts: int
    last_error: str | None
    due_at: datetime
    message: int
    reminder: int
    silence: int | None


class AlertEntry(BaseModel):
    at: datetime
    author: str
    action: str
    text: str


class Alert(BaseModel):
    id: int
    origin: str
    kind: AlertKind
    document: str | None
    service: str | None
    severity: Severity
    title: str
    created_at: datetime
    captured_at: datetime
    version: int | None
    previous: int | None
    findings: list[Finding]
    flags: list[str]
    incident: int | None
    status: AlertStatus
    deliveries: list[Delivery]
    assignee: str | None
    history: list[AlertEntry]


class Elsewhere(BaseModel):
    """An alert of another service on the same topics in the same week."""

    alert: int
    document: str | None
    service: str | None
    captured_at: datetime
    title: str
    incident: int | None


class IncidentAlert(Alert):
    same_week: list[Elsewhere]


class Hit(BaseModel):
    document: str
    origin: str
    service: str
    kind: str
    clause: str
    heading: list[str]
    first_seen: datetime
    first_version: int
    last_seen: datetime
    last_version: int
    live: bool


class Month(BaseModel):
    month: str
    service: str
    origin: str
    born: int
    died: int
    recorded: int


class EffectiveDate(BaseModel):
    document: str
    origin: str
    service: str
    kind: str
    effective_date: date
    version: int
    captured_at: datetime
    stated_date: date | None


class Text(BaseModel):
    document: str
    origin: str
    version: int
    captured_at: datetime
    observed_until: datetime
    clock: ClockState
    stated_date: date | None
    effective_date: date | None
    text: str


class End(BaseModel):
    """One of two texts that are compared; `sha256` is that of the text as we read it."""

    document: str
    origin: str
    url: str | None
    version: int
    captured_at: datetime
    observed_until: datetime
    sha256: str


class ChangedClause(BaseModel):
    kind: str
    heading: list[str]
    before: str | None
    after: str | None
    marked: str


class Diff(BaseModel):
    document: str
    before: End
    after: End
    clauses: list[ChangedClause]


class Status(BaseModel):
    """As `policywatch status --format json` tells it."""

    daemon: dict[str, Any]
    documents: dict[str, int]
    next_checks: list[dict[str, str | None]]
    outbox: dict[str, Any]
    channels: list[dict[str, Any]]
    work: dict[str, int]
    database: dict[str, Any]
    trouble: list[dict[str, Any]]


class Problem(BaseModel):
    """What went wrong, as RFC 9457 says it."""

    type: str
    title: str
    status: int
    detail: str
