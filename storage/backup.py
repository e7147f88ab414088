"""A copy of the database, made while others write to it, that gets its name only once it has been read back.

The copy is one consistent state, in one file that needs no other beside it (no WAL). Whatever ends the process
on the way leaves what stood under the name before, and at most files named `NAME.partial*`, which the next
backup replaces.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, select, text, true

from storage import snapshots, versions
from storage.database import Database
from storage.errors import BackupRefused, DatabaseDamaged, DatabaseLocked
from storage.schema import bodies
from storage.schema import versions as version_table
from storage.sqlite import SCHEMA_VERSION, in_plain_words

SAMPLE = 100
"""Versions, and stored pages, that are read back against their hashes: the newest, and others evenly."""

_BESIDE = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup: its size in bytes, and how many of the versions and stored pages were read back."""

    path: Path
    size: int
    tables: int
    versions: tuple[int, int]
    pages: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Content:
    """What tells one state of a database from another."""

    schema_version: int
    rows: dict[str, int]


def back_up(source: Database, destination: Path, *, replace: bool = False) -> Backup:
    """Copy `source` to `destination`; `replace` lets it take the place of an earlier backup.

    Raises:
        BackupRefused: something is there already, or another program would read it as part of a database.
        DatabaseDamaged: the copy is damaged, so that the database is; nothing was put under the name.
        DataDamaged: a stored text or page no longer has its hash; likewise.
        DatabaseFull: there is no room for the copy.
        DatabaseLocked: another backup to the same place is under way.
        OSError: the place cannot be written.
    """
    _must_be_free(source.path, destination, replace=replace)
    with _partial_file(destination) as partial:
        copied = _copy(source, partial)
        _flush(partial)
        backup = _verify(partial, copied, destination)
        _must_be_free(source.path, destination, replace=replace)  # the copy took its time
        partial.replace(destination)
    _flush(destination.parent)
    return backup


def inspect(path: Path) -> Backup:
    """Open a backup as a reader would and read it back, as is done before it gets its name.

    Raises:
        DatabaseMissing, NotADatabase, SchemaTooNew: it cannot serve as one.
        DatabaseDamaged, DataDamaged: it is damaged.
    """
    copy = Database.open_as_it_is(path)
    copy.must_be_ours()
    return _read_whole(copy, path)


def keep_before_migration(source: Database) -> Path | None:
    """Keep a database as it is before its schema is changed; returns where, or None for an empty one.

    An earlier attempt's copy is replaced: history only grows, so that the newest holds all of it. The caller
    holds the write lock. Raises as `back_up`; the migration must then not begin.
    """
    with source.read() as transaction:
        if not _content(transaction).rows:
            return None
    destination = source.path.with_name(f"{source.path.name}.before-schema-{SCHEMA_VERSION}.db")
    return back_up(source, destination, replace=True).path


def _must_be_free(database: Path, destination: Path, *, replace: bool) -> None:
    if destination.is_dir():
        raise BackupRefused(f"{destination}: this is a folder; name a file in it")
    real = database.resolve()  # what SQLite names the files beside it after
    for suffix in ("", *_BESIDE, ".lock"):
        if _with_suffix(real, suffix) == destination.resolve():
            raise BackupRefused(f"{destination}: this is the database itself, or belongs to it; name another")
    for suffix in _BESIDE:
        if os.path.lexists(_with_suffix(destination, suffix)):
            raise BackupRefused(
                f"{_with_suffix(destination, suffix)}: this belongs to a database that is open, or was left by"
                " one, and would be read as part of the backup; name another place"
            )
    if not replace and os.path.lexists(destination):
        raise BackupRefused(f"{destination} is there already; name another place, or replace it with --force")


def _with_suffix(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


@contextmanager
def _partial_file(destination: Path) -> Iterator[Path]:
    """An empty file beside `destination`, ours alone while the block runs; gone if the block fails."""
    path = _with_suffix(destination, ".partial")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        _take(descriptor, path)
        os.fchmod(descriptor, 0o600)
        os.ftruncate(descriptor, 0)
        _remove_beside(path)  # what an interrupted backup left
        try:
            yield path
        except BaseException:
            _remove_beside(path)
            path.unlink(missing_ok=True)
            raise
    finally:
        os.close(descriptor)


def _remove_beside(path: Path) -> None:
    for suffix in _BESIDE:
        _with_suffix(path, suffix).unlink(missing_ok=True)


def _take(descriptor: int, path: Path) -> None:
    busy = DatabaseLocked(f"{path}: another backup to this place is under way; try again when it has ended")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise busy from error
    # Between our open and our lock the other may have ended and given this very file its good name.
    if not path.exists() or not os.path.samestat(os.fstat(descriptor), path.stat()):
        raise busy


def _copy(source: Database, partial: Path) -> _Content:
    """Copy the state that one read transaction sees; writers go on meanwhile. Returns what was copied."""
    with source.read() as transaction:
        content = _content(transaction)
        connection = cast("sqlite3.Connection", transaction.connection.dbapi_connection)
        try:
            with closing(sqlite3.connect(partial, isolation_level=None)) as copy:
                copy.execute("PRAGMA journal_mode = OFF")  # a half copy is thrown away, not rolled back
                copy.execute("PRAGMA synchronous = OFF")  # flushed once, when it is whole
                connection.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")  # the file alone is the backup
        except sqlite3.Error as error:
            raise in_plain_words(error, partial) or error from error
    return content


def _verify(partial: Path, expected: _Content, destination: Path) -> Backup:
    """Open the copy as a reader would, and hold it against what was copied."""
    return _read_whole(Database.open_as_it_is(partial), destination, expected)


def _read_whole(copy: Database, name: Path, expected: _Content | None = None) -> Backup:
    copy.check()
    with copy.read() as transaction:
        found = _content(transaction)
        if expected is not None and found != expected:
            raise DatabaseDamaged(f"{copy.path}: the copy does not hold what the database holds; try again")
        readable = found.schema_version == SCHEMA_VERSION  # an older one has columns that we may not know
        return Backup(
            path=name,
            size=copy.path.stat().st_size,
            tables=len(found.rows),
            versions=_read_back(transaction, version_table.c.id, versions.load_clauses) if readable else (0, 0),
            pages=_read_back(transaction, bodies.c.sha256, snapshots.read_body) if readable else (0, 0),
        )


def _content(transaction: Connection) -> _Content:
    tables = transaction.execute(
        text("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'")
    ).scalars()
    rows = {
        name: transaction.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0  # noqa: S608 (our own tables)
        for name in tables.all()
    }
    return _Content(transaction.scalar(text("PRAGMA user_version")) or 0, rows)


def _read_back(
    transaction: Connection, column: ColumnElement[Any], read: Callable[[Connection, Any], object]
) -> tuple[int, int]:
    """Read a sample of what `column` names; returns how many, and of how many."""
    query = select(column).where(_is_kept(column)).order_by(text("rowid DESC"))
    keys: Sequence[Any] = transaction.execute(query).scalars().all()
    sample = keys[:: max(1, -(-len(keys) // SAMPLE))]
    for key in sample:
        read(transaction, key)
    return len(sample), len(keys)


def _is_kept(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Bytes that were let go of cannot be read back."""
    return bodies.c.data.is_not(None) if column is bodies.c.sha256 else true()


def _flush(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
