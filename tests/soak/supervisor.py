"""Keeps the daemon running as a service manager would, kills it when told, and notes when it could not work."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.acceptance.world import COMMAND
from tests.servers.manager import Manager
from tests.soak.ledger import Exit, Ledger, Window
from tests.soak.model import DOWN

PATIENCE_SECONDS = 120.0
_POLL_SECONDS = 0.05
_RESTART_SECONDS = 1.0
"""The pause before the next start where a process ended by itself."""

_MEMORY = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)
_MEMORY_NOW = re.compile(r"^VmRSS:\s+(\d+) kB", re.MULTILINE)


class Supervisor:
    """Starts `run` anew whenever it ends, until `stop`; the log of all its processes goes to one file."""

    def __init__(self, folder: Path, config: Path, environment: Mapping[str, str], ledger: Ledger) -> None:
        self.log = folder / "daemon.log"
        self._config = config
        self._ledger = ledger
        self._manager = Manager(str(folder / "manager"))
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **environment}
        self._process: subprocess.Popen[bytes] | None = None
        self._ready: subprocess.Popen[bytes] | None = None
        self._sessions: list[int] = []
        self._lock = threading.Lock()
        self._killed = False
        self._pause = 0.0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._keep_running, daemon=True)

    def __enter__(self) -> Self:
        self._manager.__enter__()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.kill()
        self._thread.join(PATIENCE_SECONDS)
        self._manager.__exit__(kind, error, trace)

    @property
    def readies(self) -> int:
        return self._manager.count("READY=1")

    def kill(self, pause: float = 0.0) -> None:
        """End the process by SIGKILL and wait until it is gone; the next starts after `pause` seconds."""
        process = self._running()
        with self._lock:
            self._killed, self._pause = True, pause
        process.kill()
        process.wait(PATIENCE_SECONDS)

    def ready(self) -> subprocess.Popen[bytes]:
        """A process that is ready, once there is one: before, most signals end it."""
        return self._running(lambda process: process is self._ready)

    def stop(self) -> tuple[int, float, int]:
        """SIGTERM: the exit code, the seconds it took, and the kilobytes that the process held before."""
        self._closing.set()
        process = self.ready()
        memory = _memory(process.pid, _MEMORY_NOW)
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        self._thread.join(PATIENCE_SECONDS)
        return code, time.monotonic() - begun, memory

    def note_memory(self) -> None:
        process = self._process
        if process is not None and process.poll() is None:
            self._ledger.most_memory = max(self._ledger.most_memory, _memory(process.pid, _MEMORY))

    def left_processes(self) -> int:
        """How many processes the daemons have left behind; each began a session of its own."""
        found = 0
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError):
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                found += int(entry.name) > 0 and int(stat[3]) in self._sessions
        return found

    def _running(
        self, wanted: Callable[[subprocess.Popen[bytes]], bool] = lambda _process: True
    ) -> subprocess.Popen[bytes]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            process = self._process
            if process is not None and process.poll() is None and wanted(process):
                return process
            assert time.monotonic() < deadline, "the daemon does not start"
            time.sleep(_POLL_SECONDS)

    def _keep_running(self) -> None:
        down_since: float | None = time.time()
        while not self._closing.is_set():
            readies = self.readies
            process = self._start()
            while process.poll() is None and self.readies == readies:
                time.sleep(_POLL_SECONDS)
            if self.readies > readies:
                self._ready = process
                self._ledger.hindered.append(Window(DOWN, down_since or time.time(), time.time()))
                down_since = None
            code = process.wait()
            down_since = down_since or time.time()
            with self._lock:
                killed, pause = self._killed, self._pause
                self._killed, self._pause = False, 0.0
            self._ledger.exits.append(Exit(time.time(), code, killed))
            self._closing.wait(pause if killed else _RESTART_SECONDS)

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {**self.environment, "NOTIFY_SOCKET": self._manager.address}
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [*COMMAND, "--config", str(self._config), "run"],
                stdout=output, stderr=output, env=environment, start_new_session=True,
            )  # fmt: skip
        self._sessions.append(self._process.pid)
        return self._process


def _memory(pid: int, line: re.Pattern[str]) -> int:
    with contextlib.suppress(OSError):
        found = line.search(Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))
        return int(found[1]) if found else 0
    return 0
