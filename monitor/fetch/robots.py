"""Asks a site's robots.txt whether a page may be read (RFC 9309), and remembers the answer for a day."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from protego import Protego

from monitor.fetch.model import ErrorClass, FetchError
from monitor.fetch.urls import origin_of, shown

KEPT_SECONDS = 24 * 3600.0  # RFC 9309, section 2.4
PARSED_BYTES = 512 * 1024  # section 2.5 asks for at least 500 KiB
READ_BYTES = 2 * 1024 * 1024
ORIGINS_REMEMBERED = 20_000
RULES_REMEMBERED = 1000
"""How many origins that state rules; the others take next to no memory."""


ReadRobots = Callable[[str], Awaitable[tuple[int, bytes]]]
"""Brings back status and body of a robots.txt, following redirects; fails with FetchError."""

_SAME_FAULT_AS_THE_PAGE = frozenset(
    {
        ErrorClass.BLOCKED_ADDRESS,
        ErrorClass.CONNECT,
        ErrorClass.DNS,
        ErrorClass.RATE_LIMITED,
        ErrorClass.RESOURCE,
        ErrorClass.TLS,
    }
)


@dataclass(slots=True)
class _Origin:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    rules: Protego | None = None
    read_at: float | None = None


class RobotsRules:
    """The rules of the origins we visit. `user_agent` is our full User-Agent header."""

    def __init__(self, read: ReadRobots, *, user_agent: str, monotonic: Callable[[], float]) -> None:
        self._read = read
        # The rest of the header (a contact address) could match another robot's name.
        self._product = re.split(r"[/ ]", user_agent, maxsplit=1)[0]
        self._monotonic = monotonic
        self._origins: dict[str, _Origin] = {}
        self._with_rules: dict[str, _Origin] = {}

    async def check(self, url: str) -> None:
        """Return if `url` may be read.

        Raises:
            FetchError: it may not (ROBOTS, permanent), or nobody can say now (ROBOTS or the network's class,
                transient): RFC 9309 then takes everything as disallowed.

        """
        origin = self._origin(origin_of(url))
        async with origin.lock:
            if origin.read_at is None or self._monotonic() - origin.read_at > KEPT_SECONDS:
                origin.rules = await self._rules(f"{origin_of(url)}/robots.txt")
                origin.read_at = self._monotonic()
                self._bound_rules(origin_of(url), origin)
            rules = origin.rules
        if rules is not None and not rules.can_fetch(url, self._product):
            raise FetchError(
                ErrorClass.ROBOTS,
                f"{shown(url)} is closed to {self._product} by the site's robots.txt;"
                " ask the site, or let the document ignore robots.txt",
            )

    async def _rules(self, robots_url: str) -> Protego | None:
        """Return the rules, None if the site states none."""
        try:
            status, body = await self._read(robots_url)
        except FetchError as error:
            if error.error_class is ErrorClass.REDIRECT:
                return None  # section 2.3.1.2: after too many redirects it counts as unavailable
            if error.error_class in _SAME_FAULT_AS_THE_PAGE:
                raise
            raise _undecided(robots_url, error.reason) from error
        if 400 <= status < 500 and status != 429:
            return None
        if status != 200:
            raise _undecided(robots_url, f"it answered with status {status}")
        text = body[:PARSED_BYTES].decode("utf-8", errors="replace")
        return await asyncio.to_thread(Protego.parse, text)

    def _bound_rules(self, name: str, origin: _Origin) -> None:
        """Forget the rules that were read first where there are too many; they are asked for again."""
        self._with_rules.pop(name, None)
        if origin.rules is None:
            return
        self._with_rules[name] = origin
        if len(self._with_rules) > RULES_REMEMBERED:
            oldest = self._with_rules.pop(next(iter(self._with_rules)))
            oldest.rules, oldest.read_at = None, None

    def _origin(self, name: str) -> _Origin:
        while len(self._origins) >= ORIGINS_REMEMBERED and name not in self._origins:
            del self._origins[next(iter(self._origins))]
        return self._origins.setdefault(name, _Origin())


def _undecided(robots_url: str, why: str) -> FetchError:
    reason = f"{shown(robots_url)} cannot be read, so the page was not asked for: {why}"
    return FetchError(ErrorClass.ROBOTS, reason, transient=True)
