"""Runs rules over all of history: which changes would have alerted, and on what.

A change is judged as it was when it was recorded (`monitor.watch`): from the same text, to the same text, by
the same code. A text that came back is no news, what our own extractor changed never is, and a suspect one
alerts nobody. What is not judged anew is which parts of a page were known to rotate then.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

from monitor.detect.compile import CompiledRule, compile_rule
from monitor.detect.judge import detect, detect_in_text
from monitor.detect.model import Rule
from monitor.detect.screen import matches
from monitor.diff.compare import compare
from monitor.diff.model import Change
from monitor.returns import FLAPPING, VARIANTS, Variant, not_news
from monitor.watch import NEW_DOCUMENT
from storage.database import Database
from storage.records import LIVE, Cause, ChangeRecord, Document, Finding
from storage.replay import Replay, Step

_Matches = Mapping[int, frozenset[int]]
"""By the numbers of clauses those of the rules that match them."""

Progress = Callable[[int, int], None]
"""Called with the number of documents done and of all."""


@dataclass(frozen=True, slots=True)
class Span:
    """From one time to another, both included; None leaves an end open."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        return (self.since is None or self.since <= at) and (self.until is None or at <= self.until)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A document gone through: how many changes were news, and those of them on which rules fire.

    Their findings are what the rules find now, the strongest first.
    """

    document: Document
    news: int
    fired: tuple[ChangeRecord, ...]


def backtest(
    database: Database,
    documents: Sequence[Document],
    rules: Sequence[Rule],
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
    compiled = [compile_rule(rule) for rule in rules]
    with _tester(database, compiled, min(workers, len(documents))) as test:
        for number, replayed in enumerate(test(documents, span), 1):
            yield replayed
            progress(number, len(documents))


_Test = Callable[[Sequence[Document], Span], Iterator[Replayed]]


@contextmanager
def _tester(database: Database, rules: Sequence[CompiledRule], workers: int) -> Iterator[_Test]:
    if workers < 2:
        here = _Tester(database, rules)
        yield lambda documents, span: (here.test(document, span) for document in documents)
        return
    plain = [rule.rule for rule in rules]  # what is compiled cannot be handed to another process
    with ProcessPoolExecutor(workers, get_context("spawn"), _begin, (database.path, plain)) as pool:
        yield lambda documents, span: pool.map(_test, documents, repeat(span))


@dataclass(frozen=True, slots=True)
class _Tester:
    database: Database
    rules: Sequence[CompiledRule]

    def test(self, document: Document, span: Span) -> Replayed:
        with self.database.read() as transaction:
            return _Judging(document, Replay(transaction, document.id), self.rules, span).run()


_own: list[_Tester] = []
"""In a process of the pool: its tester."""


def _begin(path: Path, rules: Sequence[Rule]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that people interrupt ends the others
    _own.append(_Tester(Database.open(path, read_only=True), [compile_rule(rule) for rule in rules]))


def _test(document: Document, span: Span) -> Replayed:
    return _own[0].test(document, span)


class _Judging:
    """One document: its words are looked for once in each clause, and few changes are compared anew."""

    def __init__(self, document: Document, replay: Replay, rules: Sequence[CompiledRule], span: Span) -> None:
        self._document, self._replay, self._rules, self._span = document, replay, rules, span
        self._steps = replay.steps
        self._flaps = any(FLAPPING in step.change.flags for step in self._steps)
        self._found: dict[int, tuple[Finding, ...]] = {}
        """By the version that came, what was found when it was new."""

    def run(self) -> Replayed:
        news = [place for place, step in enumerate(self._steps) if _is_news(step)]
        wanted = [place for place in news if self._flaps or self._is_within(place)]
        touched = {place: self._touched(place) for place in wanted}
        matched = self._matched(touched)
        fired = []
        for place in wanted:
            change, language = self._steps[place].change, self._language(place)
            speaking = matched[language].keys() & touched[place]
            found = self._judge(place, {text_id: matched[language][text_id] for text_id in speaking})
            self._found.setdefault(change.version_id, found)
            if found and self._is_within(place):
                fired.append(replace(change, findings=found))
        return Replayed(self._document, sum(map(self._is_within, news)), tuple(fired))

    def _is_within(self, place: int) -> bool:
        return self._span.holds(self._steps[place].change.captured_at)

    def _language(self, place: int) -> str | None:
        return self._document.language or self._steps[place].language

    def _touched(self, place: int) -> frozenset[int]:
        change = self._steps[place].change
        return self._replay.touched(change.previous_id, change.version_id)

    def _matched(self, touched: dict[int, frozenset[int]]) -> dict[str | None, _Matches]:
        """By language the clauses that rules match, of those that came or went in some change."""
        asked: dict[str | None, set[int]] = {}
        for place, clause_ids in touched.items():
            asked.setdefault(self._language(place), set()).update(clause_ids)
        return {
            language: matches({each: self._replay.text(each) for each in clause_ids}, self._rules, language)
            for language, clause_ids in asked.items()
        }

    def _judge(self, place: int, speaking: _Matches) -> tuple[Finding, ...]:
        """What is found on the clauses of `speaking` by the rules that match them: no other can fire."""
        if not speaking:
            return ()
        step = self._steps[place]
        previous = step.change.previous_id
        before = self._replay.clauses(previous) if previous is not None else ()
        change = compare(before, self._replay.clauses(step.change.version_id))
        rules = [self._rules[number] for number in sorted(frozenset().union(*speaking.values()))]
        texts = {self._replay.text(each) for each in speaking}
        found = detect(_narrowed(change, texts), rules, self._language(place))
        if FLAPPING not in step.change.flags:
            return found
        variants = self._variants(place)
        return tuple(finding for finding in found if not not_news(finding, variants))

    def _variants(self, place: int) -> list[Variant]:
        """The last distinct texts that a flapping page had shown by then, and what was found in each."""
        shown = dict.fromkeys(step.change.version_id for step in reversed(self._steps[:place]))
        return [
            Variant(version_id, self._steps[place].change.captured_at, (), self._found_in(version_id))
            for version_id in list(shown)[:VARIANTS]
        ]

    def _found_in(self, version_id: int) -> tuple[Finding, ...]:
        first = self._steps[0]
        if version_id == first.change.version_id and self._document.origin == LIVE and not _is_news(first):
            return detect_in_text(self._replay.clauses(version_id), self._rules, self._language(0))
        return self._found.get(version_id, ())


def _narrowed(change: Change, texts: Set[str]) -> Change:
    """The change with those steps alone that touch one of the texts."""
    steps = (
        step
        for step in change.steps
        if (step.before is not None and change.before[step.before].text in texts)
        or (step.after is not None and change.after[step.after].text in texts)
    )
    return replace(change, steps=tuple(steps))


def _is_news(step: Step) -> bool:
    """Whether a change is one that rules are asked about, and people told of."""
    change = step.change
    new = change.cause is Cause.FIRST and NEW_DOCUMENT in change.flags
    return not step.suspect and (change.cause is Cause.PAGE_CHANGED or new)
