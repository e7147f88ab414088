"""Opening the database: connection settings, transactions, the schema's age, and errors in plain words."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from storage.errors import (
    DatabaseFull,
    DatabaseLocked,
    DatabaseMissing,
    DatabaseNotWritable,
    NotADatabase,
    SchemaTooNew,
    StorageError,
)
from storage.schema import APPLICATION_ID, SCHEMA_VERSION

Transaction = Connection
"""What `read()` and `write()` yield: callers pass it on and never look inside."""

BUSY_TIMEOUT_SECONDS = 30
"""How long a writer waits for another before it says so."""

_SQLITE_ERRORS: dict[str, tuple[type[StorageError], str]] = {
    "SQLITE_BUSY": (DatabaseLocked, "another program is writing to it; try again"),
    "SQLITE_LOCKED": (DatabaseLocked, "another program is writing to it; try again"),
    "SQLITE_READONLY": (DatabaseNotWritable, "it may not be written; check owner and permissions"),
    "SQLITE_PERM": (DatabaseNotWritable, "access is refused; check owner and permissions"),
    "SQLITE_AUTH": (DatabaseNotWritable, "access is refused; check owner and permissions"),
    "SQLITE_CANTOPEN": (DatabaseNotWritable, "it cannot be opened; check owner and permissions of its folder"),
    "SQLITE_FULL": (DatabaseFull, "the disk is full; make room"),
    "SQLITE_IOERR": (DatabaseFull, "reading or writing the disk failed; check the disk and its free space"),
    "SQLITE_NOTADB": (NotADatabase, "the file is not a SQLite database"),
    "SQLITE_CORRUPT": (NotADatabase, "the file is damaged; restore a backup"),
}


class Database:
    """One SQLite file in WAL mode, or an existing one opened for reading only.

    `read()` and `write()` are the only ways in; a write begins with BEGIN IMMEDIATE, so that it waits for
    another writer rather than failing half-way, and commits or rolls back as a whole.
    """

    def __init__(self, path: Path, engine: Engine) -> None:
        self.path = path
        self._engine = engine

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Database:
        """Open the database at `path`; unless `read_only`, create it or bring its schema up to date first.

        Raises:
            DatabaseMissing: `read_only`, and nothing is there.
            NotADatabase: the file is not one of ours, or is damaged.
            SchemaTooNew: a newer policywatch wrote it; nothing is touched.
            DatabaseNotWritable: the file or its folder refuses.

        """
        if read_only and not path.exists():
            raise DatabaseMissing(
                f"there is no database at {path}; `policywatch run` or an import makes one,"
                " --database names another"
            )
        if not read_only:
            _make_private(path)
        database = cls(path, _make_engine(path, read_only=read_only))
        try:
            database._check_age(read_only=read_only)
        except BaseException:
            database.close()
            raise
        return database

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view of the database; nothing may be written through it."""
        with self._translated(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: everything done through it is kept together, or nothing is."""
        engine = self._engine.execution_options(policywatch_write=True)
        with self._translated(), engine.begin() as connection:
            yield connection

    def _check_age(self, *, read_only: bool) -> None:
        with self.read() as connection:
            application = connection.scalar(text("PRAGMA application_id"))
            found = connection.scalar(text("PRAGMA user_version")) or 0
            empty = connection.scalar(text("SELECT count(*) FROM sqlite_master")) == 0
        if not empty and application != APPLICATION_ID:
            raise NotADatabase(
                f"{self.path}: this SQLite database was not made by policywatch; name another path"
            )
        if found > SCHEMA_VERSION:
            raise SchemaTooNew(
                f"{self.path}: its schema is version {found}, this program knows up to {SCHEMA_VERSION};"
                " upgrade policywatch, or restore a backup made before the upgrade"
            )
        if found < SCHEMA_VERSION:
            if read_only:
                raise NotADatabase(
                    f"{self.path}: its schema is version {found}, this program needs {SCHEMA_VERSION};"
                    " run `policywatch run` or `policywatch check` once to upgrade it"
                )
            self._migrate()

    def _migrate(self) -> None:
        from storage.migrations import upgrade

        with self.write() as connection:
            upgrade(connection)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            known = _translate(error.orig, self.path)
            if known is None:
                raise
            raise known from error


def _translate(error: BaseException | None, path: Path) -> StorageError | None:
    if not isinstance(error, sqlite3.Error):
        return None
    name = getattr(error, "sqlite_errorname", "") or ""
    for prefix, (kind, advice) in _SQLITE_ERRORS.items():
        if name.startswith(prefix):
            return kind(f"{path}: {advice} ({error})")
    return None


def _make_private(path: Path) -> None:
    """Create folder and file readable by their owner alone: pages and recipients are nobody else's business."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except IsADirectoryError as error:
        raise NotADatabase(f"{path}: this is a folder; name a file") from error
    except OSError as error:
        raise DatabaseNotWritable(
            f"{path}: cannot be created or written by user id {os.getuid()} ({error.strerror});"
            " check owner and permissions, or name another path with --database"
        ) from error


def _make_engine(path: Path, *, read_only: bool) -> Engine:
    mode = "ro" if read_only else "rw"
    location = path.absolute().as_uri() + f"?mode={mode}"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            location, uri=True, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
        )

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool)

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: Any) -> None:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        if read_only:
            connection.execute("PRAGMA query_only = ON")
        else:
            connection.execute("PRAGMA journal_mode = WAL")
            # FULL: an alert that was reported as stored must survive a power cut (sqlite.org/pragma.html).
            connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("policywatch_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine
