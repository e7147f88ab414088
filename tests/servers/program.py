"""The program, imported once: for every command it forks, and the fork runs the command to its end.

A command is a process of its own, as the installed one is, and enters by the same `monitor.cli.main`, with
arguments, environment, folder, standard streams and exit code of its own; importing the program is spared.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from monitor.cli import main
from monitor.detect.rulebook import shipped_rulebooks
from monitor.detect.topics.table import shipped_books

ROOT = Path(__file__).parents[2]
PACKAGES = ("monitor", "storage", "notifiers")
APART = ("monitor.fetch.browser.worker", "monitor.fetch.browser.visit", "storage.migrations")
"""What runs in a process of its own, and what Alembic alone imports."""

_LARGEST_REQUEST = 128 * 1024


class Program:
    """Runs commands until `close`; any thread may ask."""

    def __init__(self) -> None:
        self._requests, served = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with served:
            code = f"from tests.servers.program import serve; serve({served.fileno()})"
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-c", code],
                cwd=ROOT, env={"PATH": os.environ["PATH"]}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                pass_fds=[served.fileno()],
            )  # fmt: skip

    def close(self) -> None:
        self._requests.close()
        self._process.wait(60)

    def run(
        self,
        arguments: Sequence[str],
        environ: Mapping[str, str],
        *,
        folder: Path = ROOT,
        stdin: int | None = None,
        seconds: float = 60.0,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; raises subprocess.TimeoutExpired, and kills it, after `seconds`."""
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8") as output,
            tempfile.TemporaryFile("w+", encoding="utf-8") as errors,
            self.start(arguments, environ, output, errors, folder=folder, stdin=stdin) as command,
        ):
            try:
                code = command.wait(seconds)
            except subprocess.TimeoutExpired:
                command.kill()
                command.wait(seconds)
                raise
            return subprocess.CompletedProcess(list(arguments), code, _text(output), _text(errors))

    def start(
        self,
        arguments: Sequence[str],
        environ: Mapping[str, str],
        output: IO[str],
        errors: IO[str],
        *,
        folder: Path = ROOT,
        stdin: int | None = None,
    ) -> Command:
        """Begin a command, which lives on until it ends by itself or is told to."""
        request = {"arguments": list(arguments), "environ": dict(environ), "folder": str(folder)}
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, Path(os.devnull).open(encoding="utf-8") as nothing:
            streams = [nothing.fileno() if stdin is None else stdin, output.fileno(), errors.fileno()]
            socket.send_fds(self._requests, [json.dumps(request).encode()], [*streams, theirs.fileno()])
        return Command(arguments, mine)


class Command:
    """A command that was started, with what `subprocess.Popen` has for it."""

    def __init__(self, arguments: Sequence[str], report: socket.socket) -> None:
        self._arguments = arguments
        self._report = report
        self._waiting = threading.Lock()
        self.pid = int(report.recv(32))
        self.returncode: int | None = None

    def __enter__(self) -> Command:
        return self

    def __exit__(self, *_: object) -> None:
        self._report.close()

    def poll(self) -> int | None:
        """The exit code, or minus the number of the signal that ended it; None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        with self._waiting:
            if self.returncode is None:
                if not select.select([self._report], [], [], timeout)[0]:
                    raise subprocess.TimeoutExpired(self._arguments, timeout or 0)
                self.returncode = int(self._report.recv(32))
            return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _text(stream: IO[str]) -> str:
    stream.seek(0)
    return stream.read()


def serve(number: int) -> None:
    """Import the program, then fork for every request that comes over the socket with this file number."""
    _import_all()
    shipped_rulebooks()  # what every command reads, and is always the same
    shipped_books()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with socket.socket(fileno=number) as requests:
        while True:
            data, passed, _, _ = socket.recv_fds(requests, _LARGEST_REQUEST, 4)
            if not data:
                break
            if os.fork() == 0:
                requests.close()
                return _keep(json.loads(data), passed)
            for each in passed:
                os.close(each)
            _collect(os.WNOHANG)
    return _collect(0)


def _import_all() -> None:
    for package in PACKAGES:
        root = importlib.import_module(package)
        for module in pkgutil.walk_packages(root.__path__, f"{package}."):
            if not module.name.startswith(APART):
                importlib.import_module(module.name)


def _collect(how: int) -> None:
    """Take note of the keepers that have ended, so that none stays behind and their time is counted."""
    try:
        while os.waitpid(-1, how)[0]:
            pass
    except ChildProcessError:
        pass


def _keep(request: Mapping[str, Any], passed: Sequence[int]) -> None:
    """Fork the command and report its number and its end; the fork itself ends as the interpreter ends."""
    *streams, report = passed
    process = os.fork()
    if process == 0:
        os.close(report)
        return _become(request, streams)
    for each in streams:
        os.close(each)
    with socket.socket(fileno=report) as told, contextlib.suppress(BrokenPipeError):
        told.send(str(process).encode())
        _, status = os.waitpid(process, 0)
        told.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _become(request: Mapping[str, Any], streams: Sequence[int]) -> None:
    """Be the command: what the interpreter takes up at its start is set as if it had just begun."""
    for place, each in enumerate(streams):
        os.dup2(each, place)
        os.close(each)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environ"])
    time.tzset()
    sys.argv = ["policywatch", *request["arguments"]]
    main()
