"""One daemon for one database: an advisory lock that the kernel releases however the process ends."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.errors import NotPermitted, TryLater

_INSTANT_SECONDS = 0.1


@contextmanager
def only_one(database: Path) -> Iterator[None]:
    """Hold the lock beside `database` while the block runs.

    Raises:
        TryLater: another process holds it; the message names its process id.
        NotPermitted: the lock file cannot be written.
    """
    path = _path(database)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise NotPermitted(
            f"{path}: the lock cannot be taken ({error.strerror}); check owner and permissions"
        ) from error
    try:
        _take(descriptor, database)
        yield
    finally:
        os.close(descriptor)


def holder(database: Path) -> int | None:
    """The process that holds the lock of `database`; None if nobody does.

    To ask, the lock is shared for an instant, which `only_one` outwaits. Raises OSError where the lock file may
    not be read, and LookupError where somebody holds it who cannot be named.
    """
    try:
        descriptor = os.open(_path(database), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        named = _holder(descriptor)
        if not named.isdigit():
            raise LookupError("the lock is held by a process that cannot be named") from None
        return int(named)
    else:
        return None
    finally:
        os.close(descriptor)


def _path(database: Path) -> Path:
    real = database.resolve()  # a link to a database is the same database
    return real.with_name(real.name + ".lock")


def _holder(descriptor: int) -> str:
    first, _, _ = os.pread(descriptor, 20, 0).decode("ascii", "replace").partition("\n")
    return first.strip()


def _take(descriptor: int, database: Path) -> None:
    for tries_left in (2, 1, 0):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError as error:
            if tries_left:
                time.sleep(_INSTANT_SECONDS)
                continue
            raise TryLater(
                f"policywatch already runs on {database} (process {_holder(descriptor) or 'unknown'});"
                " stop it first, or name another --database"
            ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
