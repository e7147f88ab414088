"""Opening the database: connection settings, transactions, the schema's age, and errors in plain words."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool, QueuePool

from storage.errors import DatabaseDamaged, DatabaseFull, DatabaseNotWritable, NotADatabase
from storage.files import beside, sizes
from storage.sqlite import (
    BUSY_TIMEOUT_SECONDS,
    RESTORE,
    SCHEMA_VERSION,
    connect,
    in_plain_words,
    must_be_current,
    must_exist,
    schema_version,
    whose,
)

Transaction = Connection
"""What `read()` and `write()` yield: callers pass it on and never look inside."""

_STEPS_BETWEEN_LOOKS = 10_000
"""Of SQLite's own machine, some milliseconds, between two looks at the clock."""


_ONE_PAGE = 4096


class Database:
    """One SQLite file in WAL mode, or an existing one opened for reading only.

    `read()` and `write()` are the only ways in; a write begins with BEGIN IMMEDIATE, so that it waits for
    another writer rather than failing half-way, and commits or rolls back as a whole.
    """

    def __init__(self, path: Path, engine: Engine) -> None:
        self.path = path
        self._engine = engine
        self._writing = engine.execution_options(policywatch_write=True)

    @classmethod
    def open(
        cls, path: Path, *, read_only: bool = False, busy_timeout: float = BUSY_TIMEOUT_SECONDS
    ) -> Database:
        """Open the database at `path`; unless `read_only`, create it or bring its schema up to date first.

        A database that an older policywatch wrote is kept beside it before anything of it is changed
        (`storage.backup`). `busy_timeout` is in seconds. A file that is not ours is looked at, never written.

        Raises:
            DatabaseMissing: `read_only`, and nothing is there.
            NotADatabase: the file is not one of ours, or is damaged.
            SchemaTooNew: a newer policywatch wrote it.
            DatabaseNotWritable: the file or its folder refuses.
            DatabaseLocked: another program kept writing for longer than `busy_timeout`.
        """
        if read_only:
            must_exist(path)
        else:
            _make_private(path)
            _undo_half_begun(path, busy_timeout)
        reader = cls(path, _make_engine(path, read_only=True, busy_timeout=busy_timeout))
        found = reader._schema_version()
        if read_only:
            must_be_current(path, found)
            return reader
        writer = cls(path, _make_engine(path, read_only=False, busy_timeout=busy_timeout))
        try:
            writer._bring_up_to_date(reader, found)
        except BaseException:
            writer.close()
            raise
        return writer

    @classmethod
    def open_as_it_is(cls, path: Path) -> Database:
        """Open an existing database for reading, whatever the age of its schema or the state it is in."""
        must_exist(path)
        return cls(path, _make_engine(path, read_only=True, busy_timeout=BUSY_TIMEOUT_SECONDS))

    def must_be_ours(self) -> int:
        """The version of its schema; raises NotADatabase or SchemaTooNew where we cannot read it."""
        return self._schema_version()

    def close(self) -> None:
        self._engine.dispose()

    def check(self, seconds: float | None = None) -> None:
        """Read the whole file and look for damage (SQLite's quick_check); takes seconds for each gigabyte.

        It sees a broken file. A text changed within an unbroken one shows by its hash, when it is read.

        Raises:
            DatabaseDamaged: it is damaged; the message says how to restore.
            TimeoutError: it takes longer than `seconds`.
        """
        with self.read() as connection, _within(connection, seconds):
            found = connection.execute(text("PRAGMA quick_check(3)")).scalars().all()
        if list(found) != ["ok"]:
            raise DatabaseDamaged(
                f"{self.path}: the file is damaged ({'; '.join(' '.join(each.split()) for each in found)});"
                f" it was left as it is: {RESTORE}"
            )

    def checkpoint(self) -> None:
        """Take the `-wal` into the database and cut it to nothing, as far as no reader stands in the way.

        Waits for nobody (sqlite.org/pragma.html, wal_checkpoint).
        """
        with self._translated(), closing(self._engine.raw_connection()) as connection:
            driver = cast("sqlite3.Connection", connection.dbapi_connection)
            (patience,) = driver.execute("PRAGMA busy_timeout").fetchone()
            driver.execute("PRAGMA busy_timeout = 0")
            try:
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            except sqlite3.Error as error:
                raise in_plain_words(error, self.path) or error from error
            finally:
                driver.execute(f"PRAGMA busy_timeout = {int(patience)}")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view of the database; SQLite refuses to write anything through it."""
        with self._translated(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: everything done through it is kept together, or nothing is."""
        with self._translated(), self._writing.begin() as connection:
            yield connection

    def _schema_version(self) -> int:
        """The version of the schema that the file holds; 0 for an empty one."""
        with self.read() as connection:
            return schema_version(driver_of(connection), self.path)

    def _bring_up_to_date(self, reader: Database, found: int) -> None:
        """Migrate if need be; the transaction itself shows at once whether the file can be written."""
        with self.write() as connection:
            if found < SCHEMA_VERSION:
                from storage.backup import keep_before_migration
                from storage.migrations import upgrade

                # In here nobody else can write: what is kept is what the migration finds.
                keep_before_migration(reader)
                upgrade(connection)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            known = in_plain_words(error.orig if isinstance(error, DBAPIError) else error, self.path)
            if known is None:
                raise
            if isinstance(known, DatabaseFull | DatabaseNotWritable):
                self._engine.dispose()  # after a failed write or fsync the file is opened anew
            raise known from error


def driver_of(transaction: Transaction) -> sqlite3.Connection:
    """SQLite's own connection of a transaction, for what needs no SQLAlchemy."""
    return cast("sqlite3.Connection", transaction.connection.dbapi_connection)


@contextmanager
def _within(connection: Connection, seconds: float | None) -> Iterator[None]:
    """Let SQLite give up on what it is asked in the block after so many seconds."""
    driver = driver_of(connection)
    deadline = None if seconds is None else time.monotonic() + seconds
    if deadline is not None:
        driver.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS_BETWEEN_LOOKS)
    try:
        yield
    except DBAPIError as error:
        if getattr(error.orig, "sqlite_errorname", "") == "SQLITE_INTERRUPT":
            raise TimeoutError(f"not finished within {seconds:g} seconds") from error
        raise
    finally:
        driver.set_progress_handler(None, 0)


def _make_private(path: Path) -> None:
    """Create folder and file readable by their owner alone: pages and recipients are nobody else's business."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except IsADirectoryError as error:
        raise NotADatabase(f"{path}: this is a folder; name a file") from error
    except OSError as error:
        raise DatabaseNotWritable(
            f"{path}: it cannot be made or written ({error.strerror}){whose()}"
        ) from error


def _undo_half_begun(path: Path, busy_timeout: float) -> None:
    """Undo the first write to a new file, if it was cut off: readers may not, and it holds no table yet."""
    if beside(path, "-journal").exists() and sizes(path).database <= _ONE_PAGE:
        with closing(connect(path, read_only=False, timeout=busy_timeout)) as driver:
            try:
                driver.execute("SELECT count(*) FROM sqlite_master").fetchone()
            except sqlite3.Error as error:
                raise in_plain_words(error, path) or error from error


def _make_engine(path: Path, *, read_only: bool, busy_timeout: float) -> Engine:
    def opened() -> sqlite3.Connection:
        return connect(path, read_only=read_only, timeout=busy_timeout)

    engine = create_engine("sqlite://", creator=opened, poolclass=NullPool if read_only else QueuePool)

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: Any) -> None:
        if not read_only:
            connection.execute("PRAGMA journal_mode = WAL")
            # FULL: an alert that was reported as stored must survive a power cut (sqlite.org/pragma.html).
            connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("policywatch_write", False)
        # Straight to the driver: these run for every transaction, and mean nothing to SQLAlchemy.
        driver = driver_of(connection)
        if connection.info.get("writes") is not write:
            driver.execute(f"PRAGMA query_only = {'OFF' if write else 'ON'}")
            connection.info["writes"] = write
        driver.execute("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine
