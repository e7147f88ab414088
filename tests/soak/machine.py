"""Troubles of the machine: a full disk, another program in the database, a process that stands still."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.soak.model import FROZEN, FULL, LOCKED, READER
from tests.soak.supervisor import Supervisor

DISK_MEBIBYTES = 128
_BUSY_SECONDS = 60.0


@contextmanager
def small_disk(folder: Path, *, wanted: bool) -> Iterator[bool]:
    """A file system of its own on `folder`, False where this user may not; its database is kept beside it.

    Where none is `wanted` the folder is an ordinary one.
    """
    folder.mkdir()
    size = f"size={DISK_MEBIBYTES}m"
    mount = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)]
    may = wanted and os.geteuid() == 0
    mounted = may and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        for path in folder.glob("policywatch.db*"):
            shutil.copy(path, folder.parent)
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


class Machine:
    """Begins and ends the faults of `model.MACHINE_FAULTS`; one of a kind at a time."""

    def __init__(self, database: Path, supervisor: Supervisor) -> None:
        self._database = database
        self._filler = database.parent / "filler"
        self._supervisor = supervisor
        self._connections: dict[str, sqlite3.Connection] = {}
        self._frozen: subprocess.Popen[bytes] | None = None

    def begin(self, kind: str) -> None:
        if kind == FULL:
            self._fill()
        elif kind == FROZEN:
            self._frozen = self._supervisor.ready()
            self._frozen.send_signal(signal.SIGSTOP)
        elif kind == LOCKED:
            self._connect(kind, "BEGIN IMMEDIATE")
        elif kind == READER:
            self._connect(kind, "BEGIN", "SELECT count(*) FROM checks")

    def end(self, kind: str) -> None:
        if kind == FULL:
            self._filler.unlink(missing_ok=True)
        elif kind == FROZEN and self._frozen is not None:
            with contextlib.suppress(ProcessLookupError):
                self._frozen.send_signal(signal.SIGCONT)
        elif kind in self._connections:
            connection = self._connections.pop(kind)
            connection.rollback()
            connection.close()

    def _connect(self, kind: str, *statements: str) -> None:
        """Another program in the database; on a full disk it may itself be refused."""
        connection = sqlite3.connect(
            self._database, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._connections[kind] = connection
        with contextlib.suppress(sqlite3.OperationalError):
            for statement in statements:
                connection.execute(statement).fetchone()

    def _fill(self) -> None:
        """Take what is free, to the last byte; the log of writes is to need some as well."""
        with (
            contextlib.closing(sqlite3.connect(self._database)) as connection,
            contextlib.suppress(sqlite3.Error),
        ):
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with self._filler.open("ab", buffering=0) as filler:
            piece = 1 << 20
            while piece >= 1:
                try:
                    filler.write(bytes(piece))
                except OSError:
                    piece //= 16
