"""The processes that a browser is made of: how much memory they hold, and how all of them end."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

_PROC = Path("/proc")


def descendants(root: int) -> list[int]:
    """The process ids of all children of `root` and theirs, as far as they still hang together."""
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdecimal():
            parent = _parent(entry)
            if parent is not None:
                children.setdefault(parent, []).append(int(entry.name))
    found = list(children.get(root, []))
    for process in found:
        found.extend(children.get(process, []))
    return found


def _parent(entry: Path) -> int | None:
    try:
        # The name in parentheses may hold spaces and parentheses itself.
        return int((entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return None


def memory_of(processes: list[int]) -> int:
    """Bytes that `processes` hold for themselves alone."""
    pages = 0
    for process in processes:
        with contextlib.suppress(OSError, ValueError, IndexError):
            _, resident, shared, *_ = (_PROC / str(process) / "statm").read_text().split()
            pages += int(resident) - int(shared)
    return pages * os.sysconf("SC_PAGE_SIZE")


def kill_tree(root: int) -> None:
    """End `root` and everything it started at once; what has ended already is passed over."""
    for process in (root, *descendants(root)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)
