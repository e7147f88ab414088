"""Reads what the daemon believes and promised out of its database, once it has gone."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from storage import versions
from storage.database import Database
from tests.soak.model import CHAT, Plan
from tests.soak.receivers import alert_identity, message_identity, recovery_identity
from tests.soak.texts import MARK

_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Appeared:
    """A version as the archive tells it: its text, and the first and the last look that saw it."""

    document: int
    number: int
    clauses: tuple[str, ...]
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert of the archive; `document` is -1 where it is about none, `marks` are those of its findings."""

    id: int
    kind: str
    document: int
    at: float
    marks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivery of the archive; `identity` is how its message would be recognised.

    Deliveries with the same `message` share one.
    """

    alert: int
    channel: str
    recipient: str
    identity: str
    state: str
    message: int


@dataclass(frozen=True, slots=True)
class Archive:
    appeared: tuple[Appeared, ...]
    alerts: tuple[Alert, ...]
    deliveries: tuple[Sent, ...]


_DELIVERIES = """
SELECT mine.alert_id, mine.channel, mine.recipient, coalesce(carrier.message_id, mine.message_id), mine.state,
    kind, document_id, coalesce(mine.carrier_id, mine.id),
    mine.grouping = 'again' OR coalesce(mine.carrier_id, mine.id) IN (SELECT carrier_id FROM deliveries)
FROM deliveries AS mine JOIN alerts ON alerts.id = mine.alert_id
LEFT JOIN deliveries AS carrier ON carrier.id = mine.carrier_id
ORDER BY mine.id
"""


def read_archive(path: Path, plan: Plan) -> Archive:
    numbers = {document.key: document.number for document in plan.setting.watched}
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        keys = dict(connection.execute("SELECT id, key FROM documents"))
        documents = {row: numbers[key] for row, key in keys.items()}
        marks = {
            change: frozenset(MARK.findall(quotes))
            for change, quotes in connection.execute(
                "SELECT change_id, group_concat(coalesce(quote, '') || coalesce(before, ''), ' ')"
                " FROM findings GROUP BY change_id"
            )
        }
        alerts = tuple(
            Alert(row, kind, documents.get(document, -1), at / _MICROSECONDS, marks.get(change, frozenset()))
            for row, kind, document, at, change in connection.execute(
                "SELECT id, kind, document_id, created_at, change_id FROM alerts ORDER BY id"
            )
        )
        deliveries = tuple(
            Sent(
                alert,
                channel,
                recipient,
                message_identity(message)
                if shared and channel == CHAT
                else _identity(channel, message_id, kind, alert, keys.get(document, "")),
                state,
                message,
            )
            for alert, channel, recipient, message_id, state, kind, document, message, shared in (
                connection.execute(_DELIVERIES)
            )
        )
        rows = connection.execute(
            "SELECT appearances.document_id, number, version_id, captured_at, observed_until"
            " FROM appearances JOIN versions ON versions.id = version_id ORDER BY appearances.id"
        ).fetchall()
    texts = _texts(path, {row[2] for row in rows})
    appeared = tuple(
        Appeared(documents[document], number, texts[version], begin / _MICROSECONDS, end / _MICROSECONDS)
        for document, number, version, begin, end in rows
    )
    return Archive(appeared, alerts, deliveries)


def _identity(channel: str, message_id: str, kind: str, alert: int, key: str) -> str:
    if channel != CHAT:
        return f"<{message_id}>"
    return recovery_identity(key) if kind == "recovery" else alert_identity(alert)


def _texts(path: Path, ids: set[int]) -> dict[int, tuple[str, ...]]:
    """The clauses of each version that are the page's own and not of its furniture."""
    database = Database.open(path, read_only=True)
    try:
        with database.read() as transaction:
            return {
                each: tuple(
                    clause.text for clause in versions.load_clauses(transaction, each) if not clause.soft
                )
                for each in ids
            }
    finally:
        database.close()
