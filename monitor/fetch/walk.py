"""Follows one URL over its redirects: each hop is checked and waits its turn, all share one deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from monitor.fetch.exchange import Answer, Conversation, ExchangeFailed
from monitor.fetch.failures import Failure
from monitor.fetch.model import ErrorClass, FetchError, FetchLimits, FetchRequest, Validators
from monitor.fetch.politeness import HostTurns, retry_after_seconds
from monitor.fetch.urls import DEFAULT_PORTS, clean, join, port_of, same_host, scheme_of, shown
from monitor.urls import host_of

REDIRECTS = frozenset({301, 302, 303, 307, 308})
ACCEPT = "text/html,application/xhtml+xml,*/*;q=0.8"

Admit = Callable[[str], Awaitable[None]]
"""Called before each hop with its URL; raises FetchError where we must not ask."""


@dataclass(slots=True)
class Journey:
    """Where a fetch went: `targets` are the redirect targets in order; `answer` is that of the last URL."""

    url: str
    started: float
    seconds_left: float
    targets: list[str] = field(default_factory=list)
    validators_sent: bool = False


class Walker:
    """Walks; all walks of one walker share the transport and the hosts' turns, and nothing else."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        turns: HostTurns,
        *,
        user_agent: str,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._transport = transport
        self._turns = turns
        self._user_agent = user_agent
        self._clock = clock
        self._monotonic = monotonic

    async def walk(self, request: FetchRequest, limits: FetchLimits, admit: Admit) -> tuple[Answer, Journey]:
        """Bring back the first answer that is no redirect, whatever its status.

        Raises:
            FetchError: there is none, or a redirect leads where we do not go.

        """
        conversation = Conversation(self._transport, limits)
        journey = Journey(request.url, self._monotonic(), limits.total_seconds)
        while True:
            await admit(journey.url)
            answer = await self._hop(conversation, request, journey, limits)
            target = _target(answer, journey.url, request.url)
            if target is None:
                return answer, journey
            journey.targets.append(target)
            if len(journey.targets) > limits.redirects:
                raise _refused(
                    request.url, f"more than {limits.redirects} redirects; the last leads to", target
                )
            journey.url = target

    async def _hop(
        self, conversation: Conversation, request: FetchRequest, journey: Journey, limits: FetchLimits
    ) -> Answer:
        host = host_of(journey.url)
        headers = self._headers(request, journey)
        async with self._turns.turn(host):
            self._respect_hold(journey.url)
            started = self._monotonic()
            try:
                async with asyncio.timeout(journey.seconds_left):
                    answer = await conversation.get(journey.url, headers)
            except TimeoutError as error:
                words = f"no whole answer within {limits.total_seconds:g} seconds"
                raise _failed(journey.url, Failure(ErrorClass.TIMEOUT, words, transient=True)) from error
            except ExchangeFailed as error:
                raise _failed(journey.url, error.failure) from error
            journey.seconds_left -= self._monotonic() - started
            self._note_hold(journey.url, answer, limits)
        return answer

    def _headers(self, request: FetchRequest, journey: Journey) -> dict[str, str]:
        """Return what this hop is told; configured headers and validators stay with their hosts."""
        headers = {"User-Agent": self._user_agent, "Accept": ACCEPT, "Accept-Encoding": "gzip"}
        at_home = same_host(request.url, journey.url)
        if at_home:
            names = {name.lower() for name, _ in request.headers}
            headers = {name: value for name, value in headers.items() if name.lower() not in names}
            headers.update(request.headers)
        conditions = _conditions(request.validators, journey.url, at_home=at_home)
        journey.validators_sent = bool(conditions)
        return headers | conditions

    def _respect_hold(self, url: str) -> None:
        seconds = self._turns.held_seconds(host_of(url))
        if seconds > 0:
            reason = f"{shown(url)} was not asked: its host wants us to wait for {seconds:.0f} more seconds"
            raise FetchError(ErrorClass.RATE_LIMITED, reason, transient=True, retry_after=seconds)

    def _note_hold(self, url: str, answer: Answer, limits: FetchLimits) -> None:
        if answer.status not in {429, 503}:
            return
        seconds = retry_after_seconds(
            answer.headers.get("retry-after"), now=self._clock(), cap=limits.retry_after_cap
        )
        if seconds is not None:
            self._turns.hold(host_of(url), seconds)


def _conditions(validators: Validators | None, url: str, *, at_home: bool) -> dict[str, str]:
    if validators is None or not (url == validators.url if validators.url else at_home):
        return {}
    conditions = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in conditions.items() if value}


def _target(answer: Answer, url: str, configured: str) -> str | None:
    """Return where `answer` sends us, None if it does not."""
    locations = answer.headers.get_list("location")
    if answer.status not in REDIRECTS or not locations:
        return None
    target, problem = join(url, locations[0])
    if problem:
        raise _refused(url, f"it redirects to a URL that we do not follow ({problem}):", target)
    if scheme_of(url) == "https" and scheme_of(target) == "http":
        raise _refused(url, "it redirects from https to unencrypted http:", target)
    if port_of(target) not in {*DEFAULT_PORTS.values(), port_of(configured)}:
        raise _refused(url, "it redirects to an unusual port:", target)
    return target


def _refused(url: str, words: str, target: str) -> FetchError:
    return FetchError(ErrorClass.REDIRECT, f"{shown(url)}: {words} {shown(target)}")


def _failed(url: str, failure: Failure) -> FetchError:
    reason = f"{shown(url)}: {clean(failure.words, 300)}"
    return FetchError(failure.error_class, reason, transient=failure.transient)
