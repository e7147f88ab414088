"""PURE: the archive's records as plain rows, with the names that people and other programs rely on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.history import AlertWithDeliveries, Comparison, DocumentState, StandingText, WholeIncident
from monitor.rows import Row
from monitor.rows import iso as iso  # noqa: PLC0414 (rows of every kind tell times so)
from monitor.silencing import words_of
from storage.records import (
    LIVE,
    AlertKind,
    Appearance,
    ChangeRecord,
    CheckOutcome,
    Document,
    Finding,
    Silence,
    Version,
)
from storage.reports import EffectiveDate
from storage.standings import Standing

if TYPE_CHECKING:
    from monitor.diff.report import ChangedClause


def document_row(state: DocumentState, paused: frozenset[str] = frozenset()) -> Row:
    document, recorded, looked = state.document, state.recorded, state.looked
    return {
        "document": document.key,
        "origin": document.origin,
        "service": document.service,
        "kind": document.kind,
        "region": document.region,
        "language": document.language,
        "url": document.urls[0] if document.urls else None,
        "state": document_state(state, paused),
        "versions": recorded.versions if recorded else 0,
        "checks": looked.looks if looked else 0,
        "first_seen": iso(recorded.first_at) if recorded else None,
        "last_check": iso(looked.last_at) if looked else None,
        "last_success": iso(looked.last_good_at) if looked else None,
        "last_change": iso(recorded.last_at) if recorded and recorded.appearances > 1 else None,
        "next_check": iso(state.schedule.next_due_at) if state.schedule else None,
        "error_class": looked.last.error_class if looked else None,
        "reason": looked.last.reason if looked else None,
    }


def document_state(state: DocumentState, paused: frozenset[str] = frozenset()) -> str:
    """One of ok, held, failing, stale, withdrawn, paused, new, archived."""
    return state_word(
        is_watched=state.document.origin == LIVE and state.schedule is not None,
        is_paused=state.document.key in paused,
        told=state.told,
        last=state.looked.last.outcome if state.looked else None,
    )


def state_word(*, is_watched: bool, is_paused: bool, told: AlertKind | None, last: CheckOutcome | None) -> str:
    """The state of a document, by what people were `told` of it and how its `last` look ended."""
    if is_paused:
        return "paused"
    if not is_watched:
        return "archived"
    if told is not None:
        return "withdrawn" if told is AlertKind.WITHDRAWN else "stale"
    if last is None:
        return "new"
    return {CheckOutcome.HELD: "held", CheckOutcome.FAILED: "failing"}.get(last, "ok")


def standing_state(standing: Standing, paused: frozenset[str] = frozenset()) -> str:
    """As `document_state`, of a document as `storage.standings` tells it."""
    return state_word(
        is_watched=standing.origin == LIVE and standing.next_due_at is not None,
        is_paused=standing.key in paused,
        told=standing.told,
        last=standing.outcome,
    )


def version_row(
    document: Document, appearance: Appearance, version: Version, change: ChangeRecord | None
) -> Row:
    first = change is None or change.previous_id is None
    return {
        "document": document.key,
        "source": appearance.source,
        "number": appearance.number,
        "captured_at": iso(appearance.captured_at),
        "observed_until": iso(appearance.observed_until),
        "looks": appearance.looks,
        "cause": appearance.cause.value,
        "stated_date": iso(version.stated_date),
        "effective_date": iso(version.effective_date),
        "words": version.words,
        "added": 0 if first or change is None else change.added,
        "removed": 0 if first or change is None else change.removed,
        "edited": 0 if first or change is None else change.edited,
        "moved": 0 if first or change is None else change.moved,
        "findings": [finding_row(finding) for finding in change.findings] if change else [],
    }


def text_row(found: StandingText) -> Row:
    """A version with its text, as Markdown."""
    return {
        "document": found.document.key,
        "origin": found.document.origin,
        "version": found.version.number,
        "captured_at": iso(found.appearance.captured_at),
        "observed_until": iso(found.appearance.observed_until),
        "clock": found.clock.value,
        "stated_date": iso(found.version.stated_date),
        "effective_date": iso(found.version.effective_date),
        "text": found.markdown,
    }


def comparison_row(found: Comparison) -> Row:
    """Which two texts a diff is of."""
    return {
        "document": found.after.document.key,
        "before": _end_row(found.before),
        "after": _end_row(found.after),
    }


def _end_row(text: StandingText) -> Row:
    """`sha256` is that of the text as we read it."""
    document = text.document
    return {
        "document": document.key,
        "origin": document.origin,
        "url": document.urls[0] if document.urls else None,
        "version": text.version.number,
        "captured_at": iso(text.appearance.captured_at),
        "observed_until": iso(text.appearance.observed_until),
        "sha256": text.version.clauses_sha256,
    }


def changed_clause_row(clause: ChangedClause) -> Row:
    return {
        "kind": clause.kind.value,
        "heading": list(clause.heading),
        "before": clause.before,
        "after": clause.after,
        "marked": clause.marked,
    }


def effective_date_row(each: EffectiveDate) -> Row:
    return {
        "document": each.document.key,
        "origin": each.document.origin,
        "service": each.document.service,
        "kind": each.document.kind,
        "effective_date": iso(each.day),
        "version": each.version,
        "captured_at": iso(each.captured_at),
        "stated_date": iso(each.stated_date),
    }


def finding_row(finding: Finding) -> Row:
    return {
        "rule": finding.rule,
        "topic": finding.topic,
        "effect": finding.effect,
        "severity": finding.severity.value,
        "direction": finding.direction.value,
        "quote": finding.quote,
        "before": finding.before,
        "matched": list(finding.matched),
        "heading": list(finding.heading),
        "reason": finding.reason,
        "title": finding.title,
    }


def change_row(change: ChangeRecord) -> Row:
    return {
        "document": change.document,
        "number": change.number,
        "previous": change.previous,
        "captured_at": iso(change.captured_at),
        "previous_seen_at": iso(change.previous_seen_at),
        "cause": change.cause.value,
        "added": change.added,
        "removed": change.removed,
        "edited": change.edited,
        "moved": change.moved,
        "words_added": change.words_added,
        "words_removed": change.words_removed,
        "findings": [finding_row(finding) for finding in change.findings],
        "flags": list(change.flags),
    }


def alert_row(found: AlertWithDeliveries) -> Row:
    alert, change = found.alert, found.change
    return {
        "id": alert.id,
        "origin": alert.origin,
        "kind": alert.kind.value,
        "document": alert.document,
        "service": alert.service,
        "severity": alert.severity.value,
        "title": alert.title,
        "created_at": iso(alert.created_at),
        "captured_at": iso(alert.captured_at),
        "version": change.number if change else None,
        "previous": change.previous if change else None,
        "findings": [finding_row(finding) for finding in change.findings] if change else [],
        "flags": list(change.flags) if change else [],
        "incident": found.incident,
        "status": alert.status.value,
        "deliveries": [
            {
                "channel": delivery.channel,
                "recipient": delivery.recipient,
                "state": delivery.state.value,
                "attempts": delivery.attempts,
                "last_error": delivery.last_error,
                "due_at": iso(delivery.due_at),
                "message": delivery.carrier_id or delivery.id,
                "reminder": delivery.reminder,
                "silence": delivery.silence_id,
            }
            for delivery in found.deliveries
        ],
        "assignee": alert.assignee,
        "history": [
            {"at": iso(entry.at), "author": entry.author, "action": entry.action, "text": entry.text}
            for entry in found.entries
        ],
    }


def incident_rows(whole: WholeIncident) -> list[Row]:
    """The alerts of an incident, each with what is its context: the same topics at others in the same week."""
    same_week = [
        {
            "alert": other.alert.id,
            "document": other.alert.document,
            "service": other.alert.service,
            "captured_at": iso(other.alert.captured_at),
            "title": other.alert.title,
            "incident": other.incident,
        }
        for other in whole.same_week
    ]
    return [{**alert_row(each), "same_week": same_week} for each in whole.alerts]


def silence_row(silence: Silence, kept_back: int, now: datetime) -> Row:
    """A silence; its state is active, expired or ended (by somebody)."""
    ended = "expired" if silence.ended_by is None else "ended"
    return {
        "id": silence.id,
        "state": "active" if silence.ends_at > now else ended,
        "covers": words_of(silence),
        "document": silence.document,
        "service": silence.service,
        "topic": silence.topic,
        "author": silence.author,
        "reason": silence.reason,
        "created_at": iso(silence.created_at),
        "ends_at": iso(silence.ends_at),
        "ended_by": silence.ended_by,
        "kept_back": kept_back,
    }


def states(rows: Sequence[Row]) -> dict[str, int]:
    """How many documents are in each state, in alphabetical order."""
    counted: dict[str, int] = {}
    for row in rows:
        counted[row["state"]] = counted.get(row["state"], 0) + 1
    return dict(sorted(counted.items()))
