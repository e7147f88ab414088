"""Versions and their clauses: each distinct clause once, each version as an ordered list of clause ids."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from storage import clauses as clause_store
from storage import compression, lifespans
from storage.clause_lists import Entry, clauses_sha256, hard_ids, pack, packed_of, restore, unpack
from storage.clauses import ClauseWriter, Index
from storage.database import driver_of
from storage.errors import DataDamaged
from storage.records import Clause, NewVersion, Version
from storage.schema import versions

COLUMNS = [column for column in versions.c if column.name != "clause_list"]
_INSERT = insert(versions)
_LAST_ID = select(func.max(versions.c.id))
_LAST = (
    select(versions.c.number, versions.c.id)
    .where(versions.c.document_id == bindparam("document"))
    .order_by(versions.c.number.desc())
    .limit(1)
)
_WITH_FINGERPRINT = select(*COLUMNS).where(
    versions.c.document_id == bindparam("document"), versions.c.fingerprint == bindparam("fingerprint")
)
_DEPTH = select(versions.c.depth).where(versions.c.id == bindparam("id"))
_BY_ID = select(*COLUMNS).where(versions.c.id == bindparam("id"))

_REMEMBERED = 32
"""Lists of clauses that a writer keeps at hand: a page that goes back and forth needs few."""

__all__ = [
    "COLUMNS",
    "VersionWriter",
    "clauses_sha256",
    "confirm_extractor",
    "fingerprints",
    "get",
    "hard_clause_ids",
    "ids_and_numbers",
    "load_clauses",
    "numbered",
    "save",
    "several",
    "version_of",
    "with_fingerprint",
]


def save(
    connection: Connection, document_id: int, new: NewVersion, *, base_id: int | None, index: Index
) -> Version:
    """Store a version as the document's next number; `base_id` is the version it is likely to resemble.

    `index(text, language)` gives a clause's words as the full-text index should hold them, and of each word
    that is not its own stem the two; it is asked only for clauses never seen before.

    Raises:
        ValueError: a clause's text is no Unicode (it holds a lone surrogate).
    """
    clauses = ClauseWriter(driver_of(connection), index)
    writer = VersionWriter(connection, document_id, clauses)
    version_id, _ = writer.add(new, base_id)
    clauses.flush()
    writer.flush()
    return get(connection, version_id)


class VersionWriter:
    """Stores versions of one document one after the other, with the lifespans that follow.

    Rows wait in memory until `flush`, which must come before the transaction ends.
    """

    def __init__(self, connection: Connection, document_id: int, clauses: ClauseWriter) -> None:
        self._connection = connection
        self._document_id = document_id
        self._clauses = clauses
        self._next_id = (connection.scalar(_LAST_ID) or 0) + 1
        last = connection.execute(_LAST, {"document": document_id}).first()
        self._number = last.number if last else 0
        self._hard = hard_clause_ids(connection, last.id) if last else frozenset[int]()
        self._rows: list[dict[str, Any]] = []
        self._lists: dict[int, tuple[bytes, int]] = {}

    def add(self, new: NewVersion, base_id: int | None) -> tuple[int, int]:
        """Store a version; returns its id and number."""
        distinct = list(dict.fromkeys(clause.text for clause in new.clauses))
        packed = pack(new.clauses, self._clauses.ids(distinct, new.language))
        base, depth = self._base(base_id)
        version_id, self._next_id = self._next_id, self._next_id + 1
        self._number += 1
        self._rows.append({
            "id": version_id,
            "document_id": self._document_id,
            "number": self._number,
            "fingerprint": new.fingerprint,
            "clauses_sha256": clauses_sha256(new.clauses),
            "extractor": new.extractor,
            "words": new.words,
            "title": new.title,
            "language": new.language,
            "stated_date": new.stated_date,
            "effective_date": new.effective_date,
            "source": new.source,
            "snapshot_ids": list(new.snapshot_ids),
            "base_id": base_id if base is not None else None,
            "depth": depth,
            "clause_list": compression.compress(packed, base),
        })  # fmt: skip
        self._remember(version_id, packed, depth)
        self._turn_over(packed)
        return version_id, self._number

    def flush(self) -> None:
        """Write what waits."""
        rows, self._rows = self._rows, []
        if rows:
            self._connection.execute(_INSERT, rows)

    def _base(self, base_id: int | None) -> tuple[bytes | None, int]:
        """What the list of that version is, and how deep one stands that is compressed against it."""
        if base_id is None:
            return None, 0
        if base_id not in self._lists:
            self.flush()
            depth = self._connection.execute(_DEPTH, {"id": base_id}).scalar_one()
            self._remember(base_id, packed_of(driver_of(self._connection), base_id), depth)
        packed, depth = self._lists[base_id]
        return (packed, depth + 1) if depth + 1 < compression.KEY_FRAME_EVERY else (None, 0)

    def _remember(self, version_id: int, packed: bytes, depth: int) -> None:
        self._lists[version_id] = packed, depth
        if len(self._lists) > _REMEMBERED:
            del self._lists[next(iter(self._lists))]

    def _turn_over(self, packed: bytes) -> None:
        hard = hard_ids(unpack(packed))
        driver = driver_of(self._connection)
        lifespans.turn_over(driver, self._document_id, self._number, hard, self._hard)
        self._hard = hard


def get(connection: Connection, version_id: int) -> Version:
    return version_of(connection.execute(_BY_ID, {"id": version_id}).one())


def several(connection: Connection, version_ids: Iterable[int]) -> dict[int, Version]:
    """Versions by their ids."""
    ids = iter(version_ids)
    found: dict[int, Version] = {}
    while batch := list(islice(ids, 500)):
        rows = connection.execute(select(*COLUMNS).where(versions.c.id.in_(batch)))
        found |= {row.id: version_of(row) for row in rows}
    return found


def numbered(connection: Connection, document_id: int, number: int) -> Version | None:
    query = select(*COLUMNS).where(versions.c.document_id == document_id, versions.c.number == number)
    row = connection.execute(query).first()
    return version_of(row) if row else None


def with_fingerprint(connection: Connection, document_id: int, fingerprint: str) -> Version | None:
    row = connection.execute(_WITH_FINGERPRINT, {"document": document_id, "fingerprint": fingerprint}).first()
    return version_of(row) if row else None


def fingerprints(connection: Connection, document_id: int) -> dict[str, int]:
    """The number of each text that the document ever had, by its fingerprint."""
    query = select(versions.c.fingerprint, versions.c.number).where(versions.c.document_id == document_id)
    return {row.fingerprint: row.number for row in connection.execute(query)}


def ids_and_numbers(connection: Connection, document_id: int) -> dict[str, tuple[int, int]]:
    """The id and number of each text that the document ever had, by its fingerprint."""
    query = select(versions.c.fingerprint, versions.c.id, versions.c.number)
    rows = connection.execute(query.where(versions.c.document_id == document_id))
    return {row.fingerprint: (row.id, row.number) for row in rows}


def confirm_extractor(connection: Connection, version_id: int, extractor: str) -> None:
    """A newer extractor read the same text in the same bytes."""
    connection.execute(update(versions).where(versions.c.id == version_id).values(extractor=extractor))


def load_clauses(connection: Connection, version_id: int) -> tuple[Clause, ...]:
    """The version's clauses, exactly as they were stored.

    Raises:
        DataDamaged: they no longer have the hash they were stored under.
    """
    entries = _entries(connection, version_id)
    try:
        texts = clause_store.texts(driver_of(connection), {clause_id for clause_id, _ in entries})
    except ValueError as error:
        raise _damaged(version_id, str(error)) from error
    loaded = restore(entries, texts)
    stored = connection.scalar(select(versions.c.clauses_sha256).where(versions.c.id == version_id))
    if clauses_sha256(loaded) != stored:
        raise _damaged(version_id, f"their hash is no longer {stored}")
    return loaded


def hard_clause_ids(connection: Connection, version_id: int) -> frozenset[int]:
    """The ids of the clauses that count for search and lifespans: all but the soft ones."""
    return hard_ids(_entries(connection, version_id))


def ever_stood(connection: Connection, document_id: int, texts: Iterable[str]) -> set[str]:
    """Those of the texts that stood as a clause in some version of the document."""
    driver = driver_of(connection)
    numbers = clause_store.numbers(driver, texts)
    held = lifespans.ever_held(driver, document_id, numbers.values())
    return {text for text, number in numbers.items() if number in held}


def texts_of(connection: Connection, document_id: int, numbers: Iterable[int]) -> set[str]:
    """The texts of all clauses that the document's versions of these numbers hold, soft ones left out."""
    driver = driver_of(connection)
    return set(clause_store.texts(driver, lifespans.held_by(driver, document_id, numbers)).values())


def _entries(connection: Connection, version_id: int) -> list[Entry]:
    try:
        return unpack(packed_of(driver_of(connection), version_id))
    except ValueError as error:
        raise _damaged(version_id, str(error)) from error


def _damaged(version_id: int, how: str) -> DataDamaged:
    return DataDamaged(f"the clauses of stored version {version_id} are damaged: {how}; restore a backup")


def version_of(row: Any) -> Version:
    return Version(
        id=row.id,
        document_id=row.document_id,
        number=row.number,
        fingerprint=row.fingerprint,
        clauses_sha256=row.clauses_sha256,
        extractor=row.extractor,
        words=row.words,
        title=row.title,
        language=row.language,
        stated_date=row.stated_date,
        effective_date=row.effective_date,
        source=row.source,
        snapshot_ids=tuple(row.snapshot_ids),
    )
