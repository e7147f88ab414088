"""Looks a host up and judges its addresses as a fetch would, without connecting to any."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from monitor.fetch.addresses import Network, is_allowed
from monitor.fetch.failures import classify
from monitor.fetch.transport import AddressRefused, resolve

_PORT = 443


async def problem_of(host: str, allow_private: Sequence[Network], seconds: float) -> str | None:
    """Why `host` could not be connected to, in words; None if nothing speaks against it."""
    try:
        async with asyncio.timeout(seconds):
            addresses = await resolve(host, _PORT)
        for address in addresses:
            if not is_allowed(address, allow_private):
                raise AddressRefused(host, address)
    except (OSError, UnicodeError, AddressRefused) as error:  # OSError includes gaierror and TimeoutError
        return classify(error, body_begun=False).words
    return None
