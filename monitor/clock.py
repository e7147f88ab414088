"""Whether the wall clock can be believed: synchronised, as the kernel or systemd-timesyncd says."""

from __future__ import annotations

import ctypes
from pathlib import Path

from storage.records import ClockState

TIMESYNCD = Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd.service(8) makes this file once it has set the clock."""

_TIME_ERROR = 5
_LIBRARY = ctypes.CDLL(None, use_errno=True)


class _Timex(ctypes.Structure):
    """`struct timex` of adjtimex(2): with `modes` 0 it only asks; of the answer we need the return value."""

    _fields_ = (("modes", ctypes.c_uint), ("answer", ctypes.c_ubyte * 508))


def clock_state(timesyncd: Path = TIMESYNCD) -> ClockState:
    """Ask the kernel, or where a sandbox forbids that, look for systemd-timesyncd's mark; in microseconds."""
    said = said_by_kernel()
    return marked_by_timesyncd(timesyncd) if said is ClockState.UNKNOWN else said


def said_by_kernel() -> ClockState:
    """What adjtimex(2) returns; unknown where it is not there or refuses."""
    ask = getattr(_LIBRARY, "adjtimex", None)  # Linux alone has it
    said = ask(ctypes.byref(_Timex())) if ask else -1
    if said < 0:
        return ClockState.UNKNOWN
    return ClockState.UNSYNCED if said == _TIME_ERROR else ClockState.SYNCED


def marked_by_timesyncd(mark: Path) -> ClockState:
    """What the mark says; without its folder nobody makes it, and we cannot know."""
    if mark.exists():
        return ClockState.SYNCED
    return ClockState.UNSYNCED if mark.parent.is_dir() else ClockState.UNKNOWN
