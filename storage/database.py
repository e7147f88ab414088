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
from storage.schema import APPLICATION_ID, SCHEMA_VERSION

Transaction = Connection
"""What `read()` and `write()` yield: callers pass it on and never look inside."""

BUSY_TIMEOUT_SECONDS = 75.0
"""How long a writer waits for another before it says so: an import or a backup may take a minute."""

_STEPS_BETWEEN_LOOKS = 10_000
"""Of SQLite's own machine, some milliseconds, between two looks at the clock."""

_RESTORE = "restore a backup (docs/storage-faults.md says how)"

_SQLITE_ERRORS: dict[str, tuple[type[StorageError], str]] = {
    "SQLITE_BUSY": (DatabaseLocked, "another program is writing to it; try again"),
    "SQLITE_LOCKED": (DatabaseLocked, "another program is writing to it; try again"),
    "SQLITE_READONLY": (DatabaseNotWritable, "it may not be written by this user"),
    "SQLITE_PERM": (DatabaseNotWritable, "access is refused"),
    "SQLITE_AUTH": (DatabaseNotWritable, "access is refused"),
    "SQLITE_CANTOPEN": (DatabaseNotWritable, "it or a file beside it cannot be opened"),
    "SQLITE_FULL": (DatabaseFull, "the disk is full; make room"),
    "SQLITE_IOERR": (DatabaseFull, "reading or writing the disk failed; check the disk and its free space"),
    "SQLITE_NOTADB": (NotADatabase, "the file is not a SQLite database"),
    "SQLITE_CORRUPT": (DatabaseDamaged, f"the file is damaged; {_RESTORE}"),
}


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
            _must_exist(path)
        else:
            _make_private(path)
        reader = cls(path, _make_engine(path, read_only=True, busy_timeout=busy_timeout))
        found = reader._schema_version()
        if read_only:
            _must_be_current(path, found)
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
        _must_exist(path)
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
                f" it was left as it is: {_RESTORE}"
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
            application = connection.scalar(text("PRAGMA application_id"))
            found: int = connection.scalar(text("PRAGMA user_version")) or 0
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
        return found

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


def in_plain_words(error: BaseException | None, path: Path) -> StorageError | None:
    """What an error of SQLite's means for the database at `path`; None for one that says nothing of it."""
    if not isinstance(error, sqlite3.Error):
        return None
    name = getattr(error, "sqlite_errorname", "") or ""
    for prefix, (kind, advice) in _SQLITE_ERRORS.items():
        if name.startswith(prefix):
            access = "" if kind is not DatabaseNotWritable else _whose()
            return kind(f"{path}: {advice} ({error}){access}")
    return None


def _whose() -> str:
    return f"; this is user id {os.getuid()}: check owner and permissions, or name another path with --database"


def _must_exist(path: Path) -> None:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DatabaseMissing(
            f"there is no database at {path}; `policywatch run` or an import makes one,"
            " --database names another"
        ) from error
    except OSError as error:
        raise DatabaseNotWritable(f"{path}: it cannot be reached ({error.strerror}){_whose()}") from error
    if path.is_dir():
        raise NotADatabase(f"{path}: this is a folder; name a file")


def _must_be_current(path: Path, found: int) -> None:
    if found < SCHEMA_VERSION:
        raise NotADatabase(
            f"{path}: its schema is version {found}, this program needs {SCHEMA_VERSION};"
            " run `policywatch run` or `policywatch check` once to upgrade it"
        )


def _make_private(path: Path) -> None:
    """Create folder and file readable by their owner alone: pages and recipients are nobody else's business."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except IsADirectoryError as error:
        raise NotADatabase(f"{path}: this is a folder; name a file") from error
    except OSError as error:
        raise DatabaseNotWritable(
            f"{path}: it cannot be made or written ({error.strerror}){_whose()}"
        ) from error


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


def _make_engine(path: Path, *, read_only: bool, busy_timeout: float) -> Engine:
    def connect() -> sqlite3.Connection:
        location = _location(path, read_only=read_only)
        return sqlite3.connect(
            location, uri=True, timeout=busy_timeout, isolation_level=None, check_same_thread=False
        )

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool if read_only else QueuePool)

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: Any) -> None:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        if not read_only:
            connection.execute("PRAGMA journal_mode = WAL")
            # FULL: an alert that was reported as stored must survive a power cut (sqlite.org/pragma.html).
            connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("policywatch_write", False)
        # Straight to the driver: these run for every transaction, and mean nothing to SQLAlchemy.
        driver: sqlite3.Connection = connection.connection.dbapi_connection  # type: ignore[assignment]
        if connection.info.get("writes") is not write:
            driver.execute(f"PRAGMA query_only = {'OFF' if write else 'ON'}")
            connection.info["writes"] = write
        driver.execute("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine
