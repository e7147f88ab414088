"""A version's clauses as an ordered list of clause numbers with their structure, and the hash over them."""

from __future__ import annotations

import hashlib
import sqlite3
import struct
from collections.abc import Iterable, Mapping, Sequence

from storage import compression
from storage.records import Clause, ClauseKind

Entry = tuple[int, int]
"""A clause's number and its structure."""

_KINDS = (ClauseKind.PARAGRAPH, ClauseKind.HEADING, ClauseKind.LIST_ITEM, ClauseKind.TABLE_ROW)
_NUMBERS = {kind: number for number, kind in enumerate(_KINDS)}
_NAMES = {kind: kind.value.encode() for kind in _KINDS}
_ENTRY = struct.Struct("<II")
"""Clause id, then four bytes: kind (2 bits), opens a block (1), soft (1), level (28: lists nest freely)."""

_SOFT = 8
_SECTION_MASK, _SECTION = 7, _NUMBERS[ClauseKind.HEADING] | 4
"""A heading that opens a block begins a section."""
_LIST = "SELECT clause_list, base_id FROM versions WHERE id = ?"


def packed_of(driver: sqlite3.Connection, version_id: int) -> bytes:
    """The list of a stored version.

    Raises:
        ValueError: it is damaged.
    """
    frames: list[bytes] = []
    wanted: int | None = version_id
    while wanted is not None:
        frame, wanted = driver.execute(_LIST, (wanted,)).fetchone()
        frames.append(frame)
    return compression.decompress(frames[::-1])


def pack(clauses: Iterable[Clause], ids: Mapping[str, int]) -> bytes:
    return b"".join([_ENTRY.pack(ids[clause.text], _structure(clause)) for clause in clauses])


def unpack(packed: bytes) -> list[Entry]:
    """Raises ValueError for bytes that are no list."""
    try:
        return list(_ENTRY.iter_unpack(packed))
    except struct.error as error:
        raise ValueError(str(error)) from error


def restore(entries: Iterable[Entry], texts: Mapping[int, str]) -> tuple[Clause, ...]:
    """The clauses again; one whose text is gone is empty, and the hash tells."""
    return tuple(_clause(texts.get(clause_id, ""), structure) for clause_id, structure in entries)


def hard_ids(entries: Iterable[Entry]) -> frozenset[int]:
    """The clauses that count for search and lifespans: all but the soft ones."""
    return frozenset(clause_id for clause_id, structure in entries if not structure & _SOFT)


def headings_above(entries: Sequence[Entry], clause_id: int) -> list[int]:
    """The headings above the place where a hard clause first stands, outermost first."""
    place = next(
        (at for at, (listed, how) in enumerate(entries) if listed == clause_id and not how & _SOFT), None
    )
    if place is None:
        return []
    above: list[int] = []
    own = entries[place][1]
    level = own >> 4 if own & _SECTION_MASK == _SECTION else None
    for listed, how in reversed(entries[:place]):
        if how & _SECTION_MASK == _SECTION and (level is None or how >> 4 < level):
            above.append(listed)
            level = how >> 4
    return above[::-1]


def clauses_sha256(clauses: Iterable[Clause]) -> str:
    """A hash over the whole list with its structure; never to be computed differently, since it is evidence."""
    framed: list[bytes] = []
    for clause in clauses:
        words = clause.text.encode()
        framed += (
            b"%s %d %d %d %d "
            % (_NAMES[clause.kind], clause.level, clause.opens_block, clause.soft, len(words)),
            words,
        )
    return hashlib.sha256(b"".join(framed)).hexdigest()


def _structure(clause: Clause) -> int:
    return _NUMBERS[clause.kind] | clause.opens_block << 2 | clause.soft << 3 | clause.level << 4


def _clause(text: str, structure: int) -> Clause:
    return Clause(
        text=text,
        kind=_KINDS[structure & 3],
        level=structure >> 4,
        opens_block=bool(structure & 4),
        soft=bool(structure & _SOFT),
    )
