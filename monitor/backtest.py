"""Runs rules and topics over all of history: which changes would have alerted, and on what."""

from __future__ import annotations

import signal
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

from monitor.detect.compile import compile_rule
from monitor.detect.model import Rule
from monitor.detect.severity import Adjustment
from monitor.detect.topics.table import shipped_books
from monitor.rejudging import Asked, Rejudging, Span
from storage.database import Database
from storage.records import ChangeRecord, Document
from storage.replay import Replay

__all__ = ["Asking", "Replayed", "Span", "backtest"]

Progress = Callable[[int, int], None]
"""Called with the number of documents done and of all."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A document gone through: how many of its changes were news, and those that would have alerted.

    Their findings are what people would be told of, the strongest first.
    """

    document: Document
    news: int
    fired: tuple[ChangeRecord, ...]


@dataclass(frozen=True, slots=True)
class Asking:
    """What is run: rules, shipped topics by their names, and what a team wants told as graver or less grave."""

    rules: Sequence[Rule] = ()
    topics: Collection[str] = ()
    adjustments: Sequence[Adjustment] = ()

    def compiled(self) -> Asked:
        """Ready to be asked. Raises RuleError for a rule that cannot be used."""
        return Asked(
            tuple(compile_rule(rule) for rule in self.rules),
            tuple(book for book in shipped_books() if book.topic in self.topics),
            self.adjustments,
        )


def backtest(
    database: Database,
    documents: Sequence[Document],
    asking: Asking,
    span: Span,
    *,
    workers: int = 1,
    progress: Progress,
) -> Iterator[Replayed]:
    """Judge every change within `span`, document by document, each as it stands at one moment.

    More than one worker is that many processes, each with the database open for itself.

    Raises:
        RuleError: a rule cannot be used.
        DataDamaged: what is stored of a document cannot be read.
    """
    with _opened(database, asking, min(workers, len(documents))) as replay:
        for number, replayed in enumerate(replay(documents, span), 1):
            yield replayed
            progress(number, len(documents))


_Replay = Callable[[Sequence[Document], Span], Iterator[Replayed]]


@contextmanager
def _opened(database: Database, asking: Asking, workers: int) -> Iterator[_Replay]:
    here = _Worker(database, asking.compiled())  # in any case, so that a wrong rule is told at once
    if workers < 2:
        yield lambda documents, span: (here.replay(document, span) for document in documents)
        return
    # What is compiled cannot be handed to another process.
    with ProcessPoolExecutor(workers, get_context("spawn"), _begin, (database.path, asking)) as pool:
        yield lambda documents, span: pool.map(_replay, documents, repeat(span))


@dataclass(frozen=True, slots=True)
class _Worker:
    database: Database
    asked: Asked

    def replay(self, document: Document, span: Span) -> Replayed:
        with self.database.read() as transaction:
            news, fired = Rejudging(document, Replay(transaction, document.id), self.asked, span).run()
        return Replayed(document, news, tuple(fired))


_own: list[_Worker] = []
"""In a process of the pool: what it works with."""


def _begin(path: Path, asking: Asking) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that people interrupt ends the others
    _own.append(_Worker(Database.open(path, read_only=True), asking.compiled()))


def _replay(document: Document, span: Span) -> Replayed:
    return _own[0].replay(document, span)
