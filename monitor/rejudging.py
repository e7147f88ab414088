"""Judges the changes of one document anew, each as it was judged when it was recorded (`monitor.watch`).

A change goes from the same text to the same text. A text that came back is no news, what our own extractor
changed never is, and a suspect one alerts nobody. What is not judged anew is which parts of a page were known
to rotate then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from monitor.alerting import Audience, worth_telling
from monitor.clauses import fold
from monitor.detect.compile import CompiledRule
from monitor.detect.judge import detect, detect_in_text, strongest_first
from monitor.detect.screen import holding_keys, matches
from monitor.detect.severity import Adjustment, Place, weigh
from monitor.detect.topics.find import find, find_in_text
from monitor.detect.topics.model import Book
from monitor.diff.compare import compare
from monitor.diff.model import Change
from monitor.returns import FLAPPING, VARIANTS, Variant, not_news
from monitor.watch import NEW_DOCUMENT
from storage.records import LIVE, Cause, ChangeRecord, Document, Finding
from storage.replay import Replay, Step

_Matches = Mapping[int, frozenset[int]]
"""By the numbers of clauses those of the rules that match them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The rules and the topics' books to run, and what a team wants told as graver or less grave."""

    rules: Sequence[CompiledRule]
    books: Sequence[Book] = ()
    adjustments: Sequence[Adjustment] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """From one time to another, both included; None leaves an end open."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        return (self.since is None or self.since <= at) and (self.until is None or at <= self.until)


class Rejudging:
    """One document: words are looked for once in each clause, and few changes are compared anew."""

    def __init__(self, document: Document, replay: Replay, asked: Asked, span: Span) -> None:
        self._document, self._replay, self._asked, self._span = document, replay, asked, span
        self._steps = replay.steps
        self._keyed = holding_keys(replay.texts, asked.books)
        self._found: dict[int, tuple[Finding, ...]] = {}
        """By the version that came, what was found when it was new."""
        self._said: set[str] = set()
        self._seen: set[int] = set()

    def run(self) -> tuple[int, list[ChangeRecord]]:
        """How many changes within the span are news, and those that alert, with what is told of them."""
        news = {place for place, step in enumerate(self._steps) if _is_news(step)}
        flaps = any(FLAPPING in step.change.flags for step in self._steps)
        touched = {place: self._touched(place) for place in news if flaps or self._is_within(place)}
        matched = self._matched(touched)
        fired = []
        for place, step in enumerate(self._steps):
            if place in touched:
                found = self._judge(place, touched[place], matched[self._language(place)])
                self._found.setdefault(step.change.version_id, found)
                told = strongest_first(self._weigh(step.change, worth_telling(found, Audience())))
                if told and self._is_within(place):
                    fired.append(replace(step.change, findings=told))
            self._hear(step.change.version_id)
        return sum(map(self._is_within, news)), fired

    def _is_within(self, place: int) -> bool:
        return self._span.holds(self._steps[place].change.captured_at)

    def _language(self, place: int) -> str | None:
        return self._document.language or self._steps[place].language

    def _touched(self, place: int) -> frozenset[int]:
        change = self._steps[place].change
        return self._replay.touched(change.previous_id, change.version_id)

    def _matched(self, touched: Mapping[int, frozenset[int]]) -> dict[str | None, _Matches]:
        """By language the clauses that rules match, of those that came or went in some change."""
        asked: dict[str | None, set[int]] = {}
        for place, clause_ids in touched.items():
            asked.setdefault(self._language(place), set()).update(clause_ids)
        return {
            language: matches({each: self._replay.texts[each] for each in ids}, self._asked.rules, language)
            for language, ids in asked.items()
        }

    def _weigh(self, change: ChangeRecord, found: Sequence[Finding]) -> tuple[Finding, ...]:
        """With the severities that hold there, by the flags that the change was recorded with."""
        place = Place(self._document.key.partition("/")[0], self._document.kind, self._document.region)
        return weigh(found, change.flags, place, self._asked.adjustments)

    def _hear(self, version_id: int) -> None:
        """From here on the document has said what this version says."""
        if self._asked.books:
            new = self._replay.hard_ids(version_id) - self._seen
            self._seen |= new
            self._said.update(fold(self._replay.texts[each]) for each in new)

    def _judge(self, place: int, touched: frozenset[int], matched: _Matches) -> tuple[Finding, ...]:
        change, speaking = self._steps[place].change, matched.keys() & touched
        versions = [each for each in (change.previous_id, change.version_id) if each is not None]
        on_topic = any(self._touches_a_topic(version_id, touched) for version_id in versions)
        if not speaking and not on_topic:
            return ()
        compared = self._compared(change)
        found = strongest_first(
            self._by_rules(compared, {each: matched[each] for each in speaking}, self._language(place)),
            find(compared, self._asked.books, self._language(place), self._said) if on_topic else (),
        )
        if FLAPPING not in change.flags:
            return found
        variants = self._variants(place)
        return tuple(finding for finding in found if not not_news(finding, variants))

    def _touches_a_topic(self, version_id: int, touched: Set[int]) -> bool:
        return any(
            after in touched and (after in self._keyed or before in self._keyed)
            for before, after in pairwise((0, *self._replay.ids(version_id)))
        )

    def _compared(self, change: ChangeRecord) -> Change:
        before = self._replay.clauses(change.previous_id) if change.previous_id is not None else ()
        return compare(before, self._replay.clauses(change.version_id))

    def _by_rules(self, compared: Change, speaking: _Matches, language: str | None) -> tuple[Finding, ...]:
        """What is found on the clauses of `speaking` by the rules that match them: no other can fire."""
        numbers = sorted(frozenset().union(*speaking.values()))
        texts = {self._replay.texts[each] for each in speaking}
        return detect(_narrowed(compared, texts), [self._asked.rules[each] for each in numbers], language)

    def _variants(self, place: int) -> list[Variant]:
        """The last distinct texts that a flapping page had shown by then, and what was found in each."""
        shown = dict.fromkeys(step.change.version_id for step in reversed(self._steps[:place]))
        return [
            Variant(version_id, self._steps[place].change.captured_at, (), self._found_in(version_id))
            for version_id in list(shown)[:VARIANTS]
        ]

    def _found_in(self, version_id: int) -> tuple[Finding, ...]:
        first = self._steps[0]
        if version_id != first.change.version_id or self._document.origin != LIVE or _is_news(first):
            return self._found.get(version_id, ())
        clauses = self._replay.clauses(version_id)
        return strongest_first(
            detect_in_text(clauses, self._asked.rules, self._language(0)),
            find_in_text(clauses, self._asked.books, self._language(0)),
        )


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
