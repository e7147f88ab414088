"""Reads a git repository (work tree, bare, or bundle) through one `git log` and one `git cat-file --batch`."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from monitor.errors import InputMissing, InputUnreadable, Unavailable

MAX_BLOB_BYTES = 20 * 1024 * 1024
_COMMIT = "commit "
_FORMAT = f"--format={_COMMIT}%H %at %s"


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
        Unavailable: the program git is not installed.
    """
    if not path.exists():
        raise InputMissing(f"{path}: there is no such file or folder")
    if shutil.which("git") is None:
        raise Unavailable("reading an archive needs the program git; install it")
    if path.is_dir():
        inside = _run(["git", "-C", str(path), "rev-parse", "--show-prefix"], path)
        if inside.strip():
            raise InputUnreadable(f"{path}: a folder inside a git repository; name the repository's own folder")
        yield Repository(path)
        return
    with tempfile.TemporaryDirectory(prefix="policywatch-import-") as folder:
        bare = Path(folder) / "archive.git"
        _run(["git", "clone", "--quiet", "--bare", str(path.absolute()), str(bare)], path)
        _choose_branch(bare, path)
        yield Repository(bare)


class Repository:
    """A repository on disk, read with the program git."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def commits(self) -> list[FileCommit]:
        """Every change of every file on HEAD's history, oldest commit first."""
        listing = _run(
            ["git", "-C", str(self.path), "log", "--reverse", "--topo-order", "--no-show-signature", "--raw",
             "--no-renames", "--no-abbrev", "-m", "--first-parent", "-z", _FORMAT, "HEAD"],
            self.path,
        )  # fmt: skip
        return list(_file_commits(iter(listing.decode("utf-8", "replace").split("\0")), self.path))

    def files(self, folder: str) -> dict[str, str]:
        """The files that lie in `folder` (with its slash) at HEAD: each name with the id of its blob."""
        command = ["git", "-C", str(self.path), "ls-tree", "-z", "--full-tree", "HEAD", folder]
        found = {}
        for line in _run(command, self.path).decode("utf-8", "replace").split("\0"):
            facts, _, name = line.partition("\t")
            if facts.split(" ")[1:2] == ["blob"]:
                found[name.rpartition("/")[2]] = facts.split(" ")[2]
        return found

    @contextmanager
    def blobs(self) -> Iterator[BlobReader]:
        """A reader of blobs by their ids, over one long-lived git process."""
        command = ["git", "-C", str(self.path), "cat-file", "--batch"]
        with subprocess.Popen(  # noqa: S603 (fixed arguments)
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
        ) as process:
            if process.stdin is None or process.stdout is None:
                raise InputUnreadable(f"{self.path}: git cannot be talked to")
            try:
                yield BlobReader(process.stdin, process.stdout, self.path)
            finally:
                with suppress(BrokenPipeError):
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
        with suppress(BrokenPipeError):  # git has ended; then it does not answer either
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


def _file_commits(tokens: Iterator[str], path: Path) -> Iterator[FileCommit]:
    """Read `git log --raw -z`: a commit's line, then for each file its facts and its path, all ended by NUL."""
    commit, authored_at, subject = "", datetime.fromtimestamp(0, UTC), ""
    for token in tokens:
        words = token.lstrip("\n")
        if words.startswith(":"):
            _, _, _, blob, status = words.split(" ")
            yield FileCommit(next(tokens), commit, authored_at, subject, blob, deleted=status == "D")
        elif words:
            commit, seconds, subject = words.removeprefix(_COMMIT).split(" ", 2)
            authored_at = _time(seconds, commit, path)


def _time(seconds: str, commit: str, path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError) as error:
        raise InputUnreadable(f"{path}: the commit {commit} has an impossible author date") from error


def _choose_branch(bare: Path, path: Path) -> None:
    """A bundle may hold a branch and no HEAD; where there is one branch alone, it is meant."""
    names = _run(["git", "-C", str(bare), "for-each-ref", "--format=%(refname)", "refs/heads"], path)
    branches = names.decode("utf-8", "replace").split()
    head = _run(["git", "-C", str(bare), "symbolic-ref", "HEAD"], path).decode("utf-8", "replace").strip()
    if head in branches:
        return
    if len(branches) != 1:
        found = ", ".join(branches) or "none"
        raise InputUnreadable(f"{path}: the bundle names no HEAD to read and not one branch alone ({found})")
    _run(["git", "-C", str(bare), "symbolic-ref", "HEAD", branches[0]], path)


def _run(command: list[str], path: Path) -> bytes:
    done = subprocess.run(command, capture_output=True, check=False, env=environment())  # noqa: S603 (fixed arguments)
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        fatal = (line for line in said if line.startswith(("fatal:", "error:")))
        reason = next(fatal, f"git ended with {done.returncode}")
        raise InputUnreadable(f"{path}: not a readable git repository or bundle ({reason})")
    return done.stdout


def environment() -> dict[str, str]:
    """Nothing of the user's own git settings, no prompt, and no network whatever the repository says."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return kept | {
        "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C",
        "GIT_ALLOW_PROTOCOL": "file",
        "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
    }  # fmt: skip
