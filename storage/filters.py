"""Narrows lists of changes and alerts to what was asked for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, Table, select, tuple_

from storage.documents import of_service
from storage.records import RecordFilter, Severity
from storage.schema import documents


def narrow(query: Select[Any], wanted: RecordFilter, captured_at: ColumnElement[Any]) -> Select[Any]:
    """`query` with what `wanted` says of the document and of the time; it must have joined the documents."""
    query = of_document(query, wanted)
    if wanted.since is not None:
        query = query.where(captured_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(captured_at <= wanted.until)
    return query


def of_document(query: Select[Any], wanted: RecordFilter) -> Select[Any]:
    """`query` with what `wanted` says of the document alone."""
    if wanted.service is not None:
        query = query.where(of_service(wanted.service))
    if wanted.document is not None:
        query = query.where(documents.c.key == wanted.document)
    if wanted.kind is not None:
        query = query.where(documents.c.kind == wanted.kind)
    return query


def newest_first(query: Select[Any], table: Table, limit: int | None, older_than: int | None) -> Select[Any]:
    """Records by the time of their capture; `older_than` is the id of the last one of the page before."""
    if older_than is not None:
        last = select(table.c.captured_at, table.c.id).where(table.c.id == older_than)
        query = query.where(tuple_(table.c.captured_at, table.c.id) < last.scalar_subquery())
    return query.order_by(table.c.captured_at.desc(), table.c.id.desc()).limit(limit)


def at_least(severity: Severity) -> list[str]:
    """The severities that are as high or higher, as they are stored."""
    return [other.value for other in Severity if other.rank <= severity.rank]
