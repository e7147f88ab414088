"""Tells the service manager how we stand, over the socket that it names (sd_notify(3)); else does nothing."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress

SEND_SECONDS = 1.0
"""How long a message may wait for room in the manager's queue; it must not hold us up for longer."""

LONGEST_STATUS = 300


class ServiceManager:
    """Whoever started us and wants to hear. `watchdog_seconds` is None where nobody waits for `alive`."""

    def __init__(self, address: str | None = None, watchdog_seconds: float | None = None) -> None:
        self._address = _address(address)
        self.watchdog_seconds = watchdog_seconds if self._address else None

    @classmethod
    def of(cls, environ: Mapping[str, str], process_id: int) -> ServiceManager:
        """The one that `$NOTIFY_SOCKET` names; `$WATCHDOG_PID` says whether its watchdog means this process."""
        return cls(environ.get("NOTIFY_SOCKET"), _watchdog_seconds(environ, process_id))

    @property
    def listens(self) -> bool:
        return self._address is not None

    def ready(self) -> None:
        self._send("READY=1")

    def reloading(self, monotonic_microseconds: int) -> None:
        """A reload begins, at this time of CLOCK_MONOTONIC; `ready` ends it."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={monotonic_microseconds}")

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def status(self, text: str) -> None:
        """One line for people, as `systemctl status` shows it."""
        self._send(f"STATUS={' '.join(text.split())[:LONGEST_STATUS]}")

    def alive(self) -> None:
        self._send("WATCHDOG=1")

    def _send(self, *lines: str) -> None:
        if self._address is None:
            return
        # A manager that is gone or busy must not stop the service: whoever misses a message acts on it.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(SEND_SECONDS)
            sender.sendto("\n".join(lines).encode("utf-8", "replace"), self._address)


def _address(text: str | None) -> str | None:
    """A path, or an abstract name, which sd_notify(3) writes with `@` in place of its leading zero."""
    if not text or text[0] not in "/@" or len(text) == 1:
        return None
    return "\0" + text[1:] if text[0] == "@" else text


def _watchdog_seconds(environ: Mapping[str, str], process_id: int) -> float | None:
    """As sd_watchdog_enabled(3): without `$WATCHDOG_PID` it means whoever reads it."""
    microseconds = environ.get("WATCHDOG_USEC", "")
    meant = environ.get("WATCHDOG_PID", str(process_id))
    if not (microseconds.isascii() and microseconds.isdigit()) or meant != str(process_id):
        return None
    return int(microseconds) / 1e6 or None
