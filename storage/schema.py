"""The tables, as SQLAlchemy knows them; the migrations build the same, and a test holds the two together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Instant(TypeDecorator[datetime]):
    """An aware time in UTC as integer microseconds since 1970: sorts and compares on every backend."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:  # noqa: ARG002 (fixed by SQLAlchemy)
        return None if value is None else (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:  # noqa: ARG002 (fixed by SQLAlchemy)
        return None if value is None else _EPOCH + timedelta(microseconds=value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _document() -> Column[int]:
    return Column("document_id", ForeignKey("documents.id"), nullable=False)


documents = Table(
    "documents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("origin", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("region", Text),
    Column("language", Text),
    Column("urls", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
)

bodies = Table(
    "bodies",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("base_sha256", ForeignKey("bodies.sha256")),
    Column("depth", Integer, nullable=False),
    Column("data", LargeBinary),
)
"""Captured bytes by their hash; without `data` they were let go of (`storage.retention`)."""

snapshots = Table(
    "snapshots",
    metadata,
    Column("id", Integer, primary_key=True),
    _document(),
    Column("part", Integer, nullable=False),
    Column("sha256", ForeignKey("bodies.sha256"), nullable=False),
    Column("url", Text, nullable=False),
    Column("final_url", Text, nullable=False),
    Column("redirects", JSON, nullable=False),
    Column("address", Text),
    Column("status", Integer, nullable=False),
    Column("captured_at", Instant, nullable=False),
    Column("duration_seconds", Float, nullable=False),
    Column("request_headers", JSON, nullable=False),
    Column("response_headers", JSON, nullable=False),
    Column("content_type", Text),
    Column("clock", Text, nullable=False),
    Index(None, "document_id", "captured_at"),
)

fetch_states = Table(
    "fetch_states",
    metadata,
    Column("document_id", ForeignKey("documents.id"), primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("url", Text, nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("snapshot_id", ForeignKey("snapshots.id"), nullable=False),
    Column("fetched_fully_at", Instant, nullable=False),
)

pending_looks = Table(
    "pending_looks",
    metadata,
    Column("document_id", ForeignKey("documents.id"), primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("observed_at", Instant, nullable=False),
    Column("url", Text, nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("snapshot_id", ForeignKey("snapshots.id"), nullable=False),
    Column("fetched_fully_at", Instant, nullable=False),
)

candidates = Table(
    "candidates",
    metadata,
    Column("document_id", ForeignKey("documents.id"), primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("looks", Integer, nullable=False),
    Column("snapshot_ids", JSON, nullable=False),
    Column("marks", LargeBinary, nullable=False),
)

loose_clauses = Table(
    "loose_clauses",
    metadata,
    Column("document_id", ForeignKey("documents.id"), primary_key=True),
    Column("marks", LargeBinary, nullable=False),
)
"""The clauses of each document that rotate; `marks` are hashes of 64 bits, the oldest first."""

schedule = Table(
    "schedule",
    metadata,
    Column("document_id", ForeignKey("documents.id"), primary_key=True),
    Column("next_due_at", Instant, nullable=False),
    Column("last_check_at", Instant),
    Column("failures", Integer, nullable=False),
)

checks = Table(
    "checks",
    metadata,
    Column("id", Integer, primary_key=True),
    _document(),
    Column("outcome", Text, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("looks", Integer, nullable=False),
    Column("error_class", Text),
    Column("reason", Text, nullable=False),
    Column("url", Text),
    Index(None, "document_id", "id"),
)

clauses = Table(
    "clauses",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("id", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""What is known of a clause by its digest; its text stands in a block, by its id."""

clause_blocks = Table(
    "clause_blocks",
    metadata,
    Column("first_id", Integer, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
"""The texts of the clause `first_id` and of those after it, compressed together."""

word_stems = Table(
    "word_stems",
    metadata,
    Column("stem", Text, primary_key=True),
    Column("word", Text, primary_key=True),
    sqlite_with_rowid=False,
)
"""The words of the full-text index by their stems; a word that is its own stem has no row."""

versions = Table(
    "versions",
    metadata,
    Column("id", Integer, primary_key=True),
    _document(),
    Column("number", Integer, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("clauses_sha256", Text, nullable=False),
    Column("extractor", Text, nullable=False),
    Column("words", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("language", Text),
    Column("stated_date", Date),
    Column("effective_date", Date),
    Column("source", Text),
    Column("snapshot_ids", JSON, nullable=False),
    Column("base_id", ForeignKey("versions.id")),
    Column("depth", Integer, nullable=False),
    Column("clause_list", LargeBinary, nullable=False),
    UniqueConstraint("document_id", "number"),
    UniqueConstraint("document_id", "fingerprint"),
)

appearances = Table(
    "appearances",
    metadata,
    Column("id", Integer, primary_key=True),
    _document(),
    Column("version_id", ForeignKey("versions.id"), nullable=False),
    Column("captured_at", Instant, nullable=False),
    Column("observed_until", Instant, nullable=False),
    Column("looks", Integer, nullable=False),
    Column("cause", Text, nullable=False),
    Column("source", Text),
    Column("suspect", Boolean, nullable=False),
    Index(None, "document_id", "id"),
)

lifespans = Table(
    "lifespans",
    metadata,
    Column("clause_id", Integer, primary_key=True, autoincrement=False),
    Column("document_id", ForeignKey("documents.id"), primary_key=True),
    Column("first_number", Integer, primary_key=True, autoincrement=False),
    Column("last_number", Integer),
    sqlite_with_rowid=False,
)
"""The versions that hold a clause, as runs of their numbers; without a last one the newest version holds it."""

changes = Table(
    "changes",
    metadata,
    Column("id", Integer, primary_key=True),
    _document(),
    Column("appearance_id", ForeignKey("appearances.id"), nullable=False, unique=True),
    Column("version_id", ForeignKey("versions.id"), nullable=False),
    Column("previous_id", ForeignKey("versions.id")),
    Column("captured_at", Instant, nullable=False),
    Column("previous_seen_at", Instant),
    Column("cause", Text, nullable=False),
    Column("added", Integer, nullable=False),
    Column("removed", Integer, nullable=False),
    Column("edited", Integer, nullable=False),
    Column("moved", Integer, nullable=False),
    Column("words_added", Integer, nullable=False),
    Column("words_removed", Integer, nullable=False),
    Column("flags", JSON, nullable=False),
    Index(None, "document_id", "captured_at"),
    Index(None, "captured_at"),
)

findings = Table(
    "findings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("change_id", ForeignKey("changes.id"), nullable=False),
    Column("rule", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("effect", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("quote", Text),
    Column("before", Text),
    Column("matched", JSON, nullable=False),
    Column("heading", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("title", Text, nullable=False),
    Index(None, "change_id"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("document_id", ForeignKey("documents.id")),
    Column("change_id", ForeignKey("changes.id"), unique=True),
    Column("severity", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("captured_at", Instant, nullable=False),
    Column("status", Text, nullable=False),
    Column("assignee", Text),
    Column("details", JSON, nullable=False),
    Index(None, "document_id"),
    Index(None, "captured_at"),
    Index(None, "kind", "status"),
)

alert_entries = Table(
    "alert_entries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("alert_id", ForeignKey("alerts.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("author", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index(None, "alert_id"),
)
"""What people did about an alert, oldest first."""

silences = Table(
    "silences",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("document", Text),
    Column("service", Text),
    Column("topic", Text),
    Column("created_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("ended_by", Text),
    Column("end_told", Boolean, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("alert_id", ForeignKey("alerts.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("message_id", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("next_attempt_at", Instant),
    Column("finished_at", Instant),
    Column("last_error", Text),
    Column("due_at", Instant, nullable=False),
    Column("grouping", Text, nullable=False),
    Column("carrier_id", ForeignKey("deliveries.id")),
    Column("reminder", Integer, nullable=False),
    Column("silence_id", ForeignKey("silences.id")),
    Column("receipt", Text),
    UniqueConstraint("alert_id", "channel", "recipient", "reminder"),
    Index(None, "state", "channel", "id"),
    Index(None, "channel", "recipient", "finished_at"),
    Index(None, "carrier_id"),
    Index(None, "silence_id"),
)

channel_troubles = Table(
    "channel_troubles",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("held_until", Instant, nullable=False),
    Column("error", Text, nullable=False),
    Column("told", Boolean, nullable=False),
)
"""Channels that do not work at present; a row goes with the first message that arrives."""

daemon = Table(
    "daemon",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("process_id", Integer, nullable=False),
    Column("version", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("alive_at", Instant, nullable=False),
    Column("stopped_at", Instant),
)
"""One row: the daemon that ran last."""

metrics = Table(
    "metrics",
    metadata,
    Column("name", Text, primary_key=True),
    Column("labels", Text, primary_key=True),
    Column("value", Float, nullable=False),
)
"""What the daemon counted that no other table tells; `labels` are JSON in the order of their names."""
