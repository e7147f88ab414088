"""PURE: what a clause says on a topic: who acts, on what, and whether it may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from monitor.detect.topics.context import Contexts
from monitor.detect.topics.model import Book, Facets, Frame, Stance, Statement
from monitor.detect.topics.words import Span, Tagged, Tokens, tokenise
from storage.records import Clause

_AFTER = 10
"""Tokens after a match in which "is prohibited" may stand."""

_ADVERBS = 1
"""Words between "you" and "must not"."""

_TAKING = 6
"""Tokens between "use" and "our content"."""

_BEFORE_SUBJECT = 3
"""Tokens before a subject in which a negation counts for it ("under no circumstances will we")."""

_CARVED = frozenset({"conditions", "qualifiers"})
"""Facets that limit what is said, wherever they stand."""


@dataclass(frozen=True, slots=True)
class _Match:
    frame: Frame
    span: Span


class Reader:
    """Reads clauses with one book; `Reader.statements` is all that others need."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._keys = book.finder

    def statements(self, clauses: Sequence[Clause]) -> Iterator[Statement]:
        """What the hard clauses say on the topic."""
        contexts = Contexts(clauses)
        for place in self._candidates(clauses):
            if not clauses[place].soft and (found := self.read(clauses, place, contexts)):
                yield found

    def _candidates(self, clauses: Sequence[Clause]) -> Iterator[int]:
        """The clauses that hold a key of some frame, and those that follow one: they may speak of it."""
        held = set(self._keys.places([clause.text for clause in clauses]))
        next_ones = {place + 1 for place in held if place + 1 < len(clauses)}
        yield from sorted(held | next_ones)

    def read(self, clauses: Sequence[Clause], place: int, contexts: Contexts) -> Statement | None:
        tagged = self._tag(clauses[place].text)
        matches = list(self._matches(tagged))
        if not matches:
            return self._following(clauses, place, contexts, tagged)
        surroundings = _Surroundings(self, contexts, place)
        carves = list(_carves(tagged))
        whole = [match for match in matches if self._needs_met(match.frame, tagged, surroundings)]
        outside = [match for match in whole or matches if not _inside(match.span, carves)]
        match = min(outside or whole or matches, key=lambda match: (match.frame.weak, match.span))
        if not whole:
            stance = Stance.MENTIONS
        elif not outside:
            stance = _carved_stance(tagged, match.span)
        else:
            stance = _stance(tagged, match.span, carves, surroundings)
        return self._statement(place, clauses[place].text, tagged, match, stance, carves)

    def _tag(self, text: str) -> Tagged:
        tokens = tokenise(text)
        return Tagged(tokens, self._book.lexicon.tag(tokens.words))

    def _matches(self, tagged: Tagged) -> Iterator[_Match]:
        for frame in self._book.frames:
            if all(name in tagged.tags for name in frame.lists):
                yield from (_Match(frame, span) for span in _chains(tagged, frame))

    def _needs_met(self, frame: Frame, tagged: Tagged, surroundings: _Surroundings) -> bool:
        if not frame.needs or any(tagged.has(name) for name in frame.needs):
            return True
        return any(near.has(name) for near in surroundings.near() for name in frame.needs)

    def _following(
        self, clauses: Sequence[Clause], place: int, contexts: Contexts, tagged: Tagged
    ) -> Statement | None:
        """A clause on what the one before it says: an answer to a question, or "you can opt out"."""
        before = contexts.before(place)
        asks = before is not None and before.rstrip().endswith("?")
        stance = _answer_stance(tagged) if asks else _continued_stance(tagged)
        if before is None or stance is None:
            return None
        match = next(self._matches(self._tag(before)), None)
        if match is None or not (asks or self._is_of_service(clauses, place - 1, contexts)):
            return None
        whole = _Match(match.frame, (0, len(tagged.words)))
        return self._statement(place, clauses[place].text, tagged, whole, stance, list(_carves(tagged)))

    def _is_of_service(self, clauses: Sequence[Clause], place: int, contexts: Contexts) -> bool:
        found = self.read(clauses, place, contexts)
        return found is not None and found.stance in {Stance.PERMITS, Stance.FORBIDS, Stance.CONTROLS}

    def _statement(
        self, place: int, text: str, tagged: Tagged, match: _Match, stance: Stance, carves: Sequence[Span]
    ) -> Statement:
        return Statement(
            place=place,
            text=text,
            stance=stance,
            frame=match.frame.id,
            matched=tagged.tokens.as_it_stands(*match.span),
            main=self._facets(tagged, carves, inside=False),
            carve=self._facets(tagged, carves, inside=True),
            words=_content_words(tagged),
            weak=match.frame.weak,
        )

    def _facets(self, tagged: Tagged, carves: Sequence[Span], *, inside: bool) -> Facets:
        names = list(_names(tagged))
        values = {
            (facet, value)
            for facet, lists in self._book.facets.items()
            for value in lists
            for span in tagged.all(f"{facet}/{value}")
            if (facet in _CARVED or _inside(span, carves)) is inside and not _inside(span, names)
        }
        listed = (name for name in names if _is_listed(tagged, name) and _inside(name, carves) is inside)
        return Facets(frozenset(values), tuple(tagged.tokens.as_it_stands(*name) for name in listed))


def _names(tagged: Tagged) -> Iterator[Span]:
    """Proper names: words with capitals behind the first, of which the topic's lists do not know all."""
    tokens = tagged.tokens
    known = {at for spans in tagged.tags.values() for span in spans for at in range(*span)}
    function = {at for span in tagged.all("function") for at in range(*span)}
    start: int | None = None
    for position in range(1, len(tokens.words) + 1):
        is_capital = (
            position < len(tokens.words) and position not in function and _has_capital(tokens, position)
        )
        if is_capital and start is None:
            start = position
        if not is_capital and start is not None:
            if not known.issuperset(range(start, position)):
                yield start, position
            start = None


def _is_listed(tagged: Tagged, name: Span) -> bool:
    """Whether a name stands in an enumeration."""
    around = (*tagged.words[max(0, name[0] - 1) : name[0]], *tagged.words[name[1] : name[1] + 1])
    return any(word in {",", "and", "or"} for word in around)


def _has_capital(tokens: Tokens, position: int) -> bool:
    return tokens.text[tokens.spans[position][0]].isupper()


def _content_words(tagged: Tagged) -> frozenset[str]:
    function = {at for span in tagged.all("function") for at in range(*span)}
    return frozenset(word for at, word in enumerate(tagged.words) if word[0].isalnum() and at not in function)


class _Surroundings:
    """The tagged headings and lead of a clause, made when first asked for."""

    def __init__(self, reader: Reader, contexts: Contexts, place: int) -> None:
        self._reader, self._contexts, self._place = reader, contexts, place

    @property
    def is_fragment(self) -> bool:
        return self._contexts.is_fragment(self._place)

    def lead(self) -> Tagged | None:
        text = self._contexts.lead(self._place)
        return self._reader._tag(text) if text else None

    def headings(self) -> list[Tagged]:
        return [self._reader._tag(text) for text in self._contexts.headings[self._place]]

    def near(self) -> list[Tagged]:
        lead = self.lead()
        return [lead, *self.headings()] if lead else self.headings()


def _chains(tagged: Tagged, frame: Frame) -> Iterator[Span]:
    """First token and end of each place where the lists of a frame follow each other."""
    for first in tagged.all(frame.lists[0]):
        reached = [first]
        for name in frame.lists[1:]:
            if not (found := _next(tagged, frame, name, reached[-1])):
                break
            reached.append(found)
        if len(reached) == len(frame.lists):
            yield first[0], reached[-1][1]


def _next(tagged: Tagged, frame: Frame, name: str, after: Span) -> Span | None:
    """The nearest find of a list behind another, if it is near enough and nothing barred stands between."""
    for span in tagged.all(name, after[1]):
        if span[0] - after[1] > frame.within:
            return None
        if any(tagged.has(barred, after[1], span[0]) for barred in frame.without):
            return None
        return span
    return None


def _carves(tagged: Tagged) -> Iterator[Span]:
    """Exceptions and conditions: from the word that opens one to the end of its part of the sentence."""
    words = tagged.words
    for name in ("exception-opens", "condition-opens"):
        for start, stop in tagged.all(name):
            inserted = name == "condition-opens" or start == 0 or words[start - 1] == ","
            signs = ",;.:?" if inserted else ";.?"
            ends = (end for end in range(stop, len(words)) if words[end] in signs)
            yield start, next(ends, len(words))


def _inside(span: Span, carves: Iterable[Span]) -> bool:
    return any(start <= span[0] < stop for start, stop in carves)


def _answer_stance(tagged: Tagged) -> Stance | None:
    if tagged.has("yes", 0, 1):
        return Stance.PERMITS
    return Stance.FORBIDS if tagged.has("no", 0, 1) else None


def _continued_stance(tagged: Tagged) -> Stance | None:
    goes_on = next((span for span in tagged.all("goes-on") if span[0] == 0), None)
    if goes_on is None:
        return None
    if tagged.has("control"):
        return Stance.CONTROLS
    return Stance.FORBIDS if tagged.has("negation") else None


def _carved_stance(tagged: Tagged, span: Span) -> Stance:
    """What is said only in an exception: "not ... except to train", "unless you opt out of training"."""
    opening = max(start for start, _ in _carves(tagged) if start <= span[0])
    if tagged.has("negation", opening, span[1]) and not tagged.has("negation", 0, opening):
        return Stance.CONTROLS if tagged.has("control") else Stance.FORBIDS
    if tagged.has("control"):
        return Stance.CONTROLS
    return Stance.PERMITS if tagged.has("negation", 0, span[0]) else Stance.MENTIONS


@dataclass(frozen=True, slots=True)
class _Scope:
    """The last words before a match that say who acts and whether it is allowed."""

    service: Span | None
    user: Span | None
    negation: Span | None
    control: Span | None

    @property
    def is_silent(self) -> bool:
        return not (self.service or self.user or self.negation or self.control)


def _scope(tagged: Tagged, start: int, stop: int, carves: Sequence[Span]) -> _Scope:
    def last(name: str) -> Span | None:
        found = [each for each in tagged.all(name, start, stop) if not _inside(each, carves)]
        return found[-1] if found else None

    forbidden = [span for span in _forbidden_users(tagged, start, stop) if not _inside(span, carves)]
    users = [span for span in (last("user-forbidden"), *forbidden) if span is not None]
    return _Scope(last("service"), max(users, default=None), last("negation"), last("control"))


def _forbidden_users(tagged: Tagged, start: int, stop: int) -> Iterator[Span]:
    """Users who may not: "customer shall not", "you also must not"."""
    modals = tagged.all("forbidden-modal", start, stop)
    for user in tagged.all("user", start, stop):
        yield from ((user[0], modal[1]) for modal in modals if 0 <= modal[0] - user[1] <= _ADVERBS)


def _stance(tagged: Tagged, span: Span, carves: Sequence[Span], surroundings: _Surroundings) -> Stance:
    if tagged.words[-1:] == ("?",) or tagged.has("pointer"):
        return Stance.MENTIONS
    start = max((stop for _, stop in tagged.all("boundary", 0, span[0])), default=0)
    scope = _scope(tagged, start, span[1], carves)
    if scope.is_silent and start:  # an item of an enumeration within the sentence
        scope = _scope(tagged, 0, span[1], carves)
    service, negation = scope.service, scope.negation
    if scope.user and (service is None or service[0] < scope.user[0]):
        return Stance.PROHIBITS_USER
    if scope.control:
        return Stance.CONTROLS
    if negation and service and negation[0] < service[0] - _BEFORE_SUBJECT:
        negation = None
    own = _takes_ours(tagged) and not tagged.has("service") and not tagged.has("theirs")
    forbidden_after = tagged.has("negation", span[1], span[1] + _AFTER) and not tagged.has("service", span[1])
    if negation or (forbidden_after and not service):
        return Stance.PROHIBITS_USER if own or _is_imperative(tagged) else Stance.FORBIDS
    if service:
        return Stance.PERMITS
    return _borrowed_stance(tagged, surroundings, own=own)


def _takes_ours(tagged: Tagged) -> bool:
    """Whether something is done with what belongs to the service: "scrape our content", "use the output"."""
    return any(tagged.has("taking", max(0, start - _TAKING), start) for start, _ in tagged.all("own-content"))


def _is_imperative(tagged: Tagged) -> bool:
    return tagged.words[:2] in {("do", "not"), ("please", "do")} or tagged.words[:1] == ("don't",)


def _borrowed_stance(tagged: Tagged, surroundings: _Surroundings, *, own: bool) -> Stance:
    """The stance of a clause without a subject of its own: that of its lead, else of its headings."""
    lead = surroundings.lead()
    if lead is not None:
        service, forbidden = (
            lead.last("service"),
            next(_forbidden_users(lead, 0, len(lead.words)), None)
            or lead.last("user-forbidden")
            or lead.last("user-rules"),
        )
        if forbidden and (service is None or service[0] < forbidden[0]):
            return Stance.PROHIBITS_USER
        if lead.has("negation"):
            return Stance.FORBIDS
        if service:
            return Stance.PERMITS
    if own and (tagged.has("user-rules") or surroundings.is_fragment):
        return Stance.PROHIBITS_USER
    if any(near.has("user-rules-heading") for near in surroundings.headings()) and not tagged.has("theirs"):
        return Stance.PROHIBITS_USER
    return Stance.PERMITS
