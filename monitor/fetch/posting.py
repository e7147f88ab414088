"""Speaks to receivers whose URLs are secrets, so that messages name the host alone: alerts, and the ping."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from monitor.fetch.exchange import timeouts
from monitor.fetch.failures import FOREIGN, classify
from monitor.fetch.model import ErrorClass, FetchLimits
from monitor.fetch.urls import clean
from monitor.urls import check_url, host_of
from notifiers.base import DeliveryError, PostReply

REPLY_BYTES = 131_072
"""Enough for a receiver that repeats our message in its answer, as Slack does."""

_MAY_BE_MENDED = frozenset({ErrorClass.DNS, ErrorClass.TLS})
"""Faults that a page's check need not retry at once, but that an alert outwaits."""


class Poster:
    """Implements `notifiers.base.Post` over the guarded transport; follows no redirects, keeps no cookies.

    It speaks to the transport directly because httpx's client logs the whole URL of every request.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport, *, user_agent: str, limits: FetchLimits) -> None:
        self._transport = transport
        self._user_agent = user_agent
        self._limits = limits

    async def __call__(self, url: str, payload: dict[str, Any] | bytes, headers: dict[str, str]) -> PostReply:
        """Post `payload` and return whatever answer came.

        Raises:
            DeliveryError: no answer came (transient: the receiver may or may not have taken it), or the address
                or the payload is not fit for sending (permanent). The reason names the host, never the path.

        """
        return await self._exchange(_host(url), self._request("POST", url, headers, payload), self._limits)

    async def get(self, url: str, limits: FetchLimits) -> PostReply:
        """Ask for `url` and return whatever answer came; raises as a post does."""
        return await self._exchange(_host(url), self._request("GET", url, {}, None), limits)

    async def _exchange(self, host: str, request: httpx.Request, limits: FetchLimits) -> PostReply:
        answered = False
        request.extensions = {**request.extensions, **timeouts(limits)}
        try:
            async with asyncio.timeout(limits.total_seconds):
                response = await self._transport.handle_async_request(request)
                answered = True
                return await _reply(response)
        except FOREIGN as error:
            failure = classify(error, body_begun=answered)
            transient = failure.transient or failure.error_class in _MAY_BE_MENDED
            reason = f"{host}: {failure.words}"
        # Outside the handler, so that no traceback carries a quoted request along.
        raise DeliveryError(reason, transient=transient)

    def _request(
        self, method: str, url: str, headers: dict[str, str], payload: dict[str, Any] | bytes | None
    ) -> httpx.Request:
        own = {"User-Agent": self._user_agent, "Accept-Encoding": "identity"}
        try:
            if isinstance(payload, bytes):
                return httpx.Request(method, url, content=payload, headers=headers | own)
            return httpx.Request(method, url, json=payload, headers=headers | own)
        except (httpx.InvalidURL, TypeError, ValueError):
            pass
        raise DeliveryError(f"{host_of(url)}: this cannot be written as an HTTP request", transient=False)


def _host(url: str) -> str:
    problem = check_url(url)
    if problem:
        raise DeliveryError(f"the receiver cannot be reached: {problem}", transient=False)
    return host_of(url)


async def _reply(response: httpx.Response) -> PostReply:
    body = b""
    try:
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) >= REPLY_BYTES:
                break
    finally:
        await response.aclose()
    return PostReply(
        status=response.status_code,
        headers={name.lower(): clean(value, 1000) for name, value in response.headers.items()},
        body=body[:REPLY_BYTES].decode("utf-8", errors="replace"),
    )
