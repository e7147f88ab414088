"""PURE: who is due for a check, the longest overdue first, and of one host but few at a time."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from heapq import heappop, heappush

from monitor.cadence import Due, Moment

_Waiting = tuple[float, int, str]
"""When it is due on the monotonic clock, its number, its key: numbers rise, so that equals keep their order."""


class DueQueue:
    """Keys that wait for their time, on two clocks that may part (`cadence.Due`), and then for a turn.

    Each step costs the logarithm of the number of keys, so that ten thousand of them can be asked twice a
    second. Whoever takes a key says `done` for its host once it is looked at, and puts it in again.
    """

    def __init__(self, of_one_host: int) -> None:
        self._of_one_host = of_one_host
        self._busy: Counter[str] = Counter()
        self._last_number = 0
        self.clear()

    def clear(self) -> None:
        """Nobody waits any more; what is under way goes on."""
        self._numbers: dict[str, int] = {}
        self._hosts: dict[str, str] = {}
        self._by_monotonic: list[_Waiting] = []
        self._by_wall: list[tuple[datetime, _Waiting]] = []
        self._ready: list[_Waiting] = []
        self._held_back: dict[str, list[_Waiting]] = {}

    def put(self, key: str, host: str, due: Due) -> None:
        """The key waits for this time; what was said of it before no longer holds."""
        self._last_number += 1
        self._numbers[key], self._hosts[key] = self._last_number, host
        waiting = (due.monotonic, self._last_number, key)
        heappush(self._by_monotonic, waiting)
        heappush(self._by_wall, (due.wall, waiting))

    def take(self, now: Moment) -> str | None:
        """The next key that is due and whose host has room; its host is busy from here on."""
        self._ripen(now)
        while self._ready:
            waiting = heappop(self._ready)
            key = waiting[2]
            if not self._holds(waiting):
                continue
            host = self._hosts[key]
            if self._busy[host] < self._of_one_host:
                del self._numbers[key], self._hosts[key]
                self._busy[host] += 1
                return key
            heappush(self._held_back.setdefault(host, []), waiting)
        return None

    def done(self, host: str) -> None:
        """Something with this host came to its end: the next that it held back may follow."""
        self._busy[host] -= 1
        if not self._busy[host]:
            del self._busy[host]
        held_back = self._held_back.pop(host, [])
        while held_back:
            waiting = heappop(held_back)
            if self._holds(waiting):
                heappush(self._ready, waiting)
                break
        if held_back:
            self._held_back[host] = held_back

    def _ripen(self, now: Moment) -> None:
        while self._by_monotonic and self._by_monotonic[0][0] <= now.monotonic:
            self._make_ready(heappop(self._by_monotonic))
        while self._by_wall and self._by_wall[0][0] <= now.wall:
            self._make_ready(heappop(self._by_wall)[1])

    def _make_ready(self, waiting: _Waiting) -> None:
        if self._holds(waiting):
            heappush(self._ready, waiting)

    def _holds(self, waiting: _Waiting) -> bool:
        return self._numbers.get(waiting[2]) == waiting[1]
