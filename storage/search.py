"""Where a wording stands or stood: the full-text index over distinct clauses, joined to their lifespans.

The index is SQLite's FTS5, contentless: each clause's words as written, under the clause's id. The words of a
stem are in `word_stems`. Nothing here needs SQLAlchemy (see `storage.sqlite`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice

from storage import compression
from storage.records import Cause, Document
from storage.sqlite import microseconds, moment
from storage.structure import Entry, headings_above, unpack

MAX_RANKED = 2000
"""Clauses that are ranked; of more than these none is the best, and the ones stored last come first."""

_BATCHES = (64, 1000)
"""Clauses whose lifespans are asked for at once: few at first, since mostly they suffice."""


_NEWEST = "SELECT rowid FROM clause_index WHERE clause_index MATCH ? ORDER BY rowid DESC"
_RANKED = "SELECT rowid FROM clause_index WHERE clause_index MATCH ? ORDER BY rank, rowid DESC"
_FRAME = "SELECT clause_list, base_id FROM versions WHERE id = ?"
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
_STRETCHES = f"""
SELECT s.clause_id, s.document_id, f.captured_at, f.version_id,
       f.cause = '{Cause.FIRST.value}' AND NOT EXISTS (
           SELECT 1 FROM changes AS c WHERE c.appearance_id = f.id AND c.flags LIKE '%"new-document"%'),
       l.observed_until, l.version_id,
       (SELECT n.captured_at FROM appearances AS n
        WHERE n.document_id = s.document_id AND n.id > s.last_appearance_id ORDER BY n.id LIMIT 1)
FROM json_each(:clauses) AS wanted
JOIN lifespans AS s ON s.clause_id = wanted.value
JOIN documents AS d ON d.id = s.document_id
JOIN appearances AS f ON f.id = s.first_appearance_id
JOIN appearances AS l ON l.id = coalesce(s.last_appearance_id, (
    SELECT max(a.id) FROM appearances AS a WHERE a.document_id = s.document_id))
WHERE (:service IS NULL OR d.service = :service
       OR lower(substr(d.key, 1, length(:service) + 1)) = lower(:service || '/'))
  AND (:kind IS NULL OR d.kind = :kind)
ORDER BY wanted.key, d.key, s.first_appearance_id
"""  # noqa: S608 (no value of anybody's)
"""One row for each stretch of time in which a clause stood; `l` is its last appearance, so far."""


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
    """One clause in one document, as numbers: times are microseconds since 1970.

    `gone_at` is when the document first no longer showed the clause, None if it stands now. `recorded` says that
    the clause stood already when the document was first recorded, so that nobody knows since when.
    """

    clause_id: int
    document_id: int
    first_seen: int
    first_version_id: int
    last_seen: int
    last_version_id: int
    gone_at: int | None
    recorded: bool
    stretches: tuple[tuple[int, int | None], ...]
    """Begin and end of each stretch of time in which it stood; the end None, if it stands now."""


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Which hits to list; every field left out lets all pass.

    `topic` asks for clauses that a finding on it quotes. `since` and `until` ask for clauses that stood at some
    time between, `as_of` for those that stood at that time, `added_since` for those that their document had
    never shown before it; what went away and came back is not new.
    """

    service: str | None = None
    kind: str | None = None
    topic: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    as_of: datetime | None = None
    added_since: datetime | None = None
    limit: int = 50


class BadQuery(ValueError):
    """FTS5 could not read the query."""


def find(connection: sqlite3.Connection, match: str, wanted: SearchFilter) -> list[Hit]:
    """Clauses that `match` (an FTS5 expression) finds, best first, each with where and when it stood.

    Raises:
        BadQuery: FTS5 cannot read `match`.
    """
    return told(connection, list(islice(stays(connection, match, wanted), wanted.limit)))


def stays(connection: sqlite3.Connection, match: str, wanted: SearchFilter) -> Iterator[Stay]:
    """As `find`, without texts and without the limit.

    Raises:
        BadQuery: FTS5 cannot read `match`.
    """
    lets_pass = _Judge(connection, wanted)
    for clause_ids in _batched(_best_first(connection, match)):
        yield from (stay for stay in _stays(connection, clause_ids, wanted) if lets_pass(stay))


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
    numbers = _numbers(
        connection, {each for stay in chosen for each in (stay.first_version_id, stay.last_version_id)}
    )
    headings = _headings(connection, chosen)
    texts = _texts(
        connection, {stay.clause_id for stay in chosen} | {each for path in headings for each in path}
    )
    return [
        Hit(
            document=documents[stay.document_id],
            clause=texts[stay.clause_id],
            heading=tuple(texts[each] for each in path),
            first_seen=moment(stay.first_seen),
            first_version=numbers[stay.first_version_id],
            last_seen=moment(stay.last_seen),
            last_version=numbers[stay.last_version_id],
            live=stay.gone_at is None,
        )
        for stay, path in zip(chosen, headings, strict=True)
    ]  # fmt: skip


def documents_of(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, Document]:
    query = (
        "SELECT id, key, origin, service, kind, region, language FROM documents"
        " WHERE id IN (SELECT value FROM json_each(?))"
    )
    return {row[0]: Document(*row, urls=()) for row in connection.execute(query, (_listed(ids),))}


def own_since(connection: sqlite3.Connection) -> dict[int, int]:
    """By the id of each archive of a document that we check ourselves: since when we do, in microseconds."""
    return dict(connection.execute(_OWN_SINCE))


def _best_first(connection: sqlite3.Connection, match: str) -> Iterator[int]:
    try:
        newest = connection.execute(f"{_NEWEST} LIMIT {MAX_RANKED + 1}", (match,)).fetchall()
        best = newest if len(newest) > MAX_RANKED else connection.execute(_RANKED, (match,)).fetchall()
    except sqlite3.OperationalError as error:
        # The rest of the statement is fixed, so that plain SQLITE_ERROR can only be about `match`.
        if getattr(error, "sqlite_errorname", "") == "SQLITE_ERROR":
            raise BadQuery(str(error)) from error
        raise
    yield from (clause_id for (clause_id,) in best)
    if len(best) > MAX_RANKED:
        rest = connection.execute(_NEWEST, (match,))
        yield from (clause_id for (clause_id,) in islice(rest, len(best), None))


def _batched(ids: Iterator[int]) -> Iterator[list[int]]:
    size, then = _BATCHES
    while batch := list(islice(ids, size)):
        yield batch
        size = then


def _stays(connection: sqlite3.Connection, clause_ids: Sequence[int], wanted: SearchFilter) -> Iterator[Stay]:
    parameters = {"clauses": _listed(clause_ids), "service": wanted.service, "kind": wanted.kind}
    rows = connection.execute(_STRETCHES, parameters)
    for (clause_id, document_id), stretches in groupby(rows, key=lambda row: row[:2]):
        stood = list(stretches)
        first, last = stood[0], stood[-1]
        yield Stay(
            clause_id=clause_id,
            document_id=document_id,
            first_seen=first[2],
            first_version_id=first[3],
            recorded=bool(first[4]),
            last_seen=last[5],
            last_version_id=last[6],
            gone_at=last[7],
            stretches=tuple((stretch[2], stretch[7]) for stretch in stood),
        )


class _Judge:
    """What a filter says of times and topics; service and kind are asked of the database itself."""

    def __init__(self, connection: sqlite3.Connection, wanted: SearchFilter) -> None:
        self._connection = connection
        self._since, self._until = microseconds(wanted.since), microseconds(wanted.until)
        self._as_of, self._added_since = microseconds(wanted.as_of), microseconds(wanted.added_since)
        self._own_since = own_since(connection) if wanted.as_of else {}
        self._quoted = _quoted(connection, wanted.topic) if wanted.topic else None

    def __call__(self, stay: Stay) -> bool:
        if self._added_since is not None and stay.first_seen < self._added_since:
            return False
        if self._as_of is not None and not self._stood_then(stay, self._as_of):
            return False
        if not any(_overlaps(stretch, self._since, self._until) for stretch in stay.stretches):
            return False
        return self._quoted is None or self._is_quoted(stay)

    def _stood_then(self, stay: Stay, when: int) -> bool:
        """An archive is asked only for times before our own checks."""
        ours = self._own_since.get(stay.document_id)
        return (ours is None or when < ours) and any(
            _overlaps(stretch, when, when) for stretch in stay.stretches
        )

    def _is_quoted(self, stay: Stay) -> bool:
        if stay.document_id not in (self._quoted or {}):
            return False
        text = _texts(self._connection, [stay.clause_id])[stay.clause_id]
        return text in (self._quoted or {})[stay.document_id]


def _overlaps(stretch: tuple[int, int | None], since: int | None, until: int | None) -> bool:
    """A stretch lasts until the appearance that no longer shows the clause begins."""
    begin, end = stretch
    return (until is None or begin <= until) and (since is None or end is None or since < end)


def _quoted(connection: sqlite3.Connection, topic: str) -> dict[int, set[str]]:
    """By document, the clauses that findings on a topic quote."""
    quoted: dict[int, set[str]] = {}
    for document_id, quote, before in connection.execute(_QUOTED, (topic,)):
        quoted.setdefault(document_id, set()).update(each for each in (quote, before) if each)
    return quoted


def _headings(connection: sqlite3.Connection, chosen: Sequence[Stay]) -> list[list[int]]:
    lists: dict[int, list[Entry]] = {}
    for version_id in {stay.first_version_id for stay in chosen}:
        lists[version_id] = _entries(connection, version_id)
    return [headings_above(lists[stay.first_version_id], stay.clause_id) for stay in chosen]


def _entries(connection: sqlite3.Connection, version_id: int) -> list[Entry]:
    frames: list[bytes] = []
    wanted: int | None = version_id
    while wanted is not None:
        frame, wanted = connection.execute(_FRAME, (wanted,)).fetchone()
        frames.append(frame)
    return unpack(compression.decompress(frames[::-1]))


def _numbers(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, int]:
    query = "SELECT id, number FROM versions WHERE id IN (SELECT value FROM json_each(?))"
    return dict(connection.execute(query, (_listed(ids),)))


def _texts(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, str]:
    query = "SELECT id, text FROM clauses WHERE id IN (SELECT value FROM json_each(?))"
    return dict(connection.execute(query, (_listed(ids),)))


def _listed(ids: Iterable[int]) -> str:
    return json.dumps(list(ids))
