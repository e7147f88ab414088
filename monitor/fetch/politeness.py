"""Keeps us a quiet guest: one request to a host at a time, pauses, and silence when a host asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

HOSTS_REMEMBERED = 1000
"""Above this many, idle hosts are forgotten, so that redirects to ever new names cannot fill the memory."""


@dataclass(slots=True)
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    next_start: float = 0.0
    held_until: float = 0.0


class HostTurns:
    """Hands out turns to talk to a host. `monotonic` and `sleep` count seconds and never go back."""

    def __init__(
        self,
        *,
        delay_seconds: float,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._delay = delay_seconds
        self._monotonic = monotonic
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait until nobody else talks to `host` and the pause after the last request is over."""
        state = self._state(host)
        state.users += 1
        try:
            async with state.lock:
                pause = state.next_start - self._monotonic()
                if pause > 0:
                    await self._sleep(pause)
                try:
                    yield
                finally:
                    state.next_start = self._monotonic() + self._delay
        finally:
            state.users -= 1

    def hold(self, host: str, seconds: float) -> None:
        """Remember that `host` asked not to be called for `seconds`."""
        state = self._state(host)
        state.held_until = max(state.held_until, self._monotonic() + seconds)

    def held_seconds(self, host: str) -> float:
        """Return for how many more seconds `host` asked not to be called; 0 if it did not."""
        state = self._hosts.get(host)
        return max(0.0, state.held_until - self._monotonic()) if state else 0.0

    def _state(self, host: str) -> _Host:
        if len(self._hosts) >= HOSTS_REMEMBERED:
            self._forget_idle()
        return self._hosts.setdefault(host, _Host())

    def _forget_idle(self) -> None:
        now = self._monotonic()
        self._hosts = {
            host: state
            for host, state in self._hosts.items()
            if state.users or max(state.next_start, state.held_until) > now
        }


def retry_after_seconds(value: str | None, *, now: datetime, cap: float) -> float | None:
    """Read a Retry-After header (RFC 9110, 10.2.3): seconds or a date; at most `cap`, None if unreadable."""
    if value is None or len(value) > 64:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), cap)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - now).total_seconds()), cap)
