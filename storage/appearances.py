"""Appearances of versions in time: which text stood when.

A document's appearances follow each other in the order in which they were recorded, which is that of their ids:
a clock that was set back must not put what we saw last before what we saw earlier.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, exists, func, insert, select, update

from storage.records import Appearance, Cause, Version
from storage.schema import Instant, appearances, versions

_WITH_NUMBER = select(appearances, versions.c.number).join(versions, versions.c.id == appearances.c.version_id)
_LATEST = (
    _WITH_NUMBER.where(appearances.c.document_id == bindparam("document"))
    .order_by(appearances.c.id.desc())
    .limit(1)
)
_BY_ID = _WITH_NUMBER.where(appearances.c.id == bindparam("id"))
_INSERT = insert(appearances).returning(appearances.c.id)
_EXTEND = (
    update(appearances)
    .where(appearances.c.id == bindparam("appearance"))
    .values(
        observed_until=func.max(appearances.c.observed_until, bindparam("until", type_=Instant())),
        looks=appearances.c.looks + 1,
    )
)
_later = appearances.alias("later")
_EXTEND_LATEST = _EXTEND.where(
    ~exists().where(_later.c.document_id == bindparam("document"), _later.c.id > bindparam("appearance"))
)


def begin(
    connection: Connection,
    version: Version,
    *,
    captured_at: datetime,
    cause: Cause,
    source: str | None = None,
    suspect: bool = False,
) -> Appearance:
    """The version is what stands from `captured_at` on."""
    values: dict[str, Any] = {
        "document_id": version.document_id,
        "version_id": version.id,
        "captured_at": captured_at,
        "observed_until": captured_at,
        "looks": 1,
        "source": source,
        "suspect": suspect,
    }
    stored_id = connection.execute(_INSERT, values | {"cause": cause.value}).scalar_one()
    return Appearance(id=stored_id, number=version.number, cause=cause, **values)


def extend(connection: Connection, appearance_id: int, observed_until: datetime) -> None:
    """Another look showed the same: one update, however large the page. A time set back moves nothing."""
    connection.execute(_EXTEND, {"appearance": appearance_id, "until": observed_until})


def extend_latest(connection: Connection, appearance: Appearance, observed_until: datetime) -> bool:
    """As `extend`, if this still is what the document shows; False if another appearance followed it."""
    values = {"appearance": appearance.id, "document": appearance.document_id, "until": observed_until}
    return connection.execute(_EXTEND_LATEST, values).rowcount == 1


def get(connection: Connection, appearance_id: int) -> Appearance:
    return appearance_of(connection.execute(_BY_ID, {"id": appearance_id}).one())


def latest(connection: Connection, document_id: int) -> Appearance | None:
    row = connection.execute(_LATEST, {"document": document_id}).first()
    return appearance_of(row) if row else None


def standing_at(connection: Connection, document_id: int, when: datetime) -> Appearance | None:
    """The appearance that stood at `when`: the last one that had begun by then."""
    return _last(
        connection,
        _WITH_NUMBER.where(appearances.c.document_id == document_id, appearances.c.captured_at <= when),
    )


def first_of_number(connection: Connection, document_id: int, number: int) -> Appearance | None:
    """The first appearance of the document's version `number`."""
    query = _WITH_NUMBER.where(appearances.c.document_id == document_id, versions.c.number == number)
    row = connection.execute(query.order_by(appearances.c.id).limit(1)).first()
    return appearance_of(row) if row else None


def before(connection: Connection, appearance: Appearance) -> Appearance | None:
    """The appearance that stood before this one."""
    query = _WITH_NUMBER.where(
        appearances.c.document_id == appearance.document_id, appearances.c.id < appearance.id
    )
    return _last(connection, query)


def last_of_version(connection: Connection, document_id: int, version_id: int) -> Appearance | None:
    """The last time that a version stood, or since when it stands."""
    return _last(
        connection,
        _WITH_NUMBER.where(appearances.c.document_id == document_id, appearances.c.version_id == version_id),
    )


def returns_since(connection: Connection, document_id: int, since: datetime) -> int:
    """How often the document went back to an earlier text from then on."""
    query = select(func.count()).where(
        appearances.c.document_id == document_id,
        appearances.c.cause == Cause.RETURNED.value,
        appearances.c.captured_at >= since,
    )
    return connection.scalar(query) or 0


def shown_lately(connection: Connection, document_id: int, limit: int) -> list[Appearance]:
    """The last appearance of each of the last few distinct versions, newest first."""
    newest = (
        select(func.max(appearances.c.id))
        .where(appearances.c.document_id == document_id)
        .group_by(appearances.c.version_id)
        .order_by(func.max(appearances.c.id).desc())
        .limit(limit)
    )
    found = _WITH_NUMBER.where(appearances.c.id.in_(newest)).order_by(appearances.c.id.desc())
    return [appearance_of(row) for row in connection.execute(found)]


def every(
    connection: Connection, document_id: int, *, after: int = 0, limit: int | None = None
) -> list[Appearance]:
    """The appearances of a document, oldest first; those that were recorded after the one of the id `after`."""
    query = _WITH_NUMBER.where(appearances.c.document_id == document_id, appearances.c.id > after)
    query = query.order_by(appearances.c.id).limit(limit)
    return [appearance_of(row) for row in connection.execute(query)]


def _last(connection: Connection, query: Any) -> Appearance | None:
    row = connection.execute(query.order_by(appearances.c.id.desc()).limit(1)).first()
    return appearance_of(row) if row else None


def row_of(appearance: Appearance) -> dict[str, Any]:
    """What is stored of an appearance."""
    return {
        "id": appearance.id,
        "document_id": appearance.document_id,
        "version_id": appearance.version_id,
        "captured_at": appearance.captured_at,
        "observed_until": appearance.observed_until,
        "looks": appearance.looks,
        "cause": appearance.cause.value,
        "source": appearance.source,
        "suspect": appearance.suspect,
    }


def appearance_of(row: Any) -> Appearance:
    return Appearance(
        id=row.id,
        document_id=row.document_id,
        version_id=row.version_id,
        number=row.number,
        captured_at=row.captured_at,
        observed_until=row.observed_until,
        looks=row.looks,
        cause=Cause(row.cause),
        source=row.source,
        suspect=bool(row.suspect),
    )
