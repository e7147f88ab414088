"""Reopens alerts that a person has dealt with, where the document has changed again in what they are about."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from storage import alerts, changes
from storage.database import Transaction
from storage.records import Alert, AlertEntry, AlertStatus

OURSELVES = "policywatch"
"""Who writes into an alert's history where no person does."""

REOPENED = "reopened"


def reopen(
    connection: Transaction,
    document_id: int,
    *,
    by: int,
    rules: Collection[str],
    undone: Collection[int],
    now: datetime,
) -> None:
    """Make alerts new again: those on the same `rules`, and those that the alert `by` undoes."""
    entry = AlertEntry(now, OURSELVES, REOPENED, f"the document changed again: alert {by}")
    for alert in alerts.worked_on(connection, document_id):
        if alert.id in undone or _shares_a_rule(connection, alert, rules):
            alerts.enter(connection, alert.id, entry, status=AlertStatus.NEW)


def _shares_a_rule(connection: Transaction, alert: Alert, rules: Collection[str]) -> bool:
    if alert.change_id is None:
        return False
    return any(finding.rule in rules for finding in changes.get(connection, alert.change_id).findings)
