"""One daemon for one database: an advisory lock that the kernel releases however the process ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.errors import NotPermitted, TryLater


@contextmanager
def only_one(database: Path) -> Iterator[None]:
    """Hold the lock beside `database` while the block runs.

    Raises:
        TryLater: another process holds it; the message names its process id.
        NotPermitted: the lock file cannot be written.
    """
    real = database.resolve()  # a link to a database is the same database
    path = real.with_name(real.name + ".lock")
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


def _take(descriptor: int, database: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
        raise TryLater(
            f"policywatch already runs on {database} (process {holder});"
            " stop it first, or name another --database"
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
