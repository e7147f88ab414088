"""Asks the database: does it open, is it whole, who has it, how do documents and outbox stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from monitor import lock
from monitor.doctor import judge, machine, watching
from monitor.doctor.model import Diagnosis, Result
from monitor.views import iso
from storage import channels, checks, deliveries, life, standings
from storage.backup import inspect
from storage.database import Database, Transaction
from storage.errors import DatabaseMissing, DatabaseNotWritable, NotADatabase, StorageError
from storage.files import beside, is_write_ahead, sizes, wal_of

Answered = TypeVar("Answered")

BESIDE = ("-wal", "-shm")
READ_SECONDS = 60.0
"""For reading the whole file; a larger one than this reads is proved by `policywatch backup`."""

AS_THE_SERVICE = "run this as the service's user (sudo -u policywatch)"
RESTORE = "docs/storage-faults.md says how to restore a backup"


def opens(path: Path) -> Diagnosis:
    try:
        database = Database.open(path, read_only=True, busy_timeout=5.0)
    except DatabaseMissing as error:
        return Diagnosis("database", Result.WARNING, str(error), "on a fresh machine that is as it should be")
    except StorageError as error:
        return Diagnosis("database", Result.ERROR, str(error), _advice(error))
    database.close()
    return Diagnosis("database", Result.OK, f"{path}, {judge.size(sizes(path).database)}")


def is_whole(path: Path, seconds: float = READ_SECONDS) -> Diagnosis:
    try:
        Database.open_as_it_is(path).check(seconds)
    except TimeoutError:
        found = f"no damage found in {seconds:g} seconds of reading, which was not enough for all of it"
        return Diagnosis("integrity", Result.UNKNOWN, found, "`policywatch backup` reads the whole")
    except StorageError as error:
        return Diagnosis("integrity", Result.ERROR, str(error), _advice(error))
    return Diagnosis("integrity", Result.OK, "quick_check found no damage")


def permissions(path: Path, user: int) -> Diagnosis:
    others = [machine.entry(file) for file in _beside(path)]
    real = path.resolve()
    return judge.permissions(machine.entry(real), machine.entry(real.parent), others, user)


def disk(path: Path) -> Diagnosis:
    return judge.disk(machine.space(_nearest(path.resolve().parent)), sizes(path).database)


def filesystem(path: Path) -> Diagnosis:
    return judge.filesystem(machine.filesystem_of(_nearest(path.resolve().parent), machine.mounts()))


def wal(path: Path) -> Diagnosis:
    return judge.wal(sizes(path))


def daemon(path: Path, now: datetime) -> Diagnosis:
    """Whether one runs on this database, and gets on."""
    try:
        process = lock.holder(path)
    except (OSError, LookupError) as error:
        return Diagnosis("daemon", Result.UNKNOWN, f"the lock does not tell: {error}", AS_THE_SERVICE)
    try:
        written = _read(path, life.read)
    except StorageError:  # which is a row of its own
        written = None
    return watching.daemon(process, written, now)


def files_in_use(path: Path) -> Diagnosis | None:
    """Whether the daemon writes to the files that are there; None while no daemon runs that we may ask."""
    try:
        process = lock.holder(path)
    except (OSError, LookupError):
        return None
    if process is None:
        return None
    real = path.resolve()
    found = machine.holder(process, [real, *(beside(path, suffix) for suffix in BESIDE)])
    return judge.together(found, real.name, has_wal=wal_of(path).exists())


def documents(path: Path, paused: frozenset[str]) -> Diagnosis:
    return watching.documents(_read(path, standings.every), paused)


def outbox(path: Path, now: datetime, limit: timedelta) -> Diagnosis:
    return watching.outbox(_read(path, lambda transaction: deliveries.depth(transaction, now)), now, limit)


def failing_channels(path: Path, now: datetime) -> Diagnosis:
    return watching.channels(_read(path, channels.every), now)


def backup(path: Path) -> Diagnosis:
    """Whether a backup can be restored, and how much of it is proved."""
    try:
        copied_by_hand = path.is_file() and is_write_ahead(path)
        found = inspect(path)
    except (StorageError, OSError) as error:
        return Diagnosis("backup", Result.ERROR, str(error), "make another: `policywatch backup DEST`")
    told = (
        f"{judge.size(found.size)}; read back {found.versions[0]} of {found.versions[1]} versions and"
        f" {found.pages[0]} of {found.pages[1]} pages; the last look in it is of {_last_look(path)}"
    )
    if copied_by_hand:
        told += "; copied by hand, so that what stood in a -wal beside the original is missing"
        return Diagnosis("backup", Result.WARNING, told, "make backups with `policywatch backup DEST`")
    return Diagnosis("backup", Result.OK, told)


def _advice(error: StorageError) -> str:
    """What to do, where the error does not say it all itself."""
    if isinstance(error, NotADatabase):
        return RESTORE
    return AS_THE_SERVICE if isinstance(error, DatabaseNotWritable) else ""


def _last_look(path: Path) -> str:
    database = Database.open_as_it_is(path)
    with database.read() as transaction:
        return iso(checks.last_look_at(transaction)) or "no time: it holds none"


def _read(path: Path, question: Callable[[Transaction], Answered]) -> Answered:
    database = Database.open(path, read_only=True, busy_timeout=5.0)
    try:
        with database.read() as transaction:
            return question(transaction)
    finally:
        database.close()


def _beside(path: Path) -> Iterator[Path]:
    for suffix in (*BESIDE, ".lock"):
        file = beside(path, suffix)
        if file.exists():
            yield file


def _nearest(folder: Path) -> Path:
    """The folder, or the one above it in which it would be made."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder
