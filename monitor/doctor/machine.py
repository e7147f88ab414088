"""Asks the kernel: whose files these are, on what disk, who has them open."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from monitor.doctor.model import Disk, Entry, Holder

_GONE = " (deleted)"


def entry(path: Path) -> Entry:
    """Raises OSError where it is not there or not to be seen."""
    found = path.stat()
    return Entry(str(path), found.st_uid, stat.S_IMODE(found.st_mode), os.access(path, os.W_OK))


def space(folder: Path) -> Disk:
    found = os.statvfs(folder)
    # Some file systems (btrfs) have no fixed number of files and say 0.
    return Disk(found.f_bavail * found.f_frsize, found.f_favail if found.f_files else None)


def filesystem_of(path: Path, mounts: Iterable[str]) -> str | None:
    """The type of the file system at `path`, by the lines of /proc/self/mountinfo (proc_pid_mountinfo(5))."""
    real, best, kind = path.resolve(), -1, None
    for line in mounts:
        before, dash, after = line.partition(" - ")
        fields = before.split()
        if not dash or len(fields) < 5:
            continue
        point = Path(_unescaped(fields[4]))
        # The last of equal ones hides those before it.
        if real.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), after.split()[0]
    return kind


def mounts() -> list[str]:
    try:
        return Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def holder(process: int, files: Iterable[Path]) -> Holder:
    """Which of these files the daemon has open though they were removed."""
    names = {str(file) + _GONE: file.name for file in files}
    try:
        descriptors = list(Path(f"/proc/{process}/fd").iterdir())
    except OSError:
        return Holder(process, None)
    found = {names.get(_target(descriptor), "") for descriptor in descriptors}
    return Holder(process, sorted(found - {""}))


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:  # closed meanwhile
        return ""


def _unescaped(point: str) -> str:
    for code in (r"\040", r"\011", r"\012", r"\134"):
        point = point.replace(code, chr(int(code[1:], 8)))
    return point
