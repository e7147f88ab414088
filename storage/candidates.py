"""The text of each document that a look showed and none has confirmed yet, and which of its clauses rotate."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from storage.records import Candidate
from storage.schema import candidates, loose_clauses

_MARK = struct.Struct("<Q")


def of_document(connection: Connection, document_id: int) -> Candidate | None:
    row = connection.execute(select(candidates).where(candidates.c.document_id == document_id)).first()
    if row is None:
        return None
    return Candidate(row.fingerprint, row.first_at, row.looks, tuple(row.snapshot_ids), _unpacked(row.marks))


def replace(connection: Connection, document_id: int, candidate: Candidate | None) -> None:
    """Keep this one and no other; None: nothing waits."""
    connection.execute(delete(candidates).where(candidates.c.document_id == document_id))
    if candidate is not None:
        connection.execute(
            insert(candidates).values(
                document_id=document_id,
                fingerprint=candidate.fingerprint,
                first_at=candidate.first_at,
                looks=candidate.looks,
                snapshot_ids=list(candidate.snapshot_ids),
                marks=_packed(candidate.marks),
            )
        )


def loose_of(connection: Connection, document_id: int) -> tuple[int, ...]:
    """The marks of the clauses that are known to rotate, the oldest first."""
    query = select(loose_clauses.c.marks).where(loose_clauses.c.document_id == document_id)
    return _unpacked(connection.scalar(query) or b"")


def replace_loose(connection: Connection, document_id: int, marks: Sequence[int]) -> None:
    connection.execute(delete(loose_clauses).where(loose_clauses.c.document_id == document_id))
    if marks:
        connection.execute(insert(loose_clauses).values(document_id=document_id, marks=_packed(marks)))


def _packed(marks: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(marks)}Q", *marks)


def _unpacked(packed: bytes) -> tuple[int, ...]:
    return tuple(mark for (mark,) in _MARK.iter_unpack(packed))
