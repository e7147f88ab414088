"""A real HTTP poster on the standard library, for tests of channels that are handed one."""

from __future__ import annotations

import asyncio
import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from notifiers.base import DeliveryError, PostReply


async def post(url: str, payload: dict[str, Any] | bytes, headers: dict[str, str]) -> PostReply:
    return await asyncio.to_thread(_post, url, payload, headers)


def _post(url: str, payload: dict[str, Any] | bytes, headers: dict[str, str]) -> PostReply:
    parts = urlsplit(url)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    try:
        content = {"Content-Type": "application/json", **headers}
        posted = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        connection.request("POST", parts.path, posted, content)
        reply = connection.getresponse()
        body = reply.read(131_072).decode("utf-8", "replace")
        return PostReply(reply.status, dict(reply.getheaders()), body)
    except OSError as error:
        raise DeliveryError(f"no reply from {url}: {error}", transient=True) from error
    finally:
        connection.close()
