"""Where a wording stands or stood: the full-text index over distinct clauses, joined to their lifespans.

The index is SQLite's FTS5, contentless, with two columns: `words` as written (for quoted phrases) and `stems`
(for words in any inflection). Its row ids are those of `clauses`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from typing import Any

from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import OperationalError

from storage.records import Document
from storage.schema import Instant


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
SELECT d.*, c.id AS clause_id, c.text AS clause,
       f.captured_at AS first_seen, fv.number AS first_version, fv.id AS first_version_id,
       l.observed_until AS last_seen, lv.number AS last_version,
       s.last_appearance_id IS NULL AS live,
       (SELECT n.captured_at FROM appearances AS n
        WHERE n.document_id = s.document_id AND n.id > s.last_appearance_id ORDER BY n.id LIMIT 1) AS ended_at
FROM matching AS m
JOIN clauses AS c ON c.id = m.clause_id
JOIN lifespans AS s ON s.clause_id = m.clause_id
JOIN documents AS d ON d.id = s.document_id
JOIN appearances AS f ON f.id = s.first_appearance_id
JOIN versions AS fv ON fv.id = f.version_id
JOIN appearances AS l ON l.id = coalesce(s.last_appearance_id, (
    SELECT max(a.id) FROM appearances AS a WHERE a.document_id = s.document_id))
JOIN versions AS lv ON lv.id = l.version_id
WHERE (:service IS NULL OR d.service = :service
       OR lower(substr(d.key, 1, length(:service) + 1)) = lower(:service || '/'))
  AND (:kind IS NULL OR d.kind = :kind)
ORDER BY m.score, m.clause_id, d.key, s.first_appearance_id
"""
"""One row for each stretch of time in which a matching clause stood; `l` is its last appearance, so far."""


def find(connection: Connection, match: str, wanted: SearchFilter) -> list[Hit]:
    """Clauses that `match` (an FTS5 expression) finds, best first, each with where and when it stood.

    Raises:
        BadQuery: FTS5 cannot read `match`.
    """
    parameters = {"match": match, "service": wanted.service, "kind": wanted.kind}
    query = text(_QUERY).columns(first_seen=Instant(), last_seen=Instant(), ended_at=Instant())
    try:
        return list(islice(_hits(connection.execute(query, parameters), wanted), wanted.limit))
    except OperationalError as error:
        # The rest of the statement is fixed, so that plain SQLITE_ERROR can only be about `match`.
        if getattr(error.orig, "sqlite_errorname", "") == "SQLITE_ERROR":
            raise BadQuery(str(error.orig)) from error
        raise


def languages(connection: Connection) -> Sequence[str]:
    """The languages that the documents of the archive were read in, for the stems of a query."""
    query = (
        "SELECT DISTINCT v.language FROM documents AS d JOIN versions AS v"
        " ON v.document_id = d.id AND v.number = 1 WHERE v.language IS NOT NULL ORDER BY v.language"
    )
    return connection.execute(text(query)).scalars().all()


def _hits(rows: Iterable[Row[Any]], wanted: SearchFilter) -> Iterator[Hit]:
    """The stretches of a clause in a document are one hit, from its first appearance to its last."""
    for _, stretches in groupby(rows, key=lambda row: (row.clause_id, row.id)):
        stood = list(stretches)
        new_enough = wanted.added_since is None or stood[0].first_seen >= wanted.added_since
        if new_enough and _stood_at(wanted.as_of, stood):
            yield _hit(stood[0], stood[-1])


def _stood_at(when: datetime | None, stretches: Sequence[Row[Any]]) -> bool:
    """A stretch lasts until the appearance that no longer shows the clause begins."""
    return when is None or any(
        stretch.first_seen <= when and (stretch.ended_at is None or when < stretch.ended_at)
        for stretch in stretches
    )


def _hit(first: Row[Any], last: Row[Any]) -> Hit:
    document = Document(
        first.id, first.key, first.origin, first.service, first.kind, first.region, first.language, ()
    )
    return Hit(
        document=document,
        clause_id=first.clause_id,
        clause=first.clause,
        first_seen=first.first_seen,
        first_version=first.first_version,
        first_version_id=first.first_version_id,
        last_seen=last.last_seen,
        last_version=last.last_version,
        live=bool(last.live),
    )
