"""Where a wording stands or stood: the full-text index over distinct clauses, joined to their lifespans.

The index is SQLite's FTS5, contentless: each clause's words as written, under the clause's id. The words of a
stem are in `word_stems`. Nothing here needs SQLAlchemy (see `storage.sqlite`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice

from storage import clauses
from storage.clause_lists import headings_above, packed_of, unpack
from storage.lifespans import Stretch, Times, timeline
from storage.records import Document
from storage.sqlite import moment

MAX_RANKED = 2000
"""Clauses that are ranked; of more than these none is the best, and the ones stored last come first."""

_BATCHES = (64, 1000)
"""Clauses whose lifespans are asked for at once: few at first, since mostly they suffice."""


_NEWEST = "SELECT rowid FROM clause_index WHERE clause_index MATCH ? ORDER BY rowid DESC"
_COUNTED = "SELECT count(*) FROM (SELECT 1 FROM clause_index WHERE clause_index MATCH ? LIMIT ?)"
_RANKED = "SELECT rowid FROM clause_index WHERE clause_index MATCH ? ORDER BY rank, rowid DESC"
_QUOTED = """
SELECT c.document_id, f.quote, f.before FROM findings AS f JOIN changes AS c ON c.id = f.change_id
WHERE f.topic = ?
"""
_OWN_SINCE = """
SELECT archive.id, min(a.captured_at) FROM documents AS own
JOIN documents AS archive ON archive.key = own.key || '/' || archive.origin AND archive.origin <> 'live'
JOIN appearances AS a ON a.document_id = own.id
WHERE own.origin = 'live' GROUP BY archive.id
"""
_RUNS = """
SELECT s.clause_id, s.document_id, s.first_number, s.last_number
FROM json_each(:clauses) AS wanted
JOIN lifespans AS s ON s.clause_id = wanted.value
JOIN documents AS d ON d.id = s.document_id
WHERE (:service IS NULL OR d.service = :service
       OR lower(substr(d.key, 1, length(:service) + 1)) = lower(:service || '/'))
  AND (:kind IS NULL OR d.kind = :kind)
ORDER BY wanted.key, d.key, s.first_number
"""
"""One row for each run of versions that hold a clause."""
_NEW_DOCUMENTS = """
SELECT DISTINCT document_id FROM changes WHERE previous_id IS NULL AND flags LIKE '%"new-document"%'
"""


@dataclass(frozen=True, slots=True)
class Hit:
    """One clause in one document, from the first look that ever showed it to the last, gaps between included.

    `first_version` and `last_version` are the numbers of the versions that stood at those looks; `live` says
    whether the clause stands now, `heading` under which headings it first stood, outermost first.
    """

    document: Document
    clause: str
    heading: tuple[str, ...]
    first_seen: datetime
    first_version: int
    last_seen: datetime
    last_version: int
    live: bool


@dataclass(frozen=True, slots=True)
class Stay:
    """One clause in one document, as numbers, from its first appearance to its last.

    `at_start` says that it stood already when the document was first recorded.
    """

    clause_id: int
    document_id: int
    whole: Stretch
    at_start: bool
    times: Times
    runs: tuple[tuple[int, int | None], ...]


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Which hits to list; every field left out lets all pass.

    `topic` asks for clauses that a finding on it quotes. `since` and `until` ask for clauses that stood at some
    time between, `as_of` for those that stood at that time, `added_since` for those that their document had
    never shown before it; what went away and came back is not new. The first `offset` hits are left out.
    """

    service: str | None = None
    kind: str | None = None
    topic: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    as_of: datetime | None = None
    added_since: datetime | None = None
    limit: int = 50
    offset: int = 0


class BadQuery(ValueError):
    """FTS5 could not read the query."""


def find(connection: sqlite3.Connection, match: str, wanted: SearchFilter) -> list[Hit]:
    """Clauses that `match` (an FTS5 expression) finds, best first, each with where and when it stood.

    Raises:
        BadQuery: FTS5 cannot read `match`.
    """
    return told(
        connection, list(islice(stays(connection, match, wanted), wanted.offset, wanted.offset + wanted.limit))
    )


def stays(connection: sqlite3.Connection, match: str, wanted: SearchFilter) -> Iterator[Stay]:
    """As `find`, without texts and without the limit.

    Raises:
        BadQuery: FTS5 cannot read `match`.
    """
    lets_pass, timetables = _Judge(connection, wanted), _Timetables(connection)
    for clause_ids in _batched(_best_first(connection, match)):
        yield from filter(lets_pass, _stays(connection, clause_ids, wanted, timetables))


def count(connection: sqlite3.Connection, match: str, most: int) -> int:
    """How many clauses `match` finds, counted up to `most`.

    Raises:
        BadQuery: FTS5 cannot read `match`.
    """
    with _bad_query():
        (found,) = connection.execute(_COUNTED, (match, most)).fetchone()
    return int(found)


def words_of(connection: sqlite3.Connection, stem: str) -> list[str]:
    """The words of the index that have this stem and are not the stem itself."""
    return [word for (word,) in connection.execute("SELECT word FROM word_stems WHERE stem = ?", (stem,))]


def languages(connection: sqlite3.Connection) -> list[str]:
    """The languages that the documents of the archive were read in, for the stems of a query."""
    query = (
        "SELECT DISTINCT v.language FROM documents AS d JOIN versions AS v"
        " ON v.document_id = d.id AND v.number = 1 WHERE v.language IS NOT NULL ORDER BY v.language"
    )
    return [language for (language,) in connection.execute(query)]


def latest_version(connection: sqlite3.Connection) -> int:
    """The id of the version that was stored last; 0 if there is none."""
    (found,) = connection.execute("SELECT max(id) FROM versions").fetchone()
    return found or 0


def told(connection: sqlite3.Connection, chosen: Sequence[Stay]) -> list[Hit]:
    """The hits with their texts, documents and headings, in the same order."""
    documents = documents_of(connection, {stay.document_id for stay in chosen})
    headings = _headings(connection, chosen)
    ids = {stay.clause_id for stay in chosen}.union(*headings)
    texts = clauses.texts(connection, ids)
    return [
        Hit(
            document=documents[stay.document_id],
            clause=texts.get(stay.clause_id, ""),
            heading=tuple(texts.get(each, "") for each in path),
            first_seen=stay.whole.first.captured_at,
            first_version=stay.whole.first.number,
            last_seen=stay.whole.last.observed_until,
            last_version=stay.whole.last.number,
            live=stay.whole.ended_by is None,
        )
        for stay, path in zip(chosen, headings, strict=True)
    ]


def documents_of(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, Document]:
    query = (
        "SELECT id, key, origin, service, kind, region, language FROM documents"
        " WHERE id IN (SELECT value FROM json_each(?))"
    )
    return {
        document_id: Document(document_id, key, origin, service, kind, region, language, ())
        for document_id, key, origin, service, kind, region, language in connection.execute(
            query, (_listed(ids),)
        )
    }


def own_since(connection: sqlite3.Connection) -> dict[int, datetime]:
    """By the id of each archive of a document that we check ourselves: since when we do."""
    return {archive: moment(since) for archive, since in connection.execute(_OWN_SINCE)}


def new_documents(connection: sqlite3.Connection) -> frozenset[int]:
    """The documents that did not exist before they were first recorded."""
    return frozenset(document_id for (document_id,) in connection.execute(_NEW_DOCUMENTS))


def _best_first(connection: sqlite3.Connection, match: str) -> Iterator[int]:
    with _bad_query():
        newest = connection.execute(f"{_NEWEST} LIMIT {MAX_RANKED + 1}", (match,)).fetchall()
        best = newest if len(newest) > MAX_RANKED else connection.execute(_RANKED, (match,)).fetchall()
    yield from (clause_id for (clause_id,) in best)
    if len(best) > MAX_RANKED:
        rest = connection.execute(_NEWEST, (match,))
        yield from (clause_id for (clause_id,) in islice(rest, len(best), None))


@contextmanager
def _bad_query() -> Iterator[None]:
    """The rest of the statement is fixed, so that plain SQLITE_ERROR can only be about what it matches."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorname", "") == "SQLITE_ERROR":
            raise BadQuery(str(error)) from error
        raise


def _batched(ids: Iterator[int]) -> Iterator[list[int]]:
    size, then = _BATCHES
    while batch := list(islice(ids, size)):
        yield batch
        size = then


class _Timetables(dict[int, Times]):
    """When the versions of documents stood, read for each that is asked for."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__()
        self._connection = connection

    def __missing__(self, document_id: int) -> Times:
        self[document_id] = Times(timeline(self._connection, document_id))
        return self[document_id]


def _stays(
    connection: sqlite3.Connection, clause_ids: Sequence[int], wanted: SearchFilter, timetables: _Timetables
) -> Iterator[Stay]:
    parameters = {"clauses": _listed(clause_ids), "service": wanted.service, "kind": wanted.kind}
    rows = connection.execute(_RUNS, parameters)
    for (clause_id, document_id), found in groupby(rows, key=lambda row: row[:2]):
        runs, times = tuple(row[2:] for row in found), timetables[document_id]
        whole = times.whole(runs)
        if whole is not None:
            yield Stay(clause_id, document_id, whole, times.is_first(whole.first), times, runs)


class _Judge:
    """What a filter says of times and topics; service and kind are asked of the database itself."""

    def __init__(self, connection: sqlite3.Connection, wanted: SearchFilter) -> None:
        self._connection = connection
        self._wanted = wanted
        self._own_since = own_since(connection) if wanted.as_of else {}
        self._quoted = _quoted(connection, wanted.topic) if wanted.topic else None

    def __call__(self, stay: Stay) -> bool:
        since, until, as_of = self._wanted.since, self._wanted.until, self._wanted.as_of
        if self._wanted.added_since is not None and stay.whole.first.captured_at < self._wanted.added_since:
            return False
        if as_of is not None and not (self._answers_for(stay, as_of) and _stood(stay, as_of, as_of)):
            return False
        if (since or until) and not _stood(stay, since, until):
            return False
        return self._quoted is None or self._is_quoted(stay, self._quoted)

    def _answers_for(self, stay: Stay, when: datetime) -> bool:
        """An archive is asked only for times before our own checks."""
        ours = self._own_since.get(stay.document_id)
        return ours is None or when < ours

    def _is_quoted(self, stay: Stay, quoted: dict[int, set[str]]) -> bool:
        if stay.document_id not in quoted:
            return False
        text = clauses.texts(self._connection, [stay.clause_id]).get(stay.clause_id)
        return text in quoted[stay.document_id]


def _stood(stay: Stay, since: datetime | None, until: datetime | None) -> bool:
    """Whether it stood at some time between."""
    return stay.whole.overlaps(since, until) and any(
        stretch.overlaps(since, until) for stretch in stay.times.stretches(stay.runs)
    )


def _quoted(connection: sqlite3.Connection, topic: str) -> dict[int, set[str]]:
    """By document, the clauses that findings on a topic quote."""
    quoted: dict[int, set[str]] = {}
    for document_id, quote, before in connection.execute(_QUOTED, (topic,)):
        quoted.setdefault(document_id, set()).update(each for each in (quote, before) if each)
    return quoted


def _headings(connection: sqlite3.Connection, chosen: Sequence[Stay]) -> list[list[int]]:
    versions = {stay.whole.first.version_id for stay in chosen}
    lists = {version_id: unpack(packed_of(connection, version_id)) for version_id in versions}
    return [headings_above(lists[stay.whole.first.version_id], stay.clause_id) for stay in chosen]


def _listed(ids: Iterable[int]) -> str:
    return json.dumps(list(ids))
