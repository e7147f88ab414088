"""Captures kept byte for byte, what the next request needs to know of them, and looks not yet read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from storage import compression
from storage.errors import BytesLetGo, DataDamaged
from storage.records import ClockState, FetchState, PendingLook, Snapshot, SnapshotMeta
from storage.schema import bodies, fetch_states, pending_looks, snapshots

_HELD = select(bodies.c.data.is_not(None)).where(bodies.c.sha256 == bindparam("hash"))
_INSERT = insert(snapshots).returning(snapshots.c.id)
_BY_ID = (
    select(snapshots, bodies.c.size)
    .join(bodies, bodies.c.sha256 == snapshots.c.sha256)
    .where(snapshots.c.id == bindparam("id"))
)
_OF_DOCUMENT = (
    select(snapshots, bodies.c.size)
    .join(bodies, bodies.c.sha256 == snapshots.c.sha256)
    .where(snapshots.c.document_id == bindparam("document"))
    .order_by(snapshots.c.id)
)
_FRAME = select(bodies.c.data, bodies.c.base_sha256).where(bodies.c.sha256 == bindparam("hash"))
_FORGET_PENDING = delete(pending_looks).where(pending_looks.c.document_id == bindparam("document"))
_FORGET_STATES = delete(fetch_states).where(fetch_states.c.document_id == bindparam("document"))
_STATES = (
    select(fetch_states, snapshots.c.sha256, snapshots.c.final_url)
    .join(snapshots, snapshots.c.id == fetch_states.c.snapshot_id)
    .where(fetch_states.c.document_id == bindparam("document"))
    .order_by(fetch_states.c.part)
)
_PENDING = (
    select(pending_looks, snapshots.c.sha256, snapshots.c.final_url)
    .join(snapshots, snapshots.c.id == pending_looks.c.snapshot_id)
    .where(pending_looks.c.document_id == bindparam("document"))
    .order_by(pending_looks.c.part)
)


def store(
    connection: Connection, document_id: int, part: int, body: bytes, meta: SnapshotMeta, base: str | None
) -> Snapshot:
    """Keep `body` and how it was obtained; `base` is the hash of a stored body it is likely to resemble.

    A base should be a body that some version rests on, so that looks in between can be dropped one by one.
    """
    sha256 = hashlib.sha256(body).hexdigest()
    held = connection.scalar(_HELD, {"hash": sha256})
    if not held:
        _store_body(connection, sha256, body, base, known=held is not None)
    values = {
        "document_id": document_id,
        "part": part,
        "sha256": sha256,
        "url": meta.url,
        "final_url": meta.final_url,
        "redirects": list(meta.redirects),
        "address": meta.address,
        "status": meta.status,
        "captured_at": meta.captured_at,
        "duration_seconds": meta.duration_seconds,
        "request_headers": [list(pair) for pair in meta.request_headers],
        "response_headers": [list(pair) for pair in meta.response_headers],
        "content_type": meta.content_type,
        "clock": meta.clock.value,
    }
    stored_id = connection.execute(_INSERT, values).scalar_one()
    return Snapshot(stored_id, document_id, part, sha256, len(body), meta)


def get(connection: Connection, snapshot_id: int) -> Snapshot:
    return _snapshot(connection.execute(_BY_ID, {"id": snapshot_id}).one())


def every(connection: Connection, document_id: int) -> list[Snapshot]:
    """The stored captures of a document, in the order they were stored."""
    found = connection.execute(_OF_DOCUMENT, {"document": document_id})
    return [_snapshot(row) for row in found]


def clocks_of(connection: Connection, snapshot_ids: Sequence[int]) -> frozenset[ClockState]:
    """The states that the clock was in when these captures were made."""
    query = select(snapshots.c.clock).where(snapshots.c.id.in_(snapshot_ids)).distinct()
    return frozenset(ClockState(found) for found in connection.scalars(query))


def read_body(connection: Connection, sha256: str) -> bytes:
    """The stored bytes with this hash.

    Raises:
        BytesLetGo: they were kept for as long as was configured (`storage.retention`).
        DataDamaged: what is stored no longer has the hash it was stored under (a damaged disk, a changed row).
    """
    try:
        body = compression.decompress(_frames(connection, sha256))
    except ValueError as error:
        raise DataDamaged(f"stored bytes {sha256} are damaged: {error}; restore a backup") from error
    if hashlib.sha256(body).hexdigest() != sha256:
        raise DataDamaged(f"stored bytes {sha256} are damaged: their hash no longer matches; restore a backup")
    return body


def _frames(connection: Connection, sha256: str) -> list[bytes]:
    frames: list[bytes] = []
    wanted: str | None = sha256
    while wanted is not None:
        row = connection.execute(_FRAME, {"hash": wanted}).one()
        if row.data is None:
            raise BytesLetGo(
                f"the bytes {wanted} were let go of, as the configuration says (keep, under [storage])"
            )
        frames.append(row.data)
        wanted = row.base_sha256
    return frames[::-1]


def _store_body(connection: Connection, sha256: str, body: bytes, base: str | None, *, known: bool) -> None:
    """`known` says that these bytes were kept before, and let go of."""
    depth = 0
    if base is not None:
        depth = connection.execute(select(bodies.c.depth).where(bodies.c.sha256 == base)).scalar_one() + 1
        if depth >= compression.KEY_FRAME_EVERY:
            base, depth = None, 0
    data = compression.compress(body, read_body(connection, base) if base is not None else None)
    values = {"sha256": sha256, "size": len(body), "base_sha256": base, "depth": depth, "data": data}
    if known:
        connection.execute(update(bodies).where(bodies.c.sha256 == sha256).values(values))
    else:
        connection.execute(insert(bodies), values)


def fetch_states_of(connection: Connection, document_id: int) -> tuple[FetchState, ...]:
    """What we hold of each of a document's addresses, in their order."""
    return tuple(_state(row) for row in connection.execute(_STATES, {"document": document_id}))


def replace_fetch_states(connection: Connection, document_id: int, states: Sequence[FetchState]) -> None:
    connection.execute(_FORGET_STATES, {"document": document_id})
    _insert(connection, fetch_states, document_id, states, {})


def set_pending(
    connection: Connection, document_id: int, observed_at: datetime, parts: Sequence[FetchState]
) -> None:
    """Remember that these captures wait to be read; a crash from here on is made good at the next start."""
    clear_pending(connection, document_id)
    _insert(connection, pending_looks, document_id, parts, {"observed_at": observed_at})


def clear_pending(connection: Connection, document_id: int) -> None:
    connection.execute(_FORGET_PENDING, {"document": document_id})


def pending(connection: Connection, document_id: int) -> PendingLook | None:
    rows = connection.execute(_PENDING, {"document": document_id}).all()
    if not rows:
        return None
    return PendingLook(document_id, rows[0].observed_at, tuple(_state(row) for row in rows))


def _insert(
    connection: Connection, table: Any, document_id: int, states: Sequence[FetchState], more: dict[str, Any]
) -> None:
    rows = [
        {
            "document_id": document_id,
            "part": state.part,
            "url": state.url,
            "etag": state.etag,
            "last_modified": state.last_modified,
            "snapshot_id": state.snapshot_id,
            "fetched_fully_at": state.fetched_fully_at,
            **more,
        }
        for state in states
    ]
    if rows:
        connection.execute(insert(table), rows)


def _state(row: Row[Any]) -> FetchState:
    return FetchState(
        part=row.part,
        url=row.url,
        final_url=row.final_url,
        etag=row.etag,
        last_modified=row.last_modified,
        snapshot_id=row.snapshot_id,
        sha256=row.sha256,
        fetched_fully_at=row.fetched_fully_at,
    )


def _snapshot(row: Row[Any]) -> Snapshot:
    meta = SnapshotMeta(
        url=row.url,
        final_url=row.final_url,
        redirects=tuple(row.redirects),
        address=row.address,
        status=row.status,
        captured_at=row.captured_at,
        duration_seconds=row.duration_seconds,
        request_headers=tuple((name, value) for name, value in row.request_headers),
        response_headers=tuple((name, value) for name, value in row.response_headers),
        content_type=row.content_type,
        clock=ClockState(row.clock),
    )
    return Snapshot(row.id, row.document_id, row.part, row.sha256, row.size, meta)
