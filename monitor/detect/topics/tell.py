"""PURE: which events of a topic are told, and as what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from monitor.detect.topics import reasons
from monitor.detect.topics.model import QUIET, Book, Effect, Event, Stance, Statement


def told(
    events: Sequence[Event], before: Sequence[Statement], after: Sequence[Statement], book: Book
) -> list[Event]:
    """The events that a book tells of: all, those that change the substance, or what is first or last named."""
    if book.first_named:
        events = _first_named(events, before, after, book)
    if book.tells_all:
        return list(events)
    return [_directed(event) for event in events if event.effect not in QUIET]


def _directed(event: Event) -> Event:
    """Where only the direction counts, terms of choice that came are a limit, and those that went a gain."""
    if event.effect is not Effect.OPT_OUT_TERMS:
        return event
    return replace(event, effect=Effect.EXPANDS if event.after is None else Effect.RESTRICTS)


def _first_named(
    events: Sequence[Event], before: Sequence[Statement], after: Sequence[Statement], book: Book
) -> list[Event]:
    """Events on what a document names for the first time, or no longer anywhere; each is told once."""
    stood, stands = values_named(before, book), values_named(after, book)
    seen: set[str] = set()
    found = []
    for event in events:
        gained = _values(event.after, book) - stood - seen
        lost = _values(event.before, book) - stands - seen
        if not gained and not lost:
            continue
        seen |= gained | lost
        statement = event.after if gained else event.before
        gives = bool(gained) is not (statement is not None and statement.stance is Stance.FORBIDS)
        effect = Effect.EXPANDS if gives else Effect.RESTRICTS
        found.append(
            replace(event, effect=effect, reason=reasons.first_named(gained or lost, book, gone=not gained))
        )
    return found


def values_named(statements: Sequence[Statement], book: Book) -> set[str]:
    """The values of the facet of which a book tells what is named first or last."""
    return {value for statement in statements for value in _values(statement, book)}


def _values(statement: Statement | None, book: Book) -> set[str]:
    if statement is None or statement.stance is Stance.MENTIONS:
        return set()
    return {value for facet, value in statement.main.values if facet == book.first_named}
