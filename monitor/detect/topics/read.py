"""PURE: what the clauses of a document say on a topic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from monitor.detect.topics.context import Contexts
from monitor.detect.topics.facets import content_words, facets_of
from monitor.detect.topics.frames import Match, carves, inside, matches
from monitor.detect.topics.model import Book, Frame, Stance, Statement
from monitor.detect.topics.stance import (
    Surroundings,
    answer_stance,
    carved_stance,
    continued_stance,
    stance_of,
)
from monitor.detect.topics.words import Span, Tagged
from storage.records import Clause

MOST_CLAUSES = 1_000
"""Clauses of one document that are read for a topic; real ones have some dozens that may speak of it."""


class Reader:
    """Reads clauses with one book; `Reader.statements` is all that others need."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._keys = book.finder

    def statements(
        self, clauses: Sequence[Clause], among: Set[int] | None = None, contexts: Contexts | None = None
    ) -> Iterator[Statement]:
        """What the hard clauses say on the topic: all of them, or those at the places `among` which it asks.

        `contexts` are theirs, where they were worked out before.
        """
        contexts = contexts or Contexts(clauses)
        for place in self._candidates(clauses, among):
            if not clauses[place].soft and (found := self.read(clauses, place, contexts)):
                yield found

    def _candidates(self, clauses: Sequence[Clause], among: Set[int] | None) -> list[int]:
        """The clauses that hold a key of some frame, and those that follow one: they may speak of it."""
        asked = set(range(len(clauses))) if among is None else among
        looked_at = sorted(asked | {place - 1 for place in asked if place})
        found = self._keys.places([clauses[place].text for place in looked_at])
        held = {looked_at[number] for number in found}
        return sorted((held | {place + 1 for place in held}) & asked)[:MOST_CLAUSES]

    def read(self, clauses: Sequence[Clause], place: int, contexts: Contexts) -> Statement | None:
        tagged = self._tag(clauses[place].text)
        found = list(matches(tagged, self._book.frames))
        if not found:
            return self._following(clauses, place, contexts, tagged)
        surroundings = Surroundings(contexts, place, self._tag)
        carved = list(carves(tagged))
        whole = [match for match in found if self._needs_met(match.frame, tagged, surroundings)]
        outside = [match for match in whole or found if not inside(match.span, carved)]
        match = min(outside or whole or found, key=lambda match: (match.frame.weak, match.span))
        if not whole:
            stance = Stance.MENTIONS
        elif not outside:
            stance = carved_stance(tagged, match.span)
        else:
            stance = stance_of(tagged, match.span, carved, surroundings)
        return self._statement(place, clauses[place].text, tagged, match, stance, carved)

    def _tag(self, text: str) -> Tagged:
        return self._book.lexicon.read(text)

    def _needs_met(self, frame: Frame, tagged: Tagged, surroundings: Surroundings) -> bool:
        if not frame.needs or any(tagged.has(name) for name in frame.needs):
            return True
        return any(near.has(name) for near in surroundings.near() for name in frame.needs)

    def _following(
        self, clauses: Sequence[Clause], place: int, contexts: Contexts, tagged: Tagged
    ) -> Statement | None:
        """A clause that speaks of what the one before it says: an answer, or "you can opt out"."""
        before = contexts.before(place)
        asks = before is not None and before.rstrip().endswith("?")
        stance = answer_stance(tagged) if asks else continued_stance(tagged)
        if before is None or stance is None:
            return None
        match = next(matches(self._tag(before), self._book.frames), None)
        if match is None or not (asks or self._is_of_service(clauses, place - 1, contexts)):
            return None
        whole = Match(match.frame, (0, len(tagged.words)))
        return self._statement(place, clauses[place].text, tagged, whole, stance, list(carves(tagged)))

    def _is_of_service(self, clauses: Sequence[Clause], place: int, contexts: Contexts) -> bool:
        found = self.read(clauses, place, contexts)
        return found is not None and found.stance in {Stance.PERMITS, Stance.FORBIDS, Stance.CONTROLS}

    def _statement(
        self, place: int, text: str, tagged: Tagged, match: Match, stance: Stance, carved: Sequence[Span]
    ) -> Statement:
        main, carve = facets_of(tagged, self._book, carved)
        return Statement(
            place=place,
            text=text,
            stance=stance,
            frame=match.frame.id,
            matched=tagged.tokens.as_it_stands(*match.span),
            main=main,
            carve=carve,
            words=content_words(tagged),
            weak=match.frame.weak,
        )
