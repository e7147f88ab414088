"""What the database remembers of a document's unrest: its returns, its last texts, what people were told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from monitor.returns import FLAPPING, LATELY, VARIANTS, Told, Unrest, Variant
from storage import alerts, appearances, changes, deliveries, versions
from storage.database import Transaction
from storage.records import AlertKind, Appearance, DeliveryState, Version

_ON_CHANGES = frozenset({AlertKind.CHANGE, AlertKind.RETURNED})


def unrest_of(connection: Transaction, standing: Appearance, at: datetime) -> Unrest:
    """How the document came to its standing text."""
    change = changes.of_appearance(connection, standing.id)
    unrest = Unrest(
        since=standing.captured_at,
        returns=appearances.returns_since(connection, standing.document_id, at - LATELY),
        marked=change is not None and FLAPPING in change.flags,
    )
    if not unrest.flaps(at):
        return unrest
    followed = alerts.latest_of(connection, standing.document_id, {AlertKind.RETURNED})
    return replace(unrest, told=followed is not None and followed.details["flapping"])


def undone_by(connection: Transaction, version: Version) -> tuple[Told, ...]:
    """What people were told since this version stood last, oldest first: going back undoes all of that."""
    last = appearances.last_of_version(connection, version.document_id, version.id)
    if last is None:
        return ()
    found = alerts.on_changes_after(connection, version.document_id, _ON_CHANGES, last.id)
    told = (_told(connection, alert.id, alert.change_id) for alert in found if alert.change_id is not None)
    return tuple(each for each in told if each.recipients)


def variants_of(connection: Transaction, document_id: int) -> tuple[Variant, ...]:
    """The last distinct texts that the document showed, the standing one first."""
    return tuple(
        _variant(connection, shown) for shown in appearances.shown_lately(connection, document_id, VARIANTS)
    )


def _told(connection: Transaction, alert_id: int, change_id: int) -> Told:
    sent = deliveries.of_alert(connection, alert_id)
    untold = (DeliveryState.DEAD, DeliveryState.SUPPRESSED)
    recipients = ((each.channel, each.recipient) for each in sent if each.state not in untold)
    return Told(alert_id, changes.get(connection, change_id).findings, tuple(recipients))


def _variant(connection: Transaction, shown: Appearance) -> Variant:
    change = changes.that_began(connection, shown.version_id)
    return Variant(
        shown.version_id,
        shown.observed_until,
        versions.load_clauses(connection, shown.version_id),
        change.findings if change else (),
    )
