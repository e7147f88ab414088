"""One check of one document, in order: fetch, keep the bytes, read, judge, write. It decides nothing itself.

What touches the network or the reading processes is awaited here; everything with the database happens in
`monitor.looks`, called in the one thread that `in_thread` stands for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from monitor import looks, verdicts
from monitor.cadence import patience_for
from monitor.config import Target
from monitor.extract.failures import ExtractionFailed, ExtractionRefused
from monitor.extract.model import Extraction, ExtractOptions, Link, Source
from monitor.extract.parts import combine, is_current
from monitor.fetch.model import Capture, FetchError, FetchRequest, Unmodified, Validators
from monitor.links import name_new_links
from monitor.looks import Began, Report, Then, nothing_more
from monitor.thread import WritesTogether
from monitor.watch import ADDRESS_CHANGED, HOST_CHANGED, Judged, Look, Watch
from storage.database import Database
from storage.errors import StaleDecision
from storage.records import AlertKind, CheckOutcome, FetchState

FULL_FETCH_EVERY = timedelta(hours=24)
"""How long we rely on "not modified": some servers answer so for good, whatever happens to the page."""

_MAX_DECISIONS = 5
"""How often a decision is made because other processes wrote in between."""


class Fetches(Protocol):
    async def fetch(self, request: FetchRequest) -> Capture | Unmodified: ...


class Extracts(Protocol):
    async def extract(self, source: Source, options: ExtractOptions) -> Extraction: ...

    async def links(self, source: Source) -> Sequence[Link]: ...


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Runs checks against one database with one set of rules; `clock` tells the time in UTC."""

    database: Database
    fetcher: Fetches
    extractor: Extracts
    watch: Watch
    clock: Callable[[], datetime]
    in_thread: WritesTogether

    async def check(self, target: Target, then: Then = nothing_more) -> Report:
        """Look at a document once and write what that meant, with what `then` adds in the same transaction.

        A failed fetch, a page that cannot be read and a fault of our own end as a report, not as an exception.

        Raises:
            StorageError: the database takes nothing, not even that.
        """
        return await self._survive(target, self._check(target, then), then)

    async def _survive(self, target: Target, look: Awaitable[Report], then: Then) -> Report:
        """A look's report; a fault of our own becomes the report of a failed check."""
        try:
            return await look
        except Exception as error:  # noqa: BLE001 (whatever it is, the check did not take place, and is to say so)
            fault = error  # the name of an except clause ends with it
        return await self.in_thread(
            partial(looks.record_fault, self.database, target, fault, self.clock(), then)
        )

    async def _check(self, target: Target, then: Then) -> Report:
        began = await self._begin(target)
        if began.pending is None:
            return await self._look(target, began, then)
        # An earlier process kept bytes and ended before it could read them: they come first.
        parts, observed_at = began.pending.parts, began.pending.observed_at
        caught_up = await self._survive(target, self._read(target, began, parts, observed_at, then), then)
        report = await self._look(target, await self._begin(target), then)
        return caught_up if report.outcome is CheckOutcome.UNCHANGED else report

    async def _look(self, target: Target, began: Began, then: Then) -> Report:
        audience = self.watch.audience
        try:
            answers = await self._fetch(target, began)
        except FetchError as error:
            now = self.clock()
            return await self.in_thread(
                partial(looks.record_failure, self.database, began, error, now, audience, then)
            )
        observed_at = self.clock()
        if self._reads_alike(target, began) and began.is_about(target.urls):
            same = partial(
                looks.record_same_bytes,
                began=began, answers=answers, observed_at=observed_at, audience=audience, then=then,
            )  # fmt: skip
            with suppress(StaleDecision):  # another process recorded other bytes: then these are to be judged
                report = await self.in_thread.write(self.database.write, same)
                if report is not None:
                    return report
        keep = partial(looks.keep_bytes, began=began, answers=answers, observed_at=observed_at)
        parts = await self.in_thread.write(self.database.write, keep)
        captures = [answer for answer in answers if isinstance(answer, Capture)]
        sources = [_source_of(capture) for capture in captures] if len(captures) == len(answers) else None
        return await self._read(target, began, parts, observed_at, then, sources)

    async def preview(self, target: Target) -> Report:
        """Look at a document and say what it would mean, writing nothing."""
        began = await self.in_thread(partial(looks.peek, self.database, target))
        try:
            answers = await self._fetch(target, began, conditional=False)
            captures = [answer for answer in answers if isinstance(answer, Capture)]
            extraction = await self._extract(target, [_source_of(capture) for capture in captures])
        except FetchError as error:
            return Report(target.key, CheckOutcome.FAILED, error.reason, error_class=error.error_class.value)
        except (ExtractionRefused, ExtractionFailed) as error:
            return Report(target.key, CheckOutcome.HELD, str(error))
        look = Look(self.clock(), extraction)
        reread = await self._reread_standing(target, began, extraction)
        return await self.in_thread(
            partial(verdicts.preview, self.database, began, look, self.watch, reread=reread)
        )

    async def _begin(self, target: Target) -> Began:
        return await self.in_thread(partial(looks.begin, self.database, target, self.clock()))

    async def _fetch(
        self, target: Target, began: Began, *, conditional: bool = True
    ) -> Sequence[Capture | Unmodified]:
        return [
            await self.fetcher.fetch(
                FetchRequest(
                    url=url,
                    headers=tuple(target.headers),
                    validators=self._validators(began.state_of(url)) if conditional else None,
                    ignore_robots=target.ignore_robots,
                    browser=target.browser,
                )
            )
            for url in target.urls
        ]

    def _validators(self, state: FetchState | None) -> Validators | None:
        # abs: a capture from the future was made while the clock stood wrong.
        if state is None or abs(self.clock() - state.fetched_fully_at) > FULL_FETCH_EVERY:
            return None
        return Validators(etag=state.etag, last_modified=state.last_modified, url=state.final_url)

    async def _read(
        self,
        target: Target,
        began: Began,
        parts: Sequence[FetchState],
        observed_at: datetime,
        then: Then,
        sources: Sequence[Source] | None = None,
    ) -> Report:
        snapshot_ids = tuple(part.snapshot_id for part in parts)
        try:
            if sources is None:
                extraction = await self._extract_stored(target, snapshot_ids)
            else:
                extraction = await self._extract(target, sources)
        except (ExtractionRefused, ExtractionFailed) as error:
            return await self.in_thread(
                partial(looks.record_held, self.database, began, str(error), observed_at, then)
            )
        look = Look(observed_at, extraction, snapshot_ids=snapshot_ids, flags=_flags(began, parts))
        return await self._record(target, began, look, parts, then)

    async def _record(
        self, target: Target, began: Began, look: Look, parts: Sequence[FetchState], then: Then
    ) -> Report:
        for _ in range(_MAX_DECISIONS - 1):
            try:
                return await self._decide(target, began, look, parts, then)
            except StaleDecision:
                began = await self._begin(target)
        return await self._decide(target, began, look, parts, then)

    async def _decide(
        self, target: Target, began: Began, look: Look, parts: Sequence[FetchState], then: Then
    ) -> Report:
        reread = await self._reread_standing(target, began, look.extraction)
        patience = patience_for(target.cadence, target.confirm_after)
        weigh = partial(verdicts.weigh, self.database, began, look, self.watch, patience=patience)
        steps = await self.in_thread(partial(weigh, reread=reread))
        steps[-1] = await self._with_new_links(target, began, steps[-1])
        record = partial(verdicts.record, self.database, began, steps, parts, self.watch, patience=patience)
        return await self.in_thread(partial(record, reread=reread, now=self.clock(), then=then))

    async def _with_new_links(self, target: Target, began: Began, judged: Judged) -> Judged:
        """The judged look; its alert, if there is one, names what the page links to now and nobody watches.

        Links are read only for alerts; a page whose links cannot be read holds up none.
        """
        if judged.alert is None or judged.alert.kind is not AlertKind.CHANGE:
            return judged
        pages = await self.in_thread(partial(verdicts.pages_of_alert, self.database, began, judged))
        if not all(pages):  # nothing is known of what was linked before
            return judged
        try:
            before, after = [await self._links(sources) for sources in pages]
        except (ExtractionRefused, ExtractionFailed):
            return judged
        alert = name_new_links(judged.alert, before, after, target.urls, self.watch.pages)
        return replace(judged, alert=alert)

    async def _links(self, sources: Sequence[Source]) -> list[Link]:
        return [link for source in sources for link in await self.extractor.links(source)]

    async def _reread_standing(self, target: Target, began: Began, extraction: Extraction) -> Extraction | None:
        """The standing version's own bytes, read by today's extractor, where an older one read them.

        Only so can a difference that our upgrade made be told from one that the page made.
        """
        position = began.position
        if position is None or position.version.extractor == extraction.extractor:
            return None
        if not position.version.snapshot_ids:
            return None
        try:
            return await self._extract_stored(target, position.version.snapshot_ids)
        except (ExtractionRefused, ExtractionFailed):
            return None

    async def _extract_stored(self, target: Target, snapshot_ids: Sequence[int]) -> Extraction:
        sources = await self.in_thread(partial(looks.load_sources, self.database, snapshot_ids))
        return await self._extract(target, sources)

    async def _extract(self, target: Target, sources: Sequence[Source]) -> Extraction:
        options = _options(target)
        return combine([await self.extractor.extract(source, options) for source in sources])

    def _reads_alike(self, target: Target, began: Began) -> bool:
        """Whether we would read the standing version's bytes today as we did then."""
        return began.position is not None and is_current(began.position.version.extractor, _options(target))


def _flags(began: Began, parts: Sequence[FetchState]) -> tuple[str, ...]:
    """Whether this may be another page than the standing version was read from."""
    moved = (ADDRESS_CHANGED,) if began.has_moved(parts) else ()
    return (*moved, HOST_CHANGED) if began.leads_elsewhere(parts) else moved


def _options(target: Target) -> ExtractOptions:
    return ExtractOptions(select=tuple(target.select), remove=tuple(target.remove))


def _source_of(capture: Capture) -> Source:
    return Source(capture.body, capture.meta.content_type, capture.meta.final_url)
