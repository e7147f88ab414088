"""The parts of one check put together as the program does it: a real site, a real database, a clock to set."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from monitor.alerting import Audience, Recipients
from monitor.cadence import Every
from monitor.config import Target
from monitor.detect.compile import compile_rule
from monitor.detect.model import Rule
from monitor.extract.explain import read_links
from monitor.extract.model import Extraction, ExtractOptions, Link, Source
from monitor.extract.read import extract
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.model import FetchLimits
from monitor.history import AlertWithDeliveries, History
from monitor.identity import fingerprint
from monitor.looks import Report
from monitor.pipeline import Extracts, Fetches, Pipeline
from monitor.routes import Route
from monitor.thread import DatabaseThread
from monitor.watch import Watch
from storage import checks, documents
from storage.database import Database
from storage.records import AlertKind, Appearance, ChangeRecord, Check, RecordFilter, Severity
from tests.servers.http import SiteServer

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
KEY = "acme/privacy-policy"
RULE = Rule("ai-training", "AI training", Severity.HIGH, topic="ai-training", phrases=("train AI models",))

FIRST_TEXT = "We collect the data that you give us."
TRAINING = "We may train AI models on your posts."
STANDING = "Partners never train AI models with it."


class Clock:
    """The time in UTC, which moves only when told to."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


class Reader:
    """Reads pages in this process: what the pool's workers do, without starting them."""

    async def extract(self, source: Source, options: ExtractOptions) -> Extraction:
        return extract(source, options)

    async def links(self, source: Source) -> Sequence[Link]:
        return read_links(source)


class OlderReader(Reader):
    """An extractor of another name, which overlooked the last clauses of every page."""

    def __init__(self, overlooked: int = 0) -> None:
        self._overlooked = overlooked

    async def extract(self, source: Source, options: ExtractOptions) -> Extraction:
        found = await super().extract(source, options)
        kept = found.clauses[: len(found.clauses) - self._overlooked]
        return replace(found, clauses=kept, fingerprint=fingerprint(kept), extractor="html-older")


def page(*sentences: str, around: str = "") -> str:
    """A policy page of one paragraph a sentence; `around` is markup that no reader sees as text."""
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in sentences)
    return f"<!doctype html><title>Policy</title>{around}<main><h1>Privacy Policy</h1>{paragraphs}</main>"


def target(*urls: str, key: str = KEY, **changes: Any) -> Target:
    service, kind = key.split("/")[:2]
    made = Target(
        key=key, service=service.title(), service_id=service, kind=kind, region=None, language=None, urls=urls,
        cadence=Every(3600.0), fresh_within=86400.0, confirm_after=0.0, headers=(), select=(), remove=(),
        ignore_robots=True, paused=False,
    )  # fmt: skip
    return replace(made, **changes)


def audience(**channels: tuple[str, ...]) -> Audience:
    """Everything goes to every channel."""
    reached = {name: Recipients(addresses, f"{name}.test") for name, addresses in channels.items()}
    return Audience((Route(to=tuple(channels)),), reached)


def watch(audience: Audience | None = None, **changes: Any) -> Watch:
    heard = audience if audience is not None else TEAM
    return replace(Watch([compile_rule(RULE)], heard), **changes)


TEAM = audience(mail=("ann@team.test", "bob@team.test"))


@dataclass
class Stage:
    """A site, a database and a pipeline between them."""

    site: SiteServer
    database: Database
    clock: Clock
    fetcher: Fetcher
    thread: DatabaseThread

    def pipeline(
        self,
        watching: Watch | None = None,
        *,
        reader: Extracts | None = None,
        fetcher: Fetches | None = None,
        database: Database | None = None,
    ) -> Pipeline:
        return Pipeline(
            database or self.database,
            fetcher or self.fetcher,
            reader or Reader(),
            watching or watch(),
            self.clock,
            self.thread,
        )

    def show(self, *sentences: str, path: str = "/privacy", **options: str) -> None:
        self.site.pages[path] = page(*sentences, **options)

    def target(self, *paths: str, key: str = KEY, **changes: Any) -> Target:
        return target(*(self.site.url(path) for path in paths or ("/privacy",)), key=key, **changes)

    async def check(
        self, pipeline: Pipeline | None = None, target: Target | None = None, *, hours: float = 1
    ) -> Report:
        """One check, an hour after the last."""
        self.clock.advance(hours=hours)
        return await (pipeline or self.pipeline()).check(target or self.target())

    def appearances(self, key: str = KEY) -> list[Appearance]:
        with History.open(self.database.path) as history:
            return [appearance for _, appearance, _, _ in history.appearances(key)]

    def changes(self) -> list[ChangeRecord]:
        """What changed after the first version, oldest first."""
        with History.open(self.database.path) as history:
            return history.changes(RecordFilter())[::-1]

    def alerts(self, *kinds: AlertKind) -> list[AlertWithDeliveries]:
        """The alerts of these kinds (else all), oldest first."""
        with History.open(self.database.path) as history:
            found = sorted(history.alerts(RecordFilter()), key=lambda each: each.alert.id)
        return [each for each in found if not kinds or each.alert.kind in kinds]

    def checks(self, key: str = KEY) -> Sequence[Check]:
        with self.database.read() as transaction:
            document = documents.find(transaction, key)
            return checks.every(transaction, document.id) if document else []


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Stage]:
    clock, thread = Clock(), DatabaseThread()
    database = Database.open(folder / "policywatch.db")
    fetcher = Fetcher(
        user_agent="policywatch/0 (+https://privacy.example/)",
        limits=FetchLimits(total_seconds=5.0, connect_seconds=2.0, host_delay_seconds=0.0, retries=0),
        clock=clock,
        allow_private=[ip_network("127.0.0.0/8")],
    )
    try:
        with SiteServer() as site:
            async with fetcher:
                yield Stage(site, database, clock, fetcher, thread)
    finally:
        thread.close()
        database.close()
