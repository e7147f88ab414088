"""Fetches a page for one check: asks robots.txt, walks to the answer, tries again, and judges the status."""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from monitor.fetch.addresses import Network
from monitor.fetch.browser.model import Rendered, RenderFailed
from monitor.fetch.browser.renderer import Renderer, browser_problem
from monitor.fetch.evidence import request_evidence, response_evidence
from monitor.fetch.exchange import WHOLE_PAGE, Answer
from monitor.fetch.model import (
    RESERVED_HEADERS,
    Capture,
    ErrorClass,
    FetchError,
    FetchLimits,
    FetchRequest,
    Unmodified,
    Validators,
)
from monitor.fetch.politeness import HostTurns
from monitor.fetch.posting import Poster
from monitor.fetch.robots import READ_BYTES, RobotsRules
from monitor.fetch.transport import GuardedBackend, GuardedTransport, Resolver, resolve, tls_context
from monitor.fetch.urls import clean, same_host, shown
from monitor.fetch.walk import Journey, Walker
from monitor.urls import check_url, host_of
from notifiers.base import PostReply
from storage.records import ClockState, SnapshotMeta

LONGEST_VALIDATOR = 1024
LONGEST_RETRY_DELAY = 60.0
PING_SECONDS = 10.0
HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})

RENDERED_NOTE = "policywatch-rendered"
"""Under this name the headers of a capture say that a browser made it; no server's header is called so."""


class Fetcher:
    """The only door to the outside by HTTP: one TLS context, one pool, one guard. An async context manager.

    `user_agent` names us and a contact. `allow_private` lists networks that may be connected to although they
    are not public; `ca_file` holds further roots to trust. `clock` gives the time in UTC, `clock_state` whether
    that is synchronised; `monotonic`, `sleep` and `jitter` (0 to 1) are there so that a test can hold them.
    """

    def __init__(  # noqa: PLR0913 - what it needs from outside, each with one meaning
        self,
        *,
        user_agent: str,
        limits: FetchLimits,
        clock: Callable[[], datetime],
        allow_private: Sequence[Network] = (),
        ca_file: Path | None = None,
        clock_state: Callable[[], ClockState] = lambda: ClockState.UNKNOWN,
        resolver: Resolver = resolve,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._clock_state = clock_state
        self._monotonic = monotonic
        self._sleep = sleep
        self._jitter = jitter
        backend = GuardedBackend(resolver=resolver, allow_private=allow_private)
        self._transport = GuardedTransport(backend, tls_context(ca_file))
        self._turns = HostTurns(delay_seconds=limits.host_delay_seconds, monotonic=monotonic, sleep=sleep)
        self._walker = Walker(
            self._transport, self._turns, user_agent=user_agent, clock=clock, monotonic=monotonic
        )
        self._robots = RobotsRules(self._read_robots, user_agent=user_agent, monotonic=monotonic)
        self._poster = Poster(self._transport, user_agent=user_agent, limits=limits)
        self._renderer = Renderer(user_agent=user_agent, limits=limits, allow_private=allow_private)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection; a second time does nothing."""
        await self._transport.aclose()

    async def fetch(self, request: FetchRequest) -> Capture | Unmodified:
        """Bring back the page, or the server's word that it is unchanged.

        Transient faults are tried again up to `limits.retries` times, unless the server asked us to wait.

        Raises:
            FetchError: every other ending; nothing else but cancellation is raised.

        """
        _check(request)
        if request.browser:
            # The same frame of a page says nothing of what its scripts bring.
            request = replace(request, validators=None)
        tries_left = self._limits.retries
        delay = self._limits.retry_delay_seconds
        while True:
            try:
                return await self._try(request)
            except FetchError as error:
                if not tries_left or not _worth_another_try(error):
                    raise
            await self._sleep(delay * (0.5 + self._jitter()))
            tries_left -= 1
            delay = min(delay * 2, LONGEST_RETRY_DELAY)

    async def post(self, url: str, payload: dict[str, Any] | bytes, headers: dict[str, str]) -> PostReply:
        """Post JSON to a receiver of alerts, behind the same guard; see `notifiers.base.Post`."""
        return await self._poster(url, payload, headers)

    async def ping(self, url: str) -> PostReply:
        """Ask for a URL that is a secret, within `PING_SECONDS`, following no redirect; raises as `post`."""
        limits = replace(self._limits, total_seconds=PING_SECONDS, connect_seconds=PING_SECONDS)
        return await self._poster.get(url, limits)

    async def _try(self, request: FetchRequest) -> Capture | Unmodified:
        admit = _admit_all if request.ignore_robots else self._robots.check
        answer, journey = await self._walker.walk(request, self._limits, admit)
        if answer.status == 304 and journey.validators_sent:
            return self._unmodified(request, answer, journey)
        if answer.status not in WHOLE_PAGE:
            raise self._refusal(answer, journey)
        if request.browser and is_html(answer.headers.get("content-type")):
            return await self._rendered(request, answer, journey)
        return self._capture(request, answer, journey)

    async def _rendered(self, request: FetchRequest, answer: Answer, journey: Journey) -> Capture:
        """The page after its scripts ran, opened behind the same guard."""
        at_home = same_host(request.url, journey.url)
        async with self._turns.turn(host_of(journey.url)):
            try:
                page = await self._renderer.render(
                    journey.url,
                    answer.body,
                    answer.headers.multi_items(),
                    request.headers if at_home else (),
                )
            except RenderFailed as error:
                reason = f"{shown(journey.url)}: {error.reason}"
                raise FetchError(
                    error.error_class, reason, transient=error.transient, status=error.status
                ) from error
        for target in page.targets:
            if not request.ignore_robots:
                await self._robots.check(target)
        capture = self._capture(request, answer, journey)
        return rendered_capture(capture, page)

    async def _read_robots(self, url: str) -> tuple[int, bytes]:
        limits = replace(self._limits, wire_bytes=READ_BYTES, decoded_bytes=READ_BYTES)
        answer, _ = await self._walker.walk(FetchRequest(url), limits, _admit_all)
        return answer.status, answer.body

    def _capture(self, request: FetchRequest, answer: Answer, journey: Journey) -> Capture:
        content_type = answer.headers.get("content-type")
        meta = SnapshotMeta(
            url=request.url,
            final_url=journey.url,
            redirects=tuple(journey.targets),
            address=answer.address,
            status=answer.status,
            captured_at=self._clock(),
            duration_seconds=self._monotonic() - journey.started,
            request_headers=request_evidence(answer.request_headers),
            response_headers=response_evidence(answer.headers.multi_items()),
            content_type=clean(content_type, 200) if content_type else None,
            clock=self._clock_state(),
        )
        return Capture(answer.body, meta, _validators(answer, journey.url, None))

    def _unmodified(self, request: FetchRequest, answer: Answer, journey: Journey) -> Unmodified:
        return Unmodified(
            url=request.url,
            final_url=journey.url,
            captured_at=self._clock(),
            duration_seconds=self._monotonic() - journey.started,
            validators=_validators(answer, journey.url, request.validators),
        )

    def _refusal(self, answer: Answer, journey: Journey) -> FetchError:
        status = answer.status
        place = shown(journey.url)
        if status in {429, 503}:
            seconds = self._turns.held_seconds(host_of(journey.url)) or None
            reason = f"{place} answered with status {status}: it is busy or finds that we ask too often"
            return FetchError(
                ErrorClass.RATE_LIMITED, reason, transient=True, status=status, retry_after=seconds
            )
        if status == 304:
            reason = f"{place} answered that it is unchanged although we had not asked that"
            return FetchError(ErrorClass.PROTOCOL, reason, transient=True, status=status)
        reason = f"{place} answered with status {status}, which is not a page"
        return FetchError(
            ErrorClass.HTTP_STATUS, reason, transient=status >= 500 or status in {408, 425}, status=status
        )


def is_html(content_type: str | None) -> bool:
    """Whether a browser would run the scripts of such a page; without a type it would look for itself."""
    return (content_type or "text/html").partition(";")[0].strip().lower() in HTML_TYPES


def rendered_capture(served: Capture, page: Rendered) -> Capture:
    """The capture of a page that was opened in a browser: its body is what the scripts made of what was served.

    The evidence says so, names the bytes that were served by their hash, and what was kept from loading.
    """
    digest = hashlib.sha256(served.body).hexdigest()
    notes = [f"{page.browser}, {page.requests} requests, {page.frames} frames not read; served sha256={digest}"]
    notes += [f"refused {refusal}" for refusal in page.refused]
    headers = (*served.meta.response_headers, *((RENDERED_NOTE, clean(note, 300)) for note in notes))
    meta = replace(
        served.meta,
        final_url=page.url,
        redirects=(*served.meta.redirects, *page.targets),
        response_headers=headers,
        content_type="text/html; charset=utf-8",
    )
    return Capture(page.html, meta, Validators(None, None, page.url))


async def _admit_all(_url: str) -> None:
    """Ask nobody: robots.txt itself, and documents that are to ignore it."""


def _check(request: FetchRequest) -> None:
    problem = check_url(request.url)
    if problem:
        raise FetchError(ErrorClass.URL, f"{shown(request.url)} cannot be fetched: {problem}")
    reserved = [name for name, _ in request.headers if name.lower() in RESERVED_HEADERS]
    if reserved:
        reason = (
            f"{shown(request.url)}: the header {clean(reserved[0], 60)} is set by the fetcher itself; remove it"
        )
        raise FetchError(ErrorClass.PROTOCOL, reason)
    missing = browser_problem() if request.browser else None
    if missing:
        reason = f"{shown(request.url)} is to be opened in a browser (browser = true), and {missing}"
        raise FetchError(ErrorClass.BROWSER, reason)


def _worth_another_try(error: FetchError) -> bool:
    return error.transient and error.retry_after is None and error.status != 429


def _validators(answer: Answer, url: str, before: Validators | None) -> Validators:
    """Read the validators of `answer`; a 304 may leave out what stays as it was (RFC 9110, section 15.4.5)."""
    etag = _validator(answer.headers.get("etag")) or (before.etag if before else None)
    modified = _validator(answer.headers.get("last-modified")) or (before.last_modified if before else None)
    return Validators(etag, modified, url)


def _validator(value: str | None) -> str | None:
    """Return `value` if it can be sent back as it came."""
    fits = value and len(value) <= LONGEST_VALIDATOR and value.isascii() and value.isprintable()
    return value if fits else None
