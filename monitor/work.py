"""What people do about alerts, and what they silence: each is written down with who did it and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.errors import InputMissing, UsageError
from monitor.messages.escape import readable
from monitor.reopening import REOPENED
from storage import alerts, documents, silences
from storage.database import Database, Transaction
from storage.records import Alert, AlertEntry, AlertStatus, NewSilence, Silence

MOST_CHARACTERS = 2_000
"""Of a note, a reason or a name."""


class Action(StrEnum):
    ACKNOWLEDGE = "acknowledged"
    ASSIGN = "assigned"
    NOTE = "noted"
    RESOLVE = "resolved"
    REOPEN = REOPENED


_STATUS_AFTER = {
    Action.ACKNOWLEDGE: AlertStatus.ACKNOWLEDGED,
    Action.RESOLVE: AlertStatus.RESOLVED,
    Action.REOPEN: AlertStatus.NEW,
}


@dataclass(frozen=True, slots=True)
class Done:
    """An alert after something was done about it; `changed` is False where it had been done before."""

    alert: Alert
    changed: bool


def act(database: Database, alert_id: int, action: Action, entry_by: str, text: str, now: datetime) -> Done:
    """Write into an alert's history what somebody does about it. `text` is a note, or who it is assigned to.

    Raises:
        InputMissing: there is no such alert.
        UsageError: it cannot be done to this alert as it stands, or the text is empty or too long.
    """
    author, said = _one_line("a name", entry_by), _one_line("a text", text) if text else ""
    with database.write() as transaction:
        alert = _find(transaction, alert_id)
        status = _STATUS_AFTER.get(action)
        if status is alert.status:
            return Done(alert, changed=False)
        if action is Action.ACKNOWLEDGE and alert.status is AlertStatus.RESOLVED:
            raise UsageError(
                f"alert {alert_id} is resolved; `policywatch reopen {alert_id}` makes it new again"
            )
        entry = AlertEntry(now, author, action.value, said)
        assignee = said if action is Action.ASSIGN else None
        alerts.enter(transaction, alert_id, entry, status=status, assignee=assignee)
        return Done(_find(transaction, alert_id), changed=True)


def silence(  # noqa: PLR0913 (a silence is these things)
    database: Database,
    *,
    author: str,
    reason: str,
    document: str | None,
    service: str | None,
    topic: str | None,
    ends_at: datetime,
    now: datetime,
) -> Silence:
    """Silence what is named until `ends_at`.

    Raises:
        UsageError: nothing is named, or the end lies in the past.
        InputMissing: there is no such document or service.
    """
    if document is None and service is None and topic is None:
        raise UsageError("name what is to be silenced: --document, --service or --topic")
    if ends_at <= now:
        raise UsageError("a silence ends in the future; this end has passed")
    with database.write() as transaction:
        new = NewSilence(
            author=_one_line("a name", author),
            reason=_one_line("a reason", reason),
            document=_document(transaction, document),
            service=_service(transaction, service),
            topic=topic,
            created_at=now,
            ends_at=ends_at,
        )
        return _silence(transaction, silences.add(transaction, new))


def end_silence(database: Database, silence_id: int, author: str, now: datetime) -> Silence:
    """End a silence before its time.

    Raises:
        InputMissing: there is no such silence.
        UsageError: it has ended already.
    """
    with database.write() as transaction:
        found = _silence(transaction, silence_id)
        if found.ends_at <= now:
            raise UsageError(f"silence {silence_id} has ended already")
        silences.end(transaction, silence_id, _one_line("a name", author), now)
        return _silence(transaction, silence_id)


def _find(transaction: Transaction, alert_id: int) -> Alert:
    alert = alerts.find(transaction, alert_id)
    if alert is None:
        raise InputMissing(f"there is no alert {alert_id}; `policywatch alerts` lists them")
    return alert


def _silence(transaction: Transaction, silence_id: int) -> Silence:
    found = silences.find(transaction, silence_id)
    if found is None:
        raise InputMissing(f"there is no silence {silence_id}; `policywatch silence list` lists them")
    return found


def _document(transaction: Transaction, key: str | None) -> str | None:
    if key is not None and documents.find(transaction, key) is None:
        raise InputMissing(f"there is no document {key!r}; `policywatch documents` lists them")
    return key


def _service(transaction: Transaction, name: str | None) -> str | None:
    """The id of a service, which is named as people see it or by its id."""
    if name is None:
        return None
    found = documents.every(transaction, service=name)
    if not found:
        raise InputMissing(f"there is no service {name!r}; `policywatch documents` lists them")
    return found[0].key.partition("/")[0]


def _one_line(what: str, text: str) -> str:
    line = readable(text).strip()
    if not line or len(line) > MOST_CHARACTERS:
        raise UsageError(f"{what} must have 1 to {MOST_CHARACTERS:,} characters")
    return line
