"""What is recorded of documents, in sums: how many versions, since when, how often we looked, how it ended."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from storage.checks import check_of
from storage.records import GOOD_LOOKS, Check
from storage.schema import appearances, checks

_GOOD = [outcome.value for outcome in GOOD_LOOKS]


@dataclass(frozen=True, slots=True)
class Recorded:
    """`first_at` and `last_at` are when the first and the last of the appearances began."""

    versions: int
    appearances: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Looked:
    """`last` is the run of checks that the last look belongs to; `last_good_at` the last look that saw it."""

    looks: int
    last: Check
    last_at: datetime
    last_good_at: datetime | None


def recorded(connection: Connection, document_ids: Collection[int]) -> dict[int, Recorded]:
    """By document; one without any version is left out."""
    own = appearances.c
    sums = _of(
        select(
            own.document_id,
            func.count(own.version_id.distinct()).label("versions"),
            func.count(own.id).label("appearances"),
            func.min(own.id).label("first_id"),
            func.max(own.id).label("last_id"),
        ),
        document_ids,
    )
    first, last = appearances.alias("first"), appearances.alias("last")
    query = (
        select(sums, first.c.captured_at.label("first_at"), last.c.captured_at.label("last_at"))
        .join(first, first.c.id == sums.c.first_id)
        .join(last, last.c.id == sums.c.last_id)
    )
    return {
        row.document_id: Recorded(row.versions, row.appearances, row.first_at, row.last_at)
        for row in connection.execute(query)
    }


def looked(connection: Connection, document_ids: Collection[int]) -> dict[int, Looked]:
    """By document; one that was never looked at is left out."""
    own = checks.c
    sums = _of(
        select(
            own.document_id.label("of_document"),
            func.sum(own.looks).label("all_looks"),
            func.max(own.id).label("last_id"),
            func.max(own.last_at).label("latest_at"),
            func.max(own.last_at).filter(own.outcome.in_(_GOOD)).label("good_at"),
        ),
        document_ids,
    )
    query = select(sums, checks).join(checks, checks.c.id == sums.c.last_id)
    return {
        row.of_document: Looked(row.all_looks, check_of(row), row.latest_at, row.good_at)
        for row in connection.execute(query)
    }


def _of(query: Select[Any], document_ids: Collection[int]) -> Any:
    column = query.selected_columns[0]
    return query.where(column.in_(list(document_ids))).group_by(column).subquery()
