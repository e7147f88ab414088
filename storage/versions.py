"""Versions and their clauses: each distinct clause once, each version as an ordered list of clause ids."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from storage import compression
from storage.errors import DataDamaged
from storage.records import Clause, ClauseKind, NewVersion, Version
from storage.schema import clauses as clause_table
from storage.schema import lifespans, versions

_KINDS = (ClauseKind.PARAGRAPH, ClauseKind.HEADING, ClauseKind.LIST_ITEM, ClauseKind.TABLE_ROW)
_NUMBERS = {kind: number for number, kind in enumerate(_KINDS)}
_NAMES = {kind: kind.value.encode() for kind in _KINDS}
_ENTRY = struct.Struct("<II")
"""Clause id, then four bytes: kind (2 bits), opens a block (1), soft (1), level (28: lists nest freely)."""

_BATCH = 500
"""Values in one IN list: below SQLite's oldest limit of 999."""

_IDS = f"SELECT digest, id FROM clauses WHERE digest IN ({', '.join('?' * _BATCH)})"  # noqa: S608 (no values)
_LAST_CLAUSE = select(func.max(clause_table.c.id))

COLUMNS = [column for column in versions.c if column.name != "clause_list"]
_INSERT = insert(versions).returning(versions.c.id)
_LAST_NUMBER = select(func.max(versions.c.number)).where(versions.c.document_id == bindparam("document"))
_WITH_FINGERPRINT = select(*COLUMNS).where(
    versions.c.document_id == bindparam("document"), versions.c.fingerprint == bindparam("fingerprint")
)
_LIST = select(versions.c.clause_list, versions.c.base_id).where(versions.c.id == bindparam("id"))
_BY_ID = select(*COLUMNS).where(versions.c.id == bindparam("id"))


def save(
    connection: Connection,
    document_id: int,
    new: NewVersion,
    *,
    base_id: int | None,
    index: Callable[[str, str | None], tuple[str, str]],
) -> Version:
    """Store a version as the document's next number; `base_id` is the version it is likely to resemble.

    `index(text, language)` gives a clause's words and their stems as the full-text index should hold them; it
    is asked only for clauses never seen before.

    Raises:
        ValueError: a clause's text is no Unicode (it holds a lone surrogate).
    """
    clause_ids = _ensure_clauses(connection, new, index)
    packed = b"".join(_ENTRY.pack(clause_ids[clause.text], _structure(clause)) for clause in new.clauses)
    base, depth = _choose_base(connection, base_id)
    values = {
        "document_id": document_id,
        "number": (connection.scalar(_LAST_NUMBER, {"document": document_id}) or 0) + 1,
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
        "base_id": base,
        "depth": depth,
        "clause_list": compression.compress(packed, _packed(connection, base) if base is not None else None),
    }
    return get(connection, connection.execute(_INSERT, values).scalar_one())


def get(connection: Connection, version_id: int) -> Version:
    return version_of(connection.execute(_BY_ID, {"id": version_id}).one())


def numbered(connection: Connection, document_id: int, number: int) -> Version | None:
    query = _select().where(versions.c.document_id == document_id, versions.c.number == number)
    row = connection.execute(query).first()
    return version_of(row) if row else None


def with_fingerprint(connection: Connection, document_id: int, fingerprint: str) -> Version | None:
    row = connection.execute(_WITH_FINGERPRINT, {"document": document_id, "fingerprint": fingerprint}).first()
    return version_of(row) if row else None


def fingerprints(connection: Connection, document_id: int) -> dict[str, int]:
    """The number of each text that the document ever had, by its fingerprint."""
    query = select(versions.c.fingerprint, versions.c.number).where(versions.c.document_id == document_id)
    return {row.fingerprint: row.number for row in connection.execute(query)}


def confirm_extractor(connection: Connection, version_id: int, extractor: str) -> None:
    """A newer extractor read the same text in the same bytes."""
    connection.execute(update(versions).where(versions.c.id == version_id).values(extractor=extractor))


def load_clauses(connection: Connection, version_id: int) -> tuple[Clause, ...]:
    """The version's clauses, exactly as they were stored.

    Raises:
        DataDamaged: they no longer have the hash they were stored under.
    """
    entries = _entries(connection, version_id)
    texts = _texts(connection, {clause_id for clause_id, _ in entries})
    loaded = tuple(_clause(texts.get(clause_id, ""), structure) for clause_id, structure in entries)
    stored = connection.scalar(select(versions.c.clauses_sha256).where(versions.c.id == version_id))
    if clauses_sha256(loaded) != stored:
        raise _damaged(version_id, f"their hash is no longer {stored}")
    return loaded


def hard_clause_ids(connection: Connection, version_id: int) -> set[int]:
    """The ids of the clauses that count for search and lifespans: all but the soft ones."""
    return {clause_id for clause_id, structure in _entries(connection, version_id) if not structure & 8}


def ever_stood(connection: Connection, document_id: int, texts: Iterable[str]) -> set[str]:
    """Those of the texts that stood as a clause in some version of the document."""
    digests = {hashlib.sha256(text.encode()).digest()[:16]: text for text in texts}
    numbers = {number: digest for digest, number in _ids(connection, digests).items()}
    found: set[str] = set()
    for batch in _batches(sorted(numbers)):
        query = select(lifespans.c.clause_id).where(
            lifespans.c.document_id == document_id, lifespans.c.clause_id.in_(batch)
        )
        found.update(digests[numbers[row.clause_id]] for row in connection.execute(query))
    return found


def clauses_sha256(clauses: Iterable[Clause]) -> str:
    """A hash over the whole list with its structure; never to be computed differently, since it is evidence."""
    digest = hashlib.sha256()
    for clause in clauses:
        words = clause.text.encode()
        digest.update(
            b"%s %d %d %d %d "
            % (_NAMES[clause.kind], clause.level, clause.opens_block, clause.soft, len(words))
        )
        digest.update(words)
    return digest.hexdigest()


def _structure(clause: Clause) -> int:
    return _NUMBERS[clause.kind] | clause.opens_block << 2 | clause.soft << 3 | clause.level << 4


def _clause(text: str, structure: int) -> Clause:
    return Clause(
        text=text,
        kind=_KINDS[structure & 3],
        level=structure >> 4,
        opens_block=bool(structure & 4),
        soft=bool(structure & 8),
    )


def _choose_base(connection: Connection, base_id: int | None) -> tuple[int | None, int]:
    if base_id is None:
        return None, 0
    depth = connection.execute(select(versions.c.depth).where(versions.c.id == base_id)).scalar_one() + 1
    return (base_id, depth) if depth < compression.KEY_FRAME_EVERY else (None, 0)


def _entries(connection: Connection, version_id: int) -> list[tuple[int, int]]:
    try:
        return list(_ENTRY.iter_unpack(_packed(connection, version_id)))
    except struct.error as error:
        raise _damaged(version_id, str(error)) from error


def _packed(connection: Connection, version_id: int) -> bytes:
    frames: list[bytes] = []
    wanted: int | None = version_id
    while wanted is not None:
        row = connection.execute(_LIST, {"id": wanted}).one()
        frames.append(row.clause_list)
        wanted = row.base_id
    try:
        return compression.decompress(frames[::-1])
    except ValueError as error:
        raise _damaged(version_id, str(error)) from error


def _damaged(version_id: int, how: str) -> DataDamaged:
    return DataDamaged(f"the clauses of stored version {version_id} are damaged: {how}; restore a backup")


def _ensure_clauses(
    connection: Connection, new: NewVersion, index: Callable[[str, str | None], tuple[str, str]]
) -> dict[str, int]:
    digests = {clause.text: hashlib.sha256(clause.text.encode()).digest()[:16] for clause in new.clauses}
    known = _ids(connection, digests.values())
    missing = [(words, digest) for words, digest in digests.items() if digest not in known]
    if missing:
        first = (connection.scalar(_LAST_CLAUSE) or 0) + 1
        numbered = list(enumerate(missing, first))  # nobody else numbers clauses while we hold the write lock
        rows = [(number, digest, words) for number, (words, digest) in numbered]
        entries = [(number, *index(words, new.language)) for number, (words, _) in numbered]
        # In the driver's own words: a first reading writes hundreds of rows here.
        connection.exec_driver_sql("INSERT INTO clauses (id, digest, text) VALUES (?, ?, ?)", rows)
        connection.exec_driver_sql("INSERT INTO clause_index (rowid, words, stems) VALUES (?, ?, ?)", entries)
        known.update((digest, number) for number, (_, digest) in numbered)
    return {words: known[digest] for words, digest in digests.items()}


def _ids(connection: Connection, digests: Iterable[bytes]) -> dict[bytes, int]:
    """The ids of the clauses that are stored already. Lists are filled up, so that one statement serves all."""
    found: dict[bytes, int] = {}
    for batch in _batches(list(digests)):
        filled = (*batch, *[b""] * (_BATCH - len(batch)))
        found.update(tuple(row) for row in connection.exec_driver_sql(_IDS, filled))
    return found


def _texts(connection: Connection, ids: set[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for batch in _batches(sorted(ids)):
        query = select(clause_table.c.id, clause_table.c.text).where(clause_table.c.id.in_(batch))
        found.update((row.id, row.text) for row in connection.execute(query))
    return found


def _batches(values: list[Any]) -> Iterable[list[Any]]:
    return (values[start : start + _BATCH] for start in range(0, len(values), _BATCH))


def _select() -> Any:
    return select(*COLUMNS)


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
