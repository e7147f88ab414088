"""Writes a judged look into the history: version, clauses, change, findings, alert and deliveries together.

It decides nothing and commits nothing: the caller's transaction holds all of it. The live pipeline and the
importers both end here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor import memory, pacing, timing
from monitor.alerting import AlertPlan, Planned
from monitor.clauses import fold
from monitor.detect.flags import Dates
from monitor.messages.model import DocumentLabel
from monitor.querywords import for_index
from monitor.reopening import reopen
from monitor.silencing import keeps_back
from monitor.watch import Judged, Known, Look, Standing
from storage import alerts, appearances, candidates, changes, deliveries, documents, silences, versions
from storage.database import Transaction
from storage.records import (
    LIVE,
    AlertKind,
    AlertStatus,
    Appearance,
    Clause,
    Document,
    NewAlert,
    NewDelivery,
    NewVersion,
    Severity,
    Silence,
    Version,
)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a document's history ends: what appeared last, and the version it shows."""

    appearance: Appearance
    version: Version


def position_of(connection: Transaction, document_id: int) -> Position | None:
    appearance = appearances.latest(connection, document_id)
    if appearance is None:
        return None
    return Position(appearance, versions.get(connection, appearance.version_id))


def standing_at(position: Position, clauses: tuple[Clause, ...] = ()) -> Standing:
    version = position.version
    return Standing(
        version.fingerprint,
        version.extractor,
        clauses,
        Dates(version.stated_date, version.effective_date),
        position.appearance.observed_until,
    )


def load_known(
    connection: Transaction,
    document_id: int,
    position: Position | None,
    look: Look,
    *,
    was_missing: bool = False,
) -> Known:
    """What judging a look needs; nearly all is read only where its text differs from what stands."""
    fingerprint, at = look.extraction.fingerprint, look.observed_at
    if position is None:
        return Known(None, was_missing=was_missing)
    standing = standing_at(position)
    if fingerprint == standing.fingerprint:
        return Known(standing)
    same = versions.with_fingerprint(connection, document_id, fingerprint)
    clauses = versions.load_clauses(connection, position.version.id)
    unrest = memory.unrest_of(connection, position.appearance, at)
    return Known(
        replace(standing, clauses=clauses),
        same.number if same else None,
        candidates.of_document(connection, document_id),
        loose=candidates.loose_of(connection, document_id),
        unrest=unrest,
        undone=memory.undone_by(connection, same) if same else (),
        variants=memory.variants_of(connection, document_id) if unrest.flaps(at) and not same else (),
        said=said_before(connection, document_id, clauses, look),
    )


def said_before(
    connection: Transaction, document_id: int, standing: Sequence[Clause], look: Look
) -> frozenset[str]:
    """The texts of the look, folded, that do not stand and once did."""
    stands = {clause.text for clause in standing}
    new = {clause.text for clause in look.extraction.clauses if clause.text not in stands}
    return frozenset(fold(text) for text in versions.ever_stood(connection, document_id, new))


def write(
    connection: Transaction,
    document: Document,
    position: Position | None,
    judged: Judged,
    *,
    now: datetime,
) -> Position:
    """Write what a look meant; returns where the document's history ends now."""
    if judged.version is None or judged.change is None or judged.decision.cause is None:
        return _go_on(connection, position, judged)
    version = _version(connection, document, position, judged.version)
    appearance = appearances.begin(
        connection,
        version,
        captured_at=judged.look.observed_at,
        cause=judged.decision.cause,
        source=judged.look.source,
        suspect=judged.suspect,
    )
    if judged.seen_until > judged.look.observed_at:
        appearances.extend(connection, appearance.id, judged.seen_until)
        appearance = appearances.get(connection, appearance.id)
    previous_id, seen_at = _compared_with(position, judged)
    change_id = changes.save(
        connection, appearance, judged.change, previous_id=previous_id, previous_seen_at=seen_at
    )
    if judged.alert is not None:
        alert_id = _raise_alert(
            connection, document, change_id, judged.alert, judged.look.observed_at, now,
            is_noise=document.origin == LIVE and _is_noise(connection, document, judged, now),
        )  # fmt: skip
        if document.origin == LIVE and judged.alert.kind is not AlertKind.BASELINE:
            reopen(
                connection, document.id, by=alert_id, now=now,
                rules={finding.rule for finding in judged.change.findings},
                undone=judged.alert.details.get("undone", ()),
            )  # fmt: skip
    return Position(appearance, version)


def _compared_with(position: Position | None, judged: Judged) -> tuple[int | None, datetime | None]:
    """The version that the change starts from, and when it was last seen."""
    if judged.compared is not None:
        return judged.compared.version_id, judged.compared.seen_until
    return (position.version.id, position.appearance.observed_until) if position else (None, None)


def keep_waiting(connection: Transaction, document_id: int, judged: Judged) -> None:
    """Write what waits to be confirmed after a look, and which clauses are known to rotate."""
    candidates.replace(connection, document_id, judged.decision.candidate)
    if judged.loose is not None:
        candidates.replace_loose(connection, document_id, judged.loose)


def save_alert(
    connection: Transaction,
    plan: AlertPlan,
    new: NewAlert,
    key: str | None = None,
    *,
    is_noise: bool = False,
) -> int:
    """Store an alert and its deliveries, each due when its routes say; returns its id.

    `key` is that of the document whose silences count. What they keep back is written as well. `is_noise` says
    that the same was told of the document before, so that this waits for a summary.
    """
    alert_id = alerts.save(connection, new)
    silent = silences.in_force(connection, new.created_at) if key is not None and plan.deliveries else []
    planned = [_placed(each, plan.severity, silent, key or "", new.created_at) for each in plan.deliveries]
    if is_noise:
        planned = [_put_off(each, new.created_at) for each in planned]
    deliveries.add(connection, alert_id, planned, new.created_at)
    return alert_id


def _placed(
    planned: Planned, severity: Severity, silent: Sequence[Silence], key: str, now: datetime
) -> NewDelivery:
    slot = timing.soonest(planned.timings, severity, now)
    silence = keeps_back(silent, key, planned.topics)
    return NewDelivery(
        planned.channel,
        planned.recipient,
        planned.message_id,
        due_at=slot.due_at,
        grouping=slot.grouping,
        silence_id=silence.id if silence else None,
    )


def _put_off(delivery: NewDelivery, now: datetime) -> NewDelivery:
    slot = timing.put_off(timing.Slot(delivery.due_at or now, delivery.grouping), now)
    return replace(delivery, due_at=slot.due_at, grouping=slot.grouping)


def _is_noise(connection: Transaction, document: Document, judged: Judged, now: datetime) -> bool:
    """Whether the rules that fire on a change fired on this document again and again within the last day."""
    if judged.alert is None or judged.alert.kind is not AlertKind.CHANGE or judged.change is None:
        return False
    lately = alerts.changes_since(connection, document.id, now - pacing.NOISY_PAUSE)
    earlier = [{each.rule for each in changes.get(connection, change).findings} for change in lately]
    return pacing.is_noise({finding.rule for finding in judged.change.findings}, earlier)


def make_way(connection: Transaction, key: str, origin: str) -> None:
    """Move a document that another origin holds under `key` beside it, to KEY/ORIGIN: histories never mix."""
    holder = documents.find(connection, key)
    if holder is not None and holder.origin != origin:
        documents.rename(connection, holder.id, free_key(connection, f"{key}/{holder.origin}", holder.origin))


def free_key(connection: Transaction, key: str, origin: str) -> str:
    """`key`, or the first of KEY/ORIGIN, KEY/ORIGIN/ORIGIN, ... that no document of another origin holds."""
    while (holder := documents.find(connection, key)) is not None and holder.origin != origin:
        key = f"{key}/{origin}"
    return key


def label(document: Document) -> DocumentLabel:
    """The document as pure code and messages name it."""
    return DocumentLabel(
        key=document.key,
        service=document.service,
        kind=document.kind,
        region=document.region,
        language=document.language,
        url=document.urls[0] if document.urls else "",
    )


def _go_on(connection: Transaction, position: Position | None, judged: Judged) -> Position:
    if position is None:
        raise ValueError("an unchanged look needs a version that stands")
    appearances.extend(connection, position.appearance.id, judged.look.observed_at)
    return Position(appearances.get(connection, position.appearance.id), position.version)


def _version(
    connection: Transaction, document: Document, position: Position | None, new: NewVersion
) -> Version:
    known = versions.with_fingerprint(connection, document.id, new.fingerprint)
    if known is not None:
        return known
    return versions.save(
        connection, document.id, new, base_id=position.version.id if position else None, index=for_index
    )


def _raise_alert(
    connection: Transaction,
    document: Document,
    change_id: int,
    plan: AlertPlan,
    captured_at: datetime,
    now: datetime,
    *,
    is_noise: bool,
) -> int:
    alert = alert_of(document, change_id, plan, captured_at, now=now)
    return save_alert(connection, plan, alert, document.key, is_noise=is_noise)


def alert_of(
    document: Document, change_id: int, plan: AlertPlan, captured_at: datetime, *, now: datetime
) -> NewAlert:
    """What is stored of an alert on a change; of an import it is settled, and as old as what it tells."""
    live = document.origin == LIVE
    awaits_summary = live and plan.kind is AlertKind.BASELINE and not plan.deliveries
    return NewAlert(
        kind=plan.kind,
        origin="live" if live else "imported",
        document_id=document.id,
        change_id=change_id,
        severity=plan.severity,
        title=plan.title,
        created_at=now if live else captured_at,
        captured_at=captured_at,
        status=AlertStatus.NEW if live else AlertStatus.RESOLVED,
        details={"awaits_summary": True} if awaits_summary else plan.details,
    )
