"""The text of each document that a look showed and none has confirmed yet."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from storage.records import Candidate
from storage.schema import candidates


def of_document(connection: Connection, document_id: int) -> Candidate | None:
    row = connection.execute(select(candidates).where(candidates.c.document_id == document_id)).first()
    return Candidate(row.fingerprint, row.first_at, row.looks, tuple(row.snapshot_ids)) if row else None


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
            )
        )
