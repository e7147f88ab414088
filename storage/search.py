"""Where a wording stands or stood: the full-text index over distinct clauses, joined to their lifespans.

The index is SQLite's FTS5, contentless, with two columns: `words` as written (for quoted phrases) and `stems`
(for words in any inflection). Its row ids are those of `clauses`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from typing import Any

from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import OperationalError

from storage import clauses
from storage.database import driver_of
from storage.lifespans import Stood, Stretch, stretches, timeline
from storage.records import Document


@dataclass(frozen=True, slots=True)
class Hit:
    """One clause in one document, from the first look that ever showed it to the last, gaps between included.

    `first_version` and `last_version` are the numbers of the versions that stood at those looks; `live` says
    whether the clause stands now.
    """

    document: Document
    clause_id: int
    clause: str
    first_seen: datetime
    first_version: int
    first_version_id: int
    last_seen: datetime
    last_version: int
    live: bool


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Which hits to list; every field left out lets all pass.

    `as_of` asks for clauses that stood at that time, `added_since` for those that their document had never
    shown before it; what went away and came back is not new.
    """

    service: str | None = None
    kind: str | None = None
    as_of: datetime | None = None
    added_since: datetime | None = None
    limit: int = 50


class BadQuery(ValueError):
    """FTS5 could not read the query."""


_QUERY = """
WITH matching AS MATERIALIZED (
    SELECT rowid AS clause_id, rank AS score FROM clause_index WHERE clause_index MATCH :match
)
SELECT d.*, s.clause_id, s.first_number, s.last_number
FROM matching AS m
JOIN lifespans AS s ON s.clause_id = m.clause_id
JOIN documents AS d ON d.id = s.document_id
WHERE (:service IS NULL OR d.service = :service
       OR lower(substr(d.key, 1, length(:service) + 1)) = lower(:service || '/'))
  AND (:kind IS NULL OR d.kind = :kind)
ORDER BY m.score, m.clause_id, d.key, s.first_number
"""
"""One row for each run of versions that hold a matching clause."""


def find(connection: Connection, match: str, wanted: SearchFilter) -> list[Hit]:
    """Clauses that `match` (an FTS5 expression) finds, best first, each with where and when it stood.

    Raises:
        BadQuery: FTS5 cannot read `match`.
    """
    parameters = {"match": match, "service": wanted.service, "kind": wanted.kind}
    try:
        found = list(islice(_found(connection, parameters, wanted), wanted.limit))
    except OperationalError as error:
        # The rest of the statement is fixed, so that plain SQLITE_ERROR can only be about `match`.
        if getattr(error.orig, "sqlite_errorname", "") == "SQLITE_ERROR":
            raise BadQuery(str(error.orig)) from error
        raise
    shown = clauses.texts(driver_of(connection), {each.clause_id for each in found})
    return [each.hit(shown.get(each.clause_id, "")) for each in found]


def languages(connection: Connection) -> Sequence[str]:
    """The languages that the documents of the archive were read in, for the stems of a query."""
    query = (
        "SELECT DISTINCT v.language FROM documents AS d JOIN versions AS v"
        " ON v.document_id = d.id AND v.number = 1 WHERE v.language IS NOT NULL ORDER BY v.language"
    )
    return connection.execute(text(query)).scalars().all()


@dataclass(frozen=True, slots=True)
class _Found:
    """A clause in a document with the stretches of time in which it stood."""

    document: Document
    clause_id: int
    stood: Sequence[Stretch]

    def hit(self, clause: str) -> Hit:
        first, last = self.stood[0].first, self.stood[-1].last
        return Hit(
            document=self.document,
            clause_id=self.clause_id,
            clause=clause,
            first_seen=first.captured_at,
            first_version=first.number,
            first_version_id=first.version_id,
            last_seen=last.observed_until,
            last_version=last.number,
            live=self.stood[-1].ended_by is None,
        )


def _found(connection: Connection, parameters: dict[str, Any], wanted: SearchFilter) -> Iterator[_Found]:
    """The stretches of a clause in a document are one hit, from its first appearance to its last."""
    timelines: dict[int, list[Stood]] = {}
    rows = connection.execute(text(_QUERY), parameters)
    for (clause_id, document_id), runs in groupby(rows, key=lambda row: (row.clause_id, row.id)):
        first, *more = runs
        if document_id not in timelines:
            timelines[document_id] = timeline(driver_of(connection), document_id)
        spans = ((row.first_number, row.last_number) for row in (first, *more))
        stood = list(stretches(timelines[document_id], spans))
        if stood and _passes(wanted, stood):
            yield _Found(_document(first), clause_id, stood)


def _passes(wanted: SearchFilter, stood: Sequence[Stretch]) -> bool:
    if wanted.added_since is not None and stood[0].first.captured_at < wanted.added_since:
        return False
    return wanted.as_of is None or any(stretch.covers(wanted.as_of) for stretch in stood)


def _document(row: Row[Any]) -> Document:
    return Document(row.id, row.key, row.origin, row.service, row.kind, row.region, row.language, ())
