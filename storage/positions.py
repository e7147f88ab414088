"""Where documents stand: a document with its last appearance and the version that it shows, in one statement.

Every check begins with it, so that it is asked at once rather than table by table.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, bindparam, exists, func, select

from storage.appearances import appearance_of
from storage.documents import document_of
from storage.records import Appearance, Document, Version
from storage.schema import appearances, documents, pending_looks, versions
from storage.versions import COLUMNS as VERSION_COLUMNS
from storage.versions import version_of

_LAST = select(func.max(appearances.c.id)).where(appearances.c.document_id == documents.c.id).scalar_subquery()
_BY_KEY = (
    select(
        exists().where(pending_looks.c.document_id == documents.c.id),
        *documents.c,
        *appearances.c,
        *VERSION_COLUMNS,
    )
    .outerjoin(appearances, appearances.c.id == _LAST.correlate(documents))
    .outerjoin(versions, versions.c.id == appearances.c.version_id)
    .where(documents.c.key == bindparam("key"))
)


@dataclass(frozen=True, slots=True)
class Found:
    """A document; what appeared last and the version it shows, if it was ever read; whether a look waits."""

    document: Document
    appearance: Appearance | None
    version: Version | None
    has_pending: bool


def find(connection: Connection, key: str) -> Found | None:
    row = connection.execute(_BY_KEY, {"key": key}).first()
    if row is None:
        return None
    has_pending, *values = row
    document = document_of(_part(documents.c, values))
    stored = _part(VERSION_COLUMNS, values[len(documents.c) + len(appearances.c) :])
    if stored.id is None:
        return Found(document, None, None, bool(has_pending))
    appearance = _part(appearances.c, values[len(documents.c) :])
    appearance.number = stored.number
    return Found(document, appearance_of(appearance), version_of(stored), bool(has_pending))


def _part(columns: Any, values: list[Any]) -> SimpleNamespace:
    """One table's share of a joined row, with the names that its columns have there."""
    return SimpleNamespace(**dict(zip((column.name for column in columns), values, strict=False)))
