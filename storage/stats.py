"""What takes the room in the database file, by what it is for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from storage.errors import StorageError

_PARTS = {
    "full-text index": ("clause_index",),
    "clause texts": ("clause_blocks",),
    "clause digests": ("clauses",),
    "lifespans": ("lifespans",),
    "versions": ("versions",),
    "appearances": ("appearances",),
    "changes and findings": ("changes", "findings"),
    "captured bytes": ("bodies",),
    "captures": ("snapshots",),
    "alerts and deliveries": ("alerts", "deliveries"),
    "checks": ("checks", "schedule", "candidates", "loose_clauses", "fetch_states", "pending_looks"),
}
OTHER, FREE = "everything else", "free, to be used again"

_PART_OF = {table: part for part, tables in _PARTS.items() for table in tables}
_PAGES = text(
    "SELECT coalesce(m.tbl_name, d.name) AS held, d.pgsize AS size FROM dbstat AS d"
    " LEFT JOIN sqlite_master AS m ON m.name = d.name WHERE d.aggregate = TRUE"
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the file: its bytes with all its indexes, and how many rows its first table has."""

    name: str
    bytes: int
    rows: int | None


def parts(connection: Connection) -> list[Part]:
    """Everything in the file, the largest first; reads all of it, a second or so for each gigabyte.

    Raises:
        StorageError: SQLite was built without what tells it (`dbstat`).
    """
    try:
        pages = connection.execute(_PAGES).all()
    except OperationalError as error:
        if "dbstat" in str(error.orig):
            raise StorageError(
                "this SQLite was built without dbstat, which tells what takes the room"
            ) from error
        raise
    sizes: Counter[str] = Counter()
    for row in pages:
        sizes[_part_of(row.held)] += row.size
    page = connection.scalar(text("PRAGMA page_size")) or 0
    sizes[FREE] = page * (connection.scalar(text("PRAGMA freelist_count")) or 0)
    return [Part(name, size, _rows(connection, name)) for name, size in sizes.most_common()]


def _part_of(table: str) -> str:
    """SQLite keeps a full-text index in tables that are named after it."""
    return _PART_OF["clause_index"] if table.startswith("clause_index") else _PART_OF.get(table, OTHER)


def _rows(connection: Connection, name: str) -> int | None:
    table = _PARTS.get(name, (None,))[0]
    if table is None:
        return None
    counted = "clause_index_docsize" if table == "clause_index" else table
    return connection.scalar(text(f"SELECT count(*) FROM {counted}")) or 0  # noqa: S608 (our own tables)
