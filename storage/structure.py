"""How a version's list of clauses is packed: the id of each, and how it stands in the page."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

from storage.records import Clause, ClauseKind

KINDS = (ClauseKind.PARAGRAPH, ClauseKind.HEADING, ClauseKind.LIST_ITEM, ClauseKind.TABLE_ROW)
_NUMBERS = {kind: number for number, kind in enumerate(KINDS)}
_ENTRY = struct.Struct("<II")
"""Clause id, then four bytes: kind (2 bits), opens a block (1), soft (1), level (28: lists nest freely)."""

Entry = tuple[int, int]
"""A clause's id and its structure."""


def pack(entries: Iterable[Entry]) -> bytes:
    return b"".join(_ENTRY.pack(*entry) for entry in entries)


def unpack(packed: bytes) -> list[Entry]:
    """The entries in order.

    Raises:
        struct.error: bytes are missing.
    """
    return list(_ENTRY.iter_unpack(packed))


def structure_of(clause: Clause) -> int:
    return _NUMBERS[clause.kind] | clause.opens_block << 2 | clause.soft << 3 | clause.level << 4


def clause_of(text: str, structure: int) -> Clause:
    return Clause(
        text=text,
        kind=KINDS[structure & 3],
        level=structure >> 4,
        opens_block=bool(structure & 4),
        soft=is_soft(structure),
    )


def is_soft(structure: int) -> bool:
    return bool(structure & 8)


def headings_above(entries: Sequence[Entry], clause_id: int) -> list[int]:
    """The clause ids of the headings above the place where a hard clause first stands, outermost first."""
    place = next(
        (at for at, (listed, how) in enumerate(entries) if listed == clause_id and not is_soft(how)), None
    )
    if place is None:
        return []
    above: list[int] = []
    level = entries[place][1] >> 4 if _opens_section(entries[place][1]) else None
    for listed, how in reversed(entries[:place]):
        if _opens_section(how) and (level is None or how >> 4 < level):
            above.append(listed)
            level = how >> 4
    return above[::-1]


def _opens_section(structure: int) -> bool:
    return KINDS[structure & 3] is ClauseKind.HEADING and bool(structure & 4)
