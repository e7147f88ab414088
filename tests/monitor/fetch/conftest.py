from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import trustme

from monitor.fetch.fetcher import Fetcher
from monitor.fetch.model import FetchError, FetchLimits, FetchRequest

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
USER_AGENT = "policywatch/0.1 (+https://privacy.example/contact; bot@privacy.example)"
QUICK = FetchLimits(total_seconds=5.0, connect_seconds=2.0, host_delay_seconds=0.0, retries=0)

MakeFetcher = Callable[..., Fetcher]


class FakeTime:
    """A monotonic clock that only sleeping moves, and the wall clock that goes with it."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.seconds

    def wall(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds - 1000.0)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


class Names:
    """A resolver that knows addresses and what a test tells it: for each name, one answer after another."""

    def __init__(self, **names: Sequence[Sequence[str]]) -> None:
        self._names = {name.replace("_", "."): list(answers) for name, answers in names.items()}
        self.lookups: list[str] = []

    async def __call__(self, host: str, _port: int) -> Sequence[str]:
        self.lookups.append(host)
        with contextlib.suppress(ValueError):
            return [str(ip_address(host))]
        answers = self._names.get(host)
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return answers.pop(0) if len(answers) > 1 else answers[0]


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def make_fetcher(time: FakeTime) -> MakeFetcher:
    def make(**changes: Any) -> Fetcher:
        settings: dict[str, Any] = {
            "user_agent": USER_AGENT,
            "limits": QUICK,
            "clock": time.wall,
            "allow_private": LOOPBACK,
            "monotonic": time.monotonic,
            "sleep": time.sleep,
            "jitter": lambda: 0.5,
        }
        return Fetcher(**(settings | changes))

    return make


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def server_tls(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


async def failure_of(fetcher: Fetcher, url: str, **request: Any) -> FetchError:
    """Fetch `url`, which must fail; robots.txt is left aside unless the test is about it."""
    settings = {"ignore_robots": True, **request}
    async with fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(FetchRequest(url, **settings))
    return caught.value
