"""Writes a git repository through one `git fast-import`: contents and commits go in as a stream."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from monitor.errors import InputOutputFailed, Unavailable
from monitor.importers.git import environment

_IDENTITY = "policywatch <policywatch@localhost>"
_BRANCH = "main"
_GIT = ("git",)


class FastImport:
    """A new bare repository in an empty folder, whole when the block ends well.

    Raises:
        Unavailable: the program git is not installed.
        InputOutputFailed: git refuses or cannot write.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._marks = 0

    def __enter__(self) -> Self:
        if shutil.which("git") is None:
            raise Unavailable("writing a repository needs the program git; install it")
        # No template: what a repository holds must not depend on the machine that made it.
        begin = [*_GIT, "init", "--quiet", "--bare", "--template=", f"--initial-branch={_BRANCH}"]
        begun = subprocess.run(  # noqa: S603 (fixed arguments)
            [*begin, str(self._folder)], capture_output=True, env=environment(), check=False
        )
        if begun.returncode != 0:
            raise _failed(begun.stderr)
        self._said = tempfile.TemporaryFile()
        self._process = subprocess.Popen(  # noqa: S603 (fixed arguments)
            [*_GIT, "-C", str(self._folder), "fast-import", "--quiet", "--done", "--date-format=raw"],
            stdin=subprocess.PIPE,
            stderr=self._said,
            env=environment(),
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._said:
            with suppress(BrokenPipeError):
                self._stream.write(b"done\n" if kind is None else b"")
                self._stream.close()
            if self._process.wait() != 0 and kind in (None, BrokenPipeError):
                self._said.seek(0)
                raise _failed(self._said.read(10_000))

    @property
    def _stream(self) -> IO[bytes]:
        if self._process.stdin is None:
            raise ValueError("git was begun without its input")
        return self._process.stdin

    def blob(self, content: bytes) -> int:
        """Add a content; returns the mark by which commits name it."""
        self._marks += 1
        self._stream.write(b"blob\nmark :%d\ndata %d\n%s\n" % (self._marks, len(content), content))
        return self._marks

    def commit(self, at: datetime, message: str, path: str, blob: int) -> None:
        """Add a commit in which `path`, plain text without control characters, has the content `blob`."""
        who = f"{_IDENTITY} {int(at.timestamp())} +0000"
        said = message.encode()
        quoted = path.replace("\\", "\\\\").replace('"', '\\"')
        head = f"commit refs/heads/{_BRANCH}\nauthor {who}\ncommitter {who}\ndata {len(said)}\n"
        self._stream.write(head.encode() + said + f'\nM 100644 :{blob} "{quoted}"\n\n'.encode())


def _failed(said: bytes) -> InputOutputFailed:
    lines = said.decode("utf-8", "replace").splitlines()
    reason = next((line for line in lines if line.startswith(("fatal:", "error:"))), "it does not say why")
    return InputOutputFailed(f"git cannot write the repository ({reason}); is there room on the disk?")
