"""SQLite itself: a file opened for reading, marks of our files, errors in plain words; no SQLAlchemy.

A question about a wording is answered before SQLAlchemy would be imported, which takes 0.2 seconds.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from storage.errors import (
    DatabaseDamaged,
    DatabaseFull,
    DatabaseLocked,
    DatabaseMissing,
    DatabaseNotWritable,
    NotADatabase,
    SchemaTooNew,
    StorageError,
)

SCHEMA_VERSION = 1
"""Raised with every migration; kept in SQLite's `user_version`, so that an older program can refuse."""

APPLICATION_ID = 0x504F4C57
"""Marks our files in SQLite's `application_id` ("POLW")."""

BUSY_TIMEOUT_SECONDS = 75.0
"""How long a writer waits for another before it says so: an import or a backup may take a minute."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

RESTORE = "restore a backup (docs/storage-faults.md says how)"

_ERRORS: dict[str, tuple[type[StorageError], str]] = {
    "SQLITE_BUSY": (DatabaseLocked, "another program is writing to it; try again"),
    "SQLITE_LOCKED": (DatabaseLocked, "another program is writing to it; try again"),
    "SQLITE_READONLY": (DatabaseNotWritable, "it may not be written by this user"),
    "SQLITE_PERM": (DatabaseNotWritable, "access is refused"),
    "SQLITE_AUTH": (DatabaseNotWritable, "access is refused"),
    "SQLITE_CANTOPEN": (DatabaseNotWritable, "it or a file beside it cannot be opened"),
    "SQLITE_FULL": (DatabaseFull, "the disk is full; make room"),
    "SQLITE_IOERR": (DatabaseFull, "reading or writing the disk failed; check the disk and its free space"),
    "SQLITE_NOTADB": (NotADatabase, "the file is not a SQLite database"),
    "SQLITE_CORRUPT": (DatabaseDamaged, f"the file is damaged; {RESTORE}"),
}

Reading = sqlite3.Connection
"""What `read()` yields: callers outside storage pass it on and never look inside."""


class Reader:
    """An existing database; several threads may look at it at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: list[tuple[str, sqlite3.Connection]] = []

    @classmethod
    def open(cls, path: Path) -> Self:
        """Make sure that the database at `path` can be read.

        Raises:
            DatabaseMissing: nothing is there.
            NotADatabase: the file is not one of ours, is damaged, or an older policywatch made it.
            SchemaTooNew: a newer policywatch wrote it.
            DatabaseNotWritable: the file or its folder refuses.
        """
        must_exist(path)
        reader = cls(path)
        try:
            with reader.read() as connection:
                must_be_current(path, schema_version(connection, path))
        except BaseException:
            reader.close()
            raise
        return reader

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A consistent view of the database; SQLite refuses to write anything through it."""
        location = _location(self.path, read_only=True)
        try:
            connection = self._take(location)
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")
                self._idle.append((location, connection))
        except sqlite3.Error as error:
            raise in_plain_words(error, self.path) or error from error

    def close(self) -> None:
        while self._idle:
            self._idle.pop()[1].close()

    def _take(self, location: str) -> sqlite3.Connection:
        """A connection that is open already knows the schema, which takes as long to read as many an answer."""
        while True:
            try:
                known, connection = self._idle.pop()
            except IndexError:  # none, or another thread was faster
                return connect(self.path, read_only=True)
            if known == location:
                return connection
            connection.close()


def connect(path: Path, *, read_only: bool, timeout: float = BUSY_TIMEOUT_SECONDS) -> sqlite3.Connection:
    """A connection with the settings that every one of ours has; transactions are begun by hand."""
    location = _location(path, read_only=read_only)
    connection = sqlite3.connect(
        location, uri=True, timeout=timeout, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    if read_only:
        connection.execute("PRAGMA query_only = ON")
    return connection


def schema_version(connection: sqlite3.Connection, path: Path) -> int:
    """The version of the schema that the file at `path` holds; 0 for an empty one.

    Raises:
        NotADatabase: it is not one of ours.
        SchemaTooNew: a newer policywatch wrote it.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and application != APPLICATION_ID:
        raise NotADatabase(f"{path}: this SQLite database was not made by policywatch; name another path")
    if found > SCHEMA_VERSION:
        raise SchemaTooNew(
            f"{path}: its schema is version {found}, this program knows up to {SCHEMA_VERSION};"
            " upgrade policywatch, or restore a backup made before the upgrade"
        )
    return int(found)


def must_exist(path: Path) -> None:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DatabaseMissing(
            f"there is no database at {path}; `policywatch run` or an import makes one,"
            " --database names another"
        ) from error
    except OSError as error:
        raise DatabaseNotWritable(f"{path}: it cannot be reached ({error.strerror}){whose()}") from error
    if path.is_dir():
        raise NotADatabase(f"{path}: this is a folder; name a file")


def must_be_current(path: Path, found: int) -> None:
    if found < SCHEMA_VERSION:
        raise NotADatabase(
            f"{path}: its schema is version {found}, this program needs {SCHEMA_VERSION};"
            " run `policywatch run` or `policywatch check` once to upgrade it"
        )


def in_plain_words(error: BaseException | None, path: Path) -> StorageError | None:
    """What an error of SQLite's means for the database at `path`; None for one that says nothing of it."""
    if not isinstance(error, sqlite3.Error):
        return None
    name = getattr(error, "sqlite_errorname", "") or ""
    for prefix, (kind, advice) in _ERRORS.items():
        if name.startswith(prefix):
            access = "" if kind is not DatabaseNotWritable else whose()
            return kind(f"{path}: {advice} ({error}){access}")
    return None


def whose() -> str:
    return f"; this is user id {os.getuid()}: check owner and permissions, or name another path with --database"


def _location(path: Path, *, read_only: bool) -> str:
    """The file as SQLite's URI.

    A reader of a file in WAL mode makes two more files beside it. Where it may not, and no writer has made
    them, nobody writes, and the file can be read as it lies: an archive on a read-only disk stays readable.
    Readers decide it anew for each look, since a writer may have begun.
    """
    mode = "ro" if read_only else "rw"
    written = path.with_name(path.name + "-wal").exists() or os.access(path.parent, os.W_OK)
    as_it_lies = "&immutable=1" if read_only and not written else ""
    return path.absolute().as_uri() + f"?mode={mode}{as_it_lies}"


def moment(stored: int) -> datetime:
    """A time as the tables hold it: microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=stored)


def moment_if_any(stored: int | None) -> datetime | None:
    return moment(stored) if stored is not None else None


def stored(at: datetime) -> int:
    """A time as the tables hold it: the way back from `moment`."""
    return (at - _EPOCH) // timedelta(microseconds=1)
