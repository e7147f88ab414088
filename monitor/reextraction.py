"""Reads the stored bytes of a standing version again: a difference is our doing, and nobody is alerted.

The daemon does the same when it next looks at a document (`monitor.verdicts`); here no page is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from monitor import recording
from monitor.extract.failures import ExtractionFailed, ExtractionRefused
from monitor.extract.model import Extraction, ExtractOptions, Source
from monitor.extract.parts import combine, is_current
from monitor.looks import Began, current_position, load_sources
from monitor.recording import Position
from monitor.watch import Judged, Look, Watch, judge
from storage import versions
from storage.database import Database, Transaction
from storage.errors import DataDamaged, StaleDecision
from storage.records import Document

Reads = Callable[[Sequence[Source], ExtractOptions], Sequence[Extraction]]

_WITH_SELECTORS = re.compile(r"-[0-9a-f]{8}(?:\+|\Z)")
_MAX_DECISIONS = 5


class Outcome(StrEnum):
    CURRENT = "current"
    SAME = "same"
    DIFFERENT = "different"
    NO_BYTES = "no bytes"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Reread:
    """What reading a document again brought; `counts` are clauses added, removed, edited and moved."""

    document: str
    outcome: Outcome
    reason: str = ""
    counts: tuple[int, int, int, int] = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Reextraction:
    """Reads with `read`; `watch` judges, though no rule is asked. With `dry_run` nothing is written."""

    database: Database
    read: Reads
    watch: Watch
    dry_run: bool = False

    def run(self, document: Document, options: ExtractOptions | None) -> Reread:
        """Read the standing version of `document` with `options`, its selectors; None: they are not known.

        Raises:
            StaleDecision: other processes kept changing the document.
        """
        for _ in range(_MAX_DECISIONS - 1):
            try:
                return self._run(document, options)
            except StaleDecision:
                continue
        return self._run(document, options)

    def _run(self, document: Document, options: ExtractOptions | None) -> Reread:
        with self.database.read() as transaction:
            position = recording.position_of(transaction, document.id)
        if position is None or not position.version.snapshot_ids:
            return Reread(document.key, Outcome.NO_BYTES)
        if options is None and _WITH_SELECTORS.search(position.version.extractor):
            reason = "it was read with selectors that the configuration does not name"
            return Reread(document.key, Outcome.UNREADABLE, reason)
        options = options or ExtractOptions()
        if is_current(position.version.extractor, options):
            return Reread(document.key, Outcome.CURRENT)
        try:
            sources = load_sources(self.database, position.version.snapshot_ids)
            extraction = combine(self.read(sources, options))
        except (ExtractionRefused, ExtractionFailed, DataDamaged) as error:
            return Reread(document.key, Outcome.UNREADABLE, str(error))
        return self._judge(Began(document, position), position, extraction)

    def _judge(self, began: Began, position: Position, extraction: Extraction) -> Reread:
        # The bytes are those last seen then; so what the page itself does next keeps its own time.
        look = Look(position.appearance.observed_until, extraction, snapshot_ids=position.version.snapshot_ids)
        with self.database.read() as transaction:
            known = recording.load_known(transaction, began.document.id, position, look)
        judged = judge(recording.label(began.document), known, look, self.watch, reextracted=True)
        if not self.dry_run:
            with self.database.write() as transaction:
                _write(transaction, began, judged)
        if judged.change is None:
            return Reread(began.document.key, Outcome.SAME)
        change = judged.change
        counts = (change.added, change.removed, change.edited, change.moved)
        return Reread(began.document.key, Outcome.DIFFERENT, counts=counts)


def _write(transaction: Transaction, began: Began, judged: Judged) -> None:
    position, look = current_position(transaction, began), judged.look
    if judged.version is not None:
        position = recording.write(transaction, began.document, position, judged, now=look.observed_at)
    if position is not None:
        # Also where that text was a version before: it reads so today.
        versions.confirm_extractor(transaction, position.version.id, look.extraction.extractor)
