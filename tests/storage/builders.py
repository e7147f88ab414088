"""Small builders of stored things for tests: what a test does not care about has a value already."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

from storage import alerts, appearances, changes, deliveries, documents, versions
from storage.database import Database, Transaction
from storage.records import (
    LIVE,
    AlertKind,
    AlertStatus,
    Appearance,
    Cause,
    Clause,
    Direction,
    Document,
    FetchState,
    Finding,
    NewAlert,
    NewChange,
    NewDelivery,
    NewVersion,
    Severity,
    Snapshot,
    SnapshotMeta,
    Version,
)

START = datetime(2024, 3, 1, 9, 0, tzinfo=UTC)


class _Undo(Exception):
    pass


@contextmanager
def undone(database: Database) -> Iterator[Transaction]:
    """A write that leaves nothing, so that the examples of a property can share a database."""
    with suppress(_Undo), database.write() as transaction:
        yield transaction
        raise _Undo


def hours(number: float) -> datetime:
    """The moment so many hours after `START`."""
    return START + timedelta(hours=number)


def plain_index(text: str, language: str | None) -> tuple[str, tuple[tuple[str, str], ...]]:
    """A clause's words as the full-text index holds them, without any stemming."""
    return text, ()


def a_document(
    transaction: Transaction,
    key: str = "acme/privacy-policy",
    *,
    origin: str = LIVE,
    service: str | None = None,
    kind: str = "privacy-policy",
    language: str | None = "en",
) -> Document:
    return documents.ensure(
        transaction,
        key=key,
        origin=origin,
        service=service or key.split("/", maxsplit=1)[0].title(),
        kind=kind,
        region=None,
        language=language,
        urls=(f"https://{key.split('/', maxsplit=1)[0]}.example/{kind}",),
        now=START,
    )


def clauses_of(*texts: str) -> tuple[Clause, ...]:
    return tuple(Clause(text) for text in texts)


def new_version(clauses: Sequence[Clause], fingerprint: str | None = None) -> NewVersion:
    return NewVersion(
        clauses=clauses,
        fingerprint=fingerprint or hashlib.sha256(repr(clauses).encode()).hexdigest(),
        extractor="test-1",
        words=sum(len(clause.text.split()) for clause in clauses),
        title="Privacy policy",
        language="en",
        stated_date=None,
        effective_date=None,
    )


def a_version(
    transaction: Transaction, document: Document, clauses: Sequence[Clause], base: Version | None = None
) -> Version:
    """A new version, or the one that the document already has of this text."""
    new = new_version(clauses)
    known = versions.with_fingerprint(transaction, document.id, new.fingerprint)
    if known is not None:
        return known
    return versions.save(transaction, document.id, new, base_id=base.id if base else None, index=plain_index)


def an_appearance(
    transaction: Transaction, document: Document, clauses: Sequence[Clause], at: datetime
) -> Appearance:
    """The document shows `clauses` from `at` on, whatever it showed before."""
    previous = appearances.latest(transaction, document.id)
    base = versions.get(transaction, previous.version_id) if previous else None
    return appearances.begin(
        transaction,
        a_version(transaction, document, clauses, base),
        captured_at=at,
        cause=Cause.PAGE_CHANGED if previous else Cause.FIRST,
    )


def a_finding(topic: str = "ai-training", severity: Severity = Severity.HIGH) -> Finding:
    return Finding(
        rule=f"{topic}/added",
        topic=topic,
        effect="expands",
        severity=severity,
        direction=Direction.ADDED,
        quote="We may train models on what you post.",
        before=None,
        matched=("train models",),
        heading=("How we use data", "Research"),
        reason="the wording is new",
    )


def a_change(
    transaction: Transaction,
    appearance: Appearance,
    previous: Appearance | None = None,
    findings: Sequence[Finding] = (),
    flags: Sequence[str] = (),
) -> int:
    new = NewChange(
        added=1,
        removed=2,
        edited=3,
        moved=4,
        words_added=5,
        words_removed=6,
        flags=tuple(flags),
        findings=tuple(findings),
    )
    return changes.save(
        transaction,
        appearance,
        new,
        previous_id=previous.version_id if previous else None,
        previous_seen_at=previous.observed_until if previous else None,
    )


def an_alert(
    transaction: Transaction,
    document: Document | None = None,
    change_id: int | None = None,
    severity: Severity = Severity.HIGH,
    at: datetime = START,
    kind: AlertKind = AlertKind.CHANGE,
    status: AlertStatus = AlertStatus.NEW,
) -> int:
    return alerts.save(
        transaction,
        NewAlert(
            kind=kind,
            origin=LIVE,
            document_id=document.id if document else None,
            change_id=change_id,
            severity=severity,
            title="A wording is new",
            created_at=at,
            captured_at=at,
            status=status,
        ),
    )


def a_delivery(
    transaction: Transaction, alert_id: int, recipient: str = "team@reader.example", channel: str = "mail"
) -> int:
    """A pending delivery, due since `START`; returns its id."""
    message_id = f"<{alert_id}.{channel}.{recipient}>"
    deliveries.add(transaction, alert_id, [NewDelivery(channel, recipient, message_id)], START)
    return deliveries.of_alert(transaction, alert_id)[-1].id


def capture_meta(url: str = "https://acme.example/privacy", at: datetime = START) -> SnapshotMeta:
    return SnapshotMeta(
        url=url,
        final_url=url + "?final",
        redirects=(url + "?hop",),
        address="192.0.2.7",
        status=200,
        captured_at=at,
        duration_seconds=0.25,
        request_headers=(("accept", "text/html"),),
        response_headers=(("content-type", "text/html"), ("set-cookie", "a=1"), ("set-cookie", "b=2")),
        content_type="text/html; charset=utf-8",
    )


def fetch_state(snapshot: Snapshot, part: int = 0) -> FetchState:
    return FetchState(
        part=part,
        url=snapshot.meta.url,
        final_url=snapshot.meta.final_url,
        etag='W/"1"',
        last_modified=None,
        snapshot_id=snapshot.id,
        sha256=snapshot.sha256,
        fetched_fully_at=snapshot.meta.captured_at,
    )
