"""One check of one document, in order: fetch, keep the bytes, read, judge, write. It decides nothing itself.

What touches the network or the reading processes is awaited here; everything with the database happens in
`monitor.looks`, called in the one thread that `in_thread` stands for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from monitor import looks
from monitor.config import Target
from monitor.extract.failures import ExtractionFailed, ExtractionRefused
from monitor.extract.model import Extraction, ExtractOptions, Source
from monitor.extract.parts import combine, is_current
from monitor.fetch.model import Capture, FetchError, FetchRequest, Unmodified, Validators
from monitor.looks import Began, Report
from monitor.thread import InThread
from monitor.watch import Look, Watch
from storage.database import Database
from storage.records import CheckOutcome, FetchState

FULL_FETCH_EVERY = timedelta(hours=24)
"""How long we rely on "not modified": some servers answer so for good, whatever happens to the page."""


class Fetches(Protocol):
    async def fetch(self, request: FetchRequest) -> Capture | Unmodified: ...


class Extracts(Protocol):
    async def extract(self, source: Source, options: ExtractOptions) -> Extraction: ...


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Runs checks against one database with one set of rules; `clock` tells the time in UTC."""

    database: Database
    fetcher: Fetches
    extractor: Extracts
    watch: Watch
    clock: Callable[[], datetime]
    in_thread: InThread

    async def check(self, target: Target) -> Report:
        """Look at a document once and write what that meant.

        A failed fetch and a page that cannot be read end as a report, not as an exception.
        """
        began = await self.in_thread(lambda: looks.begin(self.database, target, self.clock()))
        if began.pending is not None:
            # An earlier process kept these bytes and ended before it could read them: they come first.
            report = await self._read(target, began, began.pending.parts, began.pending.observed_at)
            if report.outcome is CheckOutcome.HELD:
                return report
            began = await self.in_thread(lambda: looks.begin(self.database, target, self.clock()))
        try:
            answers = await self._fetch(target, began)
        except FetchError as error:
            failure = error  # the name of an except clause ends with it, the closure needs it longer
            return await self.in_thread(
                lambda: looks.record_failure(self.database, began, failure, self.clock())
            )
        observed_at = self.clock()
        if self._brought_nothing_new(target, began, answers):
            return await self.in_thread(
                lambda: looks.record_same_bytes(self.database, began, answers, observed_at)
            )
        parts = await self.in_thread(lambda: looks.keep_bytes(self.database, began, answers, observed_at))
        return await self._read(target, began, parts, observed_at)

    async def preview(self, target: Target) -> Report:
        """Look at a document and say what it would mean, writing nothing."""
        began = await self.in_thread(lambda: looks.peek(self.database, target))
        try:
            answers = await self._fetch(target, began, conditional=False)
            captures = [answer for answer in answers if isinstance(answer, Capture)]
            extraction = combine([await self._extract(target, _source_of(capture)) for capture in captures])
        except FetchError as error:
            return Report(target.key, CheckOutcome.FAILED, error.reason, error_class=error.error_class.value)
        except (ExtractionRefused, ExtractionFailed) as error:
            return Report(target.key, CheckOutcome.HELD, str(error))
        look = Look(self.clock(), extraction)
        return await self.in_thread(lambda: looks.judge_only(self.database, began, look, self.watch))

    async def _fetch(
        self, target: Target, began: Began, *, conditional: bool = True
    ) -> Sequence[Capture | Unmodified]:
        states = {state.url: state for state in began.states} if conditional else {}
        return [
            await self.fetcher.fetch(
                FetchRequest(
                    url=url,
                    headers=tuple(target.headers),
                    validators=self._validators(states.get(url)),
                    ignore_robots=target.ignore_robots,
                )
            )
            for url in target.urls
        ]

    def _validators(self, state: FetchState | None) -> Validators | None:
        if state is None or self.clock() - state.fetched_fully_at > FULL_FETCH_EVERY:
            return None
        return Validators(etag=state.etag, last_modified=state.last_modified, url=state.final_url)

    def _brought_nothing_new(
        self, target: Target, began: Began, answers: Sequence[Capture | Unmodified]
    ) -> bool:
        """The bytes are those that the standing version was read from, and we would read them alike today."""
        if began.position is None or len(began.states) != len(answers):
            return False
        same = all(
            isinstance(answer, Unmodified) or looks.sha256(answer.body) == state.sha256
            for answer, state in zip(answers, began.states, strict=True)
        )
        return same and is_current(began.position.version.extractor, _options(target))

    async def _read(
        self, target: Target, began: Began, parts: Sequence[FetchState], observed_at: datetime
    ) -> Report:
        snapshot_ids = [part.snapshot_id for part in parts]
        stored = await self.in_thread(lambda: looks.load_sources(self.database, snapshot_ids))
        try:
            extraction = combine([await self._extract(target, source) for source in stored])
        except (ExtractionRefused, ExtractionFailed) as error:
            return await self.in_thread(
                partial(looks.record_held, self.database, began, str(error), observed_at)
            )
        look = Look(observed_at, extraction, snapshot_ids=tuple(snapshot_ids))
        reread = await self._reread_standing(target, began, extraction)
        return await self.in_thread(
            lambda: looks.record(self.database, began, look, parts, self.watch, reread=reread, now=self.clock())
        )

    async def _reread_standing(self, target: Target, began: Began, extraction: Extraction) -> Extraction | None:
        """The standing version's own bytes, read by today's extractor, where an older one read them.

        Only so can a difference that our upgrade made be told from one that the page made.
        """
        position = began.position
        if position is None or position.version.extractor == extraction.extractor:
            return None
        stored = await self.in_thread(lambda: looks.load_sources(self.database, position.version.snapshot_ids))
        if not stored:
            return None
        try:
            return combine([await self._extract(target, source) for source in stored])
        except (ExtractionRefused, ExtractionFailed):
            return None

    def _extract(self, target: Target, source: Source) -> Awaitable[Extraction]:
        return self.extractor.extract(source, _options(target))


def _options(target: Target) -> ExtractOptions:
    return ExtractOptions(select=tuple(target.select), remove=tuple(target.remove))


def _source_of(capture: Capture) -> Source:
    return Source(capture.body, capture.meta.content_type, capture.meta.final_url)
