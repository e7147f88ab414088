"""Documents: the archived identities, watched or imported."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, insert, select, update

from storage.records import Document
from storage.schema import documents

# Statements of every check are built once: building one takes several times as long as running it.
_BY_KEY = select(documents).where(documents.c.key == bindparam("key"))
_BY_ID = select(documents).where(documents.c.id == bindparam("id"))


def find(connection: Connection, key: str) -> Document | None:
    row = connection.execute(_BY_KEY, {"key": key}).first()
    return document_of(row) if row else None


def get(connection: Connection, document_id: int) -> Document:
    return document_of(connection.execute(_BY_ID, {"id": document_id}).one())


def every(connection: Connection, *, service: str | None = None, kind: str | None = None) -> list[Document]:
    """All documents in the order of their keys."""
    query = select(documents).order_by(documents.c.key)
    if service is not None:
        query = query.where(of_service(service))
    if kind is not None:
        query = query.where(documents.c.kind == kind)
    return [document_of(row) for row in connection.execute(query)]


def of_service(service: str) -> ColumnElement[bool]:
    """The condition that a document is of this service, which is named as people see it or as keys begin."""
    return (documents.c.service == service) | documents.c.key.startswith(service + "/", autoescape=True)


def add(connection: Connection, new: Sequence[Document], now: datetime) -> None:
    """Make documents that are not there yet; their ids are given here, whatever the records say."""
    rows = [
        {
            "key": document.key,
            "origin": document.origin,
            "service": document.service,
            "kind": document.kind,
            "region": document.region,
            "language": document.language,
            "urls": list(document.urls),
            "created_at": now,
        }
        for document in new
    ]
    if rows:
        connection.execute(insert(documents), rows)


def ensure(  # noqa: PLR0913 (a document is these seven things)
    connection: Connection,
    *,
    key: str,
    origin: str,
    service: str,
    kind: str,
    region: str | None,
    language: str | None,
    urls: Sequence[str],
    now: datetime,
) -> Document:
    """The document of this key, made or brought up to date with what the configuration now says of it."""
    described: dict[str, Any] = {
        "service": service, "kind": kind, "region": region, "language": language, "urls": list(urls),
    }  # fmt: skip
    found = find(connection, key)
    if found is None:
        connection.execute(insert(documents).values(key=key, origin=origin, created_at=now, **described))
    elif (found.service, found.kind, found.region, found.language, list(found.urls)) != tuple(
        described.values()
    ):
        connection.execute(update(documents).where(documents.c.id == found.id).values(**described))
    else:
        return found
    ensured = find(connection, key)
    assert ensured is not None  # noqa: S101 (written two lines above, in the same transaction)
    return ensured


def rename(connection: Connection, document_id: int, key: str) -> None:
    """Give a document another key; nothing else of it changes."""
    connection.execute(update(documents).where(documents.c.id == document_id).values(key=key))


def document_of(row: Any) -> Document:
    return Document(
        id=row.id,
        key=row.key,
        origin=row.origin,
        service=row.service,
        kind=row.kind,
        region=row.region,
        language=row.language,
        urls=tuple(row.urls),
    )
