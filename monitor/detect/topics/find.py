"""PURE: the findings of all topics on a change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from functools import cached_property

from monitor.clauses import heading_paths
from monitor.detect.dating import only_dates
from monitor.detect.languages import primary_language
from monitor.detect.topics.model import QUIET, Book, Effect, Event, Facets, Stance, Statement
from monitor.detect.topics.read import Reader
from monitor.detect.topics.reasons import redated, stands
from monitor.detect.topics.touched import Touched
from monitor.diff.model import Change, StepKind
from monitor.plausibility import language_of
from storage.records import Clause, Direction, Finding, Severity


def find(
    change: Change, books: Sequence[Book], language: str | None, said: Set[str] = frozenset()
) -> tuple[Finding, ...]:
    """What a change means on each topic, the strongest first; `said` are folded texts that once stood."""
    language = _spoken(change.after, language)
    surroundings = _Surroundings(change)
    touched = Touched(change, said)
    return tuple(
        _finding(event, book, surroundings)
        for book in books
        if applies(book, language)
        for event in (_redated(change, book) if book.dates_only else touched.events(book))
    )


def find_in_text(clauses: Sequence[Clause], books: Sequence[Book], language: str | None) -> tuple[Finding, ...]:
    """What a text that is read for the first time says on each topic; what is only mentioned is left out."""
    language = _spoken(clauses, language)
    surroundings = _Surroundings(Change((), tuple(clauses), ()))
    return tuple(
        _finding(Event(effect, None, statement, stands(statement, book)), book, surroundings)
        for book in books
        if applies(book, language) and not book.dates_only and not book.first_named
        for statement in Reader(book).statements(clauses)
        if (effect := _STANDING.get(statement.stance))
    )


_STANDING = {
    Stance.PERMITS: Effect.INTRODUCES,
    Stance.FORBIDS: Effect.RESTRICTS,
    Stance.CONTROLS: Effect.OPT_OUT_TERMS,
}


def _spoken(clauses: Sequence[Clause], declared: str | None) -> str | None:
    """The language that a text is in; where it is too short to tell, the one that it is declared to be in."""
    return language_of(clauses) or declared


def applies(book: Book, language: str | None) -> bool:
    """Whether a book is for documents in this language; one of unknown language may be in any."""
    code = primary_language(language)
    return code is None or code in book.languages


def _redated(change: Change, book: Book) -> Iterator[Event]:
    """The first clause of a change that touches nothing but dates."""
    for step in only_dates(change)[:1]:
        was = _bare(change.before, step.before)
        now = _bare(change.after, step.after)
        yield Event(Effect.REWORDED, was, now, redated(book))


def _bare(clauses: Sequence[Clause], place: int | None) -> Statement | None:
    if place is None:
        return None
    text, nothing = clauses[place].text, Facets()
    return Statement(place, text, Stance.MENTIONS, "date", text, nothing, nothing, frozenset())


def _finding(event: Event, book: Book, surroundings: _Surroundings) -> Finding:
    now, was = event.after, event.before
    quote, before = surroundings.texts(now, was)
    matched = dict.fromkeys(each.matched for each in (now, was) if each is not None)
    return Finding(
        rule=book.topic,
        topic=book.topic,
        effect=event.effect.value,
        severity=Severity.INFO if event.effect in QUIET else book.severity,
        direction=_direction(quote, before),
        quote=quote,
        before=before,
        matched=tuple(matched)[:1],
        heading=surroundings.headings(now, was),
        reason=event.reason,
        title=book.title,
    )


def _direction(quote: str | None, before: str | None) -> Direction:
    if quote is None:
        return Direction.REMOVED
    return Direction.EDITED if before is not None else Direction.ADDED


class _Surroundings:
    """What a statement's clause was or became, and the headings above it, worked out when first asked for."""

    def __init__(self, change: Change) -> None:
        self._change = change

    def texts(self, now: Statement | None, was: Statement | None) -> tuple[str | None, str | None]:
        """The clause now and before; of one that was edited both, also where only one speaks of the topic."""
        place_now = now.place if now else self._became.get(was.place) if was else None
        place_before = was.place if was else self._came_of.get(now.place) if now else None
        return (
            None if place_now is None else self._change.after[place_now].text,
            None if place_before is None else self._change.before[place_before].text,
        )

    def headings(self, now: Statement | None, was: Statement | None) -> tuple[str, ...]:
        if now is not None:
            return self._after[now.place]
        return self._before[was.place] if was is not None else ()

    @cached_property
    def _became(self) -> dict[int, int]:
        return {before: after for after, before in self._came_of.items()}

    @cached_property
    def _came_of(self) -> dict[int, int]:
        return {
            step.after: step.before
            for step in self._change.steps
            if step.kind is StepKind.EDITED and step.after is not None and step.before is not None
        }

    @cached_property
    def _before(self) -> list[tuple[str, ...]]:
        return heading_paths(self._change.before)

    @cached_property
    def _after(self) -> list[tuple[str, ...]]:
        return heading_paths(self._change.after)
