"""Reads a git repository (work tree, bare, or bundle) through one `git log` and one `git cat-file --batch`."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from monitor.errors import InputMissing, InputUnreadable

MAX_BLOB_BYTES = 20 * 1024 * 1024
_FIELD, _RECORD = "\x1f", "\x1e"


@dataclass(frozen=True, slots=True)
class FileCommit:
    """One commit's new content of one file; `authored_at` is the author date, `deleted` an ending."""

    path: str
    commit: str
    authored_at: datetime
    subject: str
    blob: str
    deleted: bool


@contextmanager
def opened(path: Path) -> Iterator[Repository]:
    """The repository at `path`; a bundle is unpacked into a temporary folder first.

    Raises:
        InputMissing: nothing is there.
        InputUnreadable: it is no repository or bundle, or a damaged one.
    """
    if not path.exists():
        raise InputMissing(f"{path}: there is no such file or folder")
    if shutil.which("git") is None:
        raise InputUnreadable("reading an archive needs the program git; install it")
    if path.is_dir():
        _run(["git", "-C", str(path), "rev-parse", "--git-dir"], path)
        yield Repository(path)
        return
    with tempfile.TemporaryDirectory(prefix="policywatch-import-") as folder:
        bare = Path(folder) / "archive.git"
        _run(["git", "clone", "--quiet", "--bare", str(path.absolute()), str(bare)], path)
        yield Repository(bare)


class Repository:
    """A repository on disk, read with the program git."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def commits(self) -> list[FileCommit]:
        """Every change of every file on HEAD's history, oldest commit first."""
        pretty = f"--format={_RECORD}%H{_FIELD}%at{_FIELD}%s"
        listing = _run(
            ["git", "-C", str(self._path), "-c", "core.quotePath=false", "log", "--reverse", "--topo-order",
             "--raw", "--no-renames", "--no-abbrev", "-m", "--first-parent", "-z", pretty, "HEAD"],
            self._path,
        )  # fmt: skip
        return [
            entry
            for record in listing.decode("utf-8", "replace").split(_RECORD)[1:]
            for entry in _entries(record)
        ]

    @contextmanager
    def blobs(self) -> Iterator[BlobReader]:
        """A reader of blobs by their ids, over one long-lived git process."""
        command = ["git", "-C", str(self._path), "cat-file", "--batch"]
        with subprocess.Popen(  # noqa: S603 (fixed arguments)
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        ) as process:
            if process.stdin is None or process.stdout is None:
                raise InputUnreadable(f"{self._path}: git cannot be talked to")
            try:
                yield BlobReader(process.stdin, process.stdout, self._path)
            finally:
                process.stdin.close()


class BlobReader:
    def __init__(self, requests: IO[bytes], answers: IO[bytes], path: Path) -> None:
        self._requests = requests
        self._answers = answers
        self._path = path

    def read(self, blob: str) -> bytes:
        """The blob's bytes.

        Raises:
            InputUnreadable: it is missing, damaged or unreasonably large.
        """
        self._requests.write(blob.encode() + b"\n")
        self._requests.flush()
        header = self._answers.readline().split()
        if len(header) != 3:
            raise InputUnreadable(
                f"{self._path}: the object {blob} is missing or damaged; fetch the archive anew"
            )
        size = int(header[2])
        if size > MAX_BLOB_BYTES:
            raise InputUnreadable(f"{self._path}: the object {blob} has {size} bytes, more than any policy")
        content = self._answers.read(size)
        self._answers.read(1)
        if len(content) != size:
            raise InputUnreadable(f"{self._path}: the object {blob} is cut short; fetch the archive anew")
        return content


def _entries(record: str) -> Iterator[FileCommit]:
    head, _, body = record.partition("\0")
    commit, seconds, subject = head.split(_FIELD, 2)
    authored_at = datetime.fromtimestamp(int(seconds), UTC)
    parts = body.lstrip("\n").split("\0")
    for facts, path in zip(parts[0::2], parts[1::2], strict=False):
        if facts.startswith(":"):
            _, _, _, blob, status = facts.split(" ")
            yield FileCommit(path, commit, authored_at, subject, blob, deleted=status == "D")


def _run(command: list[str], path: Path) -> bytes:
    done = subprocess.run(command, capture_output=True, check=False, env=_environment())  # noqa: S603 (fixed arguments)
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = said[-1] if said else f"git ended with {done.returncode}"
        raise InputUnreadable(f"{path}: not a readable git repository or bundle ({reason})")
    return done.stdout


def _environment() -> dict[str, str]:
    """Nothing of the user's own git settings, and no prompt."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return kept | {
        "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C",
        "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
    }  # fmt: skip
