"""The database as files: how large they are, and what can be told of one without opening it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

WAL_BOUND_BYTES = 64 * 1_048_576
"""SQLite takes its -wal into the database at 4 MB (sqlite.org/wal.html); at 16 times that it is stopped."""

HEADER_BYTES = 100
_MAGIC = b"SQLite format 3\0"
_WRITE_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Sizes:
    """In bytes: the database, and the file of what was written and not yet taken into it."""

    database: int
    wal: int


def sizes(path: Path) -> Sizes:
    """Of a file that is not there: 0."""
    return Sizes(_size(path), _size(wal_of(path)))


def wal_of(path: Path) -> Path:
    return beside(path, "-wal")


def beside(path: Path, suffix: str) -> Path:
    """The file that SQLite keeps beside a database; a link's stand beside what it leads to."""
    real = path.resolve()
    return real.with_name(real.name + suffix)


def is_write_ahead(path: Path) -> bool:
    """Whether the header says that part of the database may stand in its `-wal` (sqlite.org/fileformat2.html).

    A backup that policywatch made says no. Raises OSError where the file cannot be read.
    """
    with path.open("rb") as file:
        header = file.read(HEADER_BYTES)
    return header.startswith(_MAGIC) and _WRITE_AHEAD in header[18:20]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
