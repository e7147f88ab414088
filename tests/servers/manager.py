"""A service manager's socket for tests: it keeps what a service tells it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

PATIENCE_SECONDS = 30.0


class Manager:
    """Listens at `address`, a path or an abstract name with `@`; `messages` holds each datagram's lines."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.messages: list[list[str]] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address[0] == "@" else address)
        self._thread = threading.Thread(target=self._listen)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        while data := self._socket.recv(65536):
            self.messages.append(data.decode().split("\n"))

    @property
    def states(self) -> list[str]:
        """What was said of starting, reloading and stopping, in order."""
        said = ("READY=1", "RELOADING=1", "STOPPING=1")
        return [lines[0].partition("=")[0] for lines in self.messages if lines[0] in said]

    @property
    def status(self) -> str:
        """The line for people that stands now."""
        told = [line for lines in self.messages for line in lines if line.startswith("STATUS=")]
        return told[-1].partition("=")[2] if told else ""

    def count(self, line: str) -> int:
        return sum(line in lines for lines in self.messages)

    def wait_for(self, reached: Callable[[Manager], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not reached(self):
            assert time.monotonic() < deadline, f"waited for {what}; the service said {self.messages}"
            time.sleep(0.02)
