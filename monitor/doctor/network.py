"""Asks the network: do hosts have addresses that we may go to, would the channels take a message."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from monitor.doctor.model import Diagnosis, Result
from monitor.doctor.watching import MOST_NAMED
from monitor.fetch.addresses import Network
from monitor.fetch.resolving import problem_of
from notifiers.base import DeliveryError, Notifier

HOST_SECONDS = 5.0
HOSTS_AT_ONCE = 16


async def names(hosts: Collection[str], allow_private: Collection[Network]) -> Diagnosis:
    """Whether every host resolves to addresses that the guard lets us connect to."""
    if not hosts:
        return Diagnosis("dns", Result.OK, "no host to look up")
    turn = asyncio.Semaphore(HOSTS_AT_ONCE)

    async def look_up(host: str) -> str | None:
        async with turn:
            return await problem_of(host, tuple(allow_private), HOST_SECONDS)

    ordered = sorted(hosts)
    answers = zip(ordered, await asyncio.gather(*map(look_up, ordered)), strict=True)
    wrong = [f"{host}: {problem}" for host, problem in answers if problem]
    if not wrong:
        return Diagnosis("dns", Result.OK, f"{len(hosts)} host{'s' * (len(hosts) > 1)} resolved")
    found = f"{len(wrong)} of {len(hosts)} hosts cannot be used"
    advice = "all of them: this machine's DNS (resolvectl status)" if len(wrong) == len(hosts) else "see each"
    return Diagnosis("dns", Result.ERROR, found, advice, tuple(wrong[:MOST_NAMED]))


async def channel(name: str, notifier: Notifier) -> Diagnosis:
    """Whether the channel would take a message; none is sent."""
    check = f"channel {name}"
    try:
        return Diagnosis(check, Result.OK, await notifier.probe())
    except DeliveryError as error:
        advice = f"mend it, then prove it: `policywatch test {name}`"
        return Diagnosis(check, Result.ERROR, error.reason, advice)
