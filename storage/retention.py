"""Which captured bytes are kept, and how the others go without taking along what rests on them.

Kept whatever is configured: what a new look is compared with (validators, looks not yet read, texts that wait
to be confirmed), the last look at every address, what the standing version was read from, and what an open
alert cites. Of a version whose bytes went, their hash and their headers stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, text, update

from storage import compression, snapshots
from storage.records import Keep
from storage.schema import Instant, bodies
from storage.schema import snapshots as captures

AT_ONCE = 50
"""Captures that one transaction lets go of, so that no writer waits long for it."""

_UNNEEDED = """
WITH of_versions(id) AS (SELECT j.value FROM versions AS v, json_each(v.snapshot_ids) AS j),
open(version_id, previous_id) AS (
    SELECT c.version_id, c.previous_id FROM alerts AS a JOIN changes AS c ON c.id = a.change_id
    WHERE a.status != 'resolved'
),
cited(version_id) AS (
    SELECT version_id FROM appearances WHERE id IN (SELECT max(id) FROM appearances GROUP BY document_id)
    UNION SELECT version_id FROM open UNION SELECT previous_id FROM open
),
kept(id) AS (
    SELECT snapshot_id FROM fetch_states
    UNION SELECT snapshot_id FROM pending_looks
    UNION SELECT j.value FROM candidates AS c, json_each(c.snapshot_ids) AS j
    UNION SELECT max(id) FROM snapshots GROUP BY document_id, part
    UNION SELECT j.value FROM versions AS v, json_each(v.snapshot_ids) AS j
    WHERE v.id IN (SELECT version_id FROM cited)
)
SELECT s.id, s.sha256, s.id IN (SELECT id FROM of_versions) AS of_version
FROM snapshots AS s JOIN bodies AS b ON b.sha256 = s.sha256
WHERE b.data IS NOT NULL AND s.id NOT IN (SELECT id FROM kept) AND {condition}
ORDER BY s.id LIMIT :limit
"""

# A look is told of by the first run of checks that ends after its bytes came.
_CHANGED = text(
    _UNNEEDED.format(
        condition="""s.id NOT IN (SELECT id FROM of_versions) AND coalesce((
            SELECT k.outcome FROM checks AS k WHERE k.document_id = s.document_id AND k.last_at >= s.captured_at
            ORDER BY k.id LIMIT 1), 'held') != 'held'"""
    )
)
_DAYS = text(_UNNEEDED.format(condition="s.captured_at < :since")).bindparams(
    bindparam("since", type_=Instant())
)


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many captures went, and how many stored bytes with them."""

    captures: int = 0
    bytes: int = 0

    def __add__(self, other: Pruned) -> Pruned:
        return Pruned(self.captures + other.captures, self.bytes + other.bytes)


def prune(connection: Connection, keep: Keep, now: datetime) -> Pruned:
    """Let go of at most `AT_ONCE` captures that `keep` does not ask for; none says that none is left."""
    if keep == "all":
        return Pruned()
    if keep == "changed":
        rows = connection.execute(_CHANGED, {"limit": AT_ONCE}).all()
    else:
        rows = connection.execute(_DAYS, {"limit": AT_ONCE, "since": now - keep}).all()
    gone = [row.id for row in rows if not row.of_version]
    connection.execute(delete(captures).where(captures.c.id.in_(gone)))
    victims = {row.id for row in rows}
    freed = sum(_let_go(connection, sha256, victims) for sha256 in dict.fromkeys(row.sha256 for row in rows))
    return Pruned(len(rows), freed)


def _let_go(connection: Connection, sha256: str, victims: set[int]) -> int:
    """Drop the bytes unless another capture needs them; returns how much room that gives."""
    holders = set(connection.scalars(select(captures.c.id).where(captures.c.sha256 == sha256)))
    if holders - victims:
        return 0
    size = connection.scalar(select(func.length(bodies.c.data)).where(bodies.c.sha256 == sha256)) or 0
    grown = _rest_on_another(connection, sha256)
    if holders:
        emptied = {"data": None, "base_sha256": None, "depth": 0}
        connection.execute(update(bodies).where(bodies.c.sha256 == sha256).values(emptied))
    else:
        connection.execute(delete(bodies).where(bodies.c.sha256 == sha256))
    return size - grown


def _rest_on_another(connection: Connection, sha256: str) -> int:
    """Compress what rests on these bytes against what they rest on; returns by how much it grew."""
    base, depth = connection.execute(
        select(bodies.c.base_sha256, bodies.c.depth).where(bodies.c.sha256 == sha256)
    ).one()
    below = snapshots.read_body(connection, base) if base is not None else None
    resting = connection.execute(
        select(bodies.c.sha256, bodies.c.data).where(bodies.c.base_sha256 == sha256)
    ).all()
    grown = 0
    for row in resting:
        data = compression.compress(snapshots.read_body(connection, row.sha256), below)
        grown += len(data) - len(row.data)
        values: dict[str, Any] = {"data": data, "base_sha256": base, "depth": depth}
        connection.execute(update(bodies).where(bodies.c.sha256 == row.sha256).values(values))
    return grown
