"""Ports for servers whose port must be known before they start, or must be the same on two addresses."""

from __future__ import annotations

import random
import socket

BELOW_EPHEMERAL = range(20_000, 32_000)
"""Linux hands ports from 32768 on to whoever asks for any: there another test would take ours in between."""


def free_port() -> int:
    """A port that is free on every address now, and that the system gives to nobody by itself."""
    for port in random.sample(BELOW_EPHEMERAL, 200):
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
            return port
    raise OSError("no free port for a test server")
