"""Narrows lists of changes and alerts to what was asked for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select

from storage.documents import of_service
from storage.records import RecordFilter, Severity
from storage.schema import documents


def narrow(query: Select[Any], wanted: RecordFilter, captured_at: ColumnElement[Any]) -> Select[Any]:
    """`query` with what `wanted` says of the document and of the time; it must have joined the documents."""
    if wanted.service is not None:
        query = query.where(of_service(wanted.service))
    if wanted.kind is not None:
        query = query.where(documents.c.kind == wanted.kind)
    if wanted.since is not None:
        query = query.where(captured_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(captured_at <= wanted.until)
    return query


def at_least(severity: Severity) -> list[str]:
    """The severities that are as high or higher, as they are stored."""
    return [other.value for other in Severity if other.rank <= severity.rank]
