"""One request and its answer over a guarded transport: bounded in bytes, and sorted when it fails."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from monitor.fetch.decoding import BodyDecoder, BodyTooLarge
from monitor.fetch.failures import FOREIGN, Failure, classify
from monitor.fetch.model import FetchLimits
from monitor.fetch.stream import ADDRESS

WHOLE_PAGE = frozenset({200, 203})
"""The statuses whose body is the page; that of any other answer is not read."""


class ExchangeFailed(Exception):
    """No usable answer came."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.words)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its decoded body (empty unless the status says that it is the page)."""

    status: int
    headers: httpx.Headers
    body: bytes
    address: str | None
    request_headers: tuple[tuple[str, str], ...]


class Conversation:
    """The exchanges of one fetch: they share cookies, which end with it."""

    def __init__(self, transport: httpx.AsyncBaseTransport, limits: FetchLimits) -> None:
        self._transport = transport
        self._limits = limits
        self._cookies = httpx.Cookies()

    async def get(self, url: str, headers: dict[str, str]) -> Answer:
        """Ask for `url` with exactly `headers`, plus cookies set earlier in this conversation.

        The caller bounds the time; being cancelled closes the connection.

        Raises:
            ExchangeFailed: no answer, not a whole one, or not one that we accept.

        """
        body_begun = False
        try:
            request = httpx.Request("GET", url, headers=headers, extensions=timeouts(self._limits))
            if self._cookies.jar:
                self._cookies.set_cookie_header(request)
            response = await self._transport.handle_async_request(request)
            body_begun = True
            try:
                return await self._answer(request, response)
            finally:
                await response.aclose()
        except FOREIGN as error:
            raise ExchangeFailed(classify(error, body_begun=body_begun)) from error

    async def _answer(self, request: httpx.Request, response: httpx.Response) -> Answer:
        if "set-cookie" in response.headers:
            self._cookies.extract_cookies(response)
        body = await self._read(response) if response.status_code in WHOLE_PAGE else b""
        return Answer(
            status=response.status_code,
            headers=response.headers,
            body=body,
            address=response.extensions["network_stream"].get_extra_info(ADDRESS),
            request_headers=tuple(request.headers.multi_items()),
        )

    async def _read(self, response: httpx.Response) -> bytes:
        limits = self._limits
        decoder = BodyDecoder(
            response.headers.get("content-encoding", ""),
            wire_bytes=limits.wire_bytes,
            decoded_bytes=limits.decoded_bytes,
        )
        if _declared_length(response) > limits.wire_bytes:
            raise BodyTooLarge
        # Never aiter_bytes: it undoes encodings without any bound.
        async for chunk in response.aiter_raw():
            decoder.feed(chunk)
        return decoder.finish()


def timeouts(limits: FetchLimits) -> dict[str, dict[str, float]]:
    """Return the transport's timeouts per step; the caller holds the total over all of them."""
    total = limits.total_seconds
    return {"timeout": {"connect": min(limits.connect_seconds, total), "read": total, "write": total}}


def _declared_length(response: httpx.Response) -> int:
    value = response.headers.get("content-length", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 20 else 0
