"""PURE: who acts in a clause, and whether it says that this may be, will not be, or is for people to decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from monitor.detect.topics.context import Contexts
from monitor.detect.topics.frames import carves, inside
from monitor.detect.topics.model import Stance
from monitor.detect.topics.words import Span, Tagged

_AFTER = 10
"""Tokens after a match in which "is prohibited" may stand."""

_ADVERBS = 1
"""Words between "you" and "must not"."""

_TAKING = 6
"""Tokens between "use" and "our content"."""

_BEFORE_SUBJECT = 3
"""Tokens before a subject in which a negation counts for it ("under no circumstances will we")."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around a clause, tagged when it is asked for."""

    contexts: Contexts
    place: int
    tag: Callable[[str], Tagged]

    @property
    def is_fragment(self) -> bool:
        return self.contexts.is_fragment(self.place)

    def lead(self) -> Tagged | None:
        text = self.contexts.lead(self.place)
        return self.tag(text) if text else None

    def headings(self) -> list[Tagged]:
        return [self.tag(text) for text in self.contexts.headings[self.place]]

    def near(self) -> list[Tagged]:
        lead = self.lead()
        return [lead, *self.headings()] if lead else self.headings()


def answer_stance(tagged: Tagged) -> Stance | None:
    if _opens_with(tagged, "no"):
        return Stance.FORBIDS
    return Stance.PERMITS if _opens_with(tagged, "yes") else None


def _opens_with(tagged: Tagged, name: str) -> bool:
    return any(start == 0 for start, _ in tagged.all(name))


def continued_stance(tagged: Tagged) -> Stance | None:
    if not _opens_with(tagged, "goes-on"):
        return None
    if tagged.has("control"):
        return Stance.CONTROLS
    return Stance.FORBIDS if tagged.has("negation") else None


def carved_stance(tagged: Tagged, span: Span) -> Stance:
    """What is said only in an exception: "not ... except to train", "unless you opt out of training"."""
    opening = max(start for start, _ in carves(tagged) if start <= span[0])
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
    acts: Span | None
    negation: Span | None
    control: Span | None

    @property
    def is_silent(self) -> bool:
        return not (self.service or self.user or self.negation or self.control)


def _scope(tagged: Tagged, start: int, stop: int, carved: Sequence[Span]) -> _Scope:
    def last(name: str) -> Span | None:
        found = [each for each in tagged.all(name, start, stop) if not inside(each, carved)]
        return found[-1] if found else None

    forbidden = [span for span in _forbidden_users(tagged, start, stop) if not inside(span, carved)]
    users = [span for span in (last("user-forbidden"), *forbidden) if span is not None]
    return _Scope(
        last("service"),
        max(users, default=None),
        last("user-acts"),
        last("negation"),
        last("control") or _behind(tagged, "control-behind", stop),
    )


def _forbidden_users(tagged: Tagged, start: int, stop: int) -> Iterator[Span]:
    """Users who may not: "customer shall not", "you also must not"."""
    modals = tagged.all("forbidden-modal", start, stop)
    for user in tagged.all("user", start, stop):
        yield from ((user[0], modal[1]) for modal in modals if 0 <= modal[0] - user[1] <= _ADVERBS)


def stance_of(tagged: Tagged, span: Span, carved: Sequence[Span], surroundings: Surroundings) -> Stance:
    """What a clause says where a frame matches outside of its exceptions."""
    if tagged.words[-1:] == ("?",) or tagged.has("pointer"):
        return Stance.MENTIONS
    start = max((stop for _, stop in tagged.all("boundary", 0, span[0])), default=0)
    scope = _scope(tagged, start, span[1], carved)
    if scope.is_silent and start:  # an item of an enumeration within the sentence
        scope = _scope(tagged, 0, span[1], carved)
    of_user = _stance_of_user(scope)
    if of_user is not None:
        return of_user
    own = _takes_ours(tagged) and not any(tagged.has(name) for name in ("service", "theirs", "states"))
    if tagged.has("after-choice"):
        return Stance.CONTROLS
    if _is_negated(tagged, span, scope):
        of_users = own or _is_imperative(tagged) or _is_ban(tagged)
        return Stance.PROHIBITS_USER if of_users else Stance.FORBIDS
    return Stance.PERMITS if scope.service else _borrowed_stance(tagged, surroundings, own=own)


def _stance_of_user(scope: _Scope) -> Stance | None:
    """The stance of a clause in which users act; None where the service does."""
    if _is_nearer(scope.user, scope.service):
        return Stance.PROHIBITS_USER
    if scope.control:
        return Stance.CONTROLS
    return Stance.MENTIONS if not scope.negation and _is_nearer(scope.acts, scope.service) else None


def _is_nearer(one: Span | None, other: Span | None) -> bool:
    return one is not None and (other is None or other[0] < one[0])


def _is_negated(tagged: Tagged, span: Span, scope: _Scope) -> bool:
    service, negation = scope.service, scope.negation
    if negation is not None and (service is None or negation[0] >= service[0] - _BEFORE_SUBJECT):
        return True
    after = tagged.has("negation", span[1], span[1] + _AFTER) and not tagged.has("service", span[1])
    return (after and service is None) or _behind(tagged, "negation-behind", span[1]) is not None


def _behind(tagged: Tagged, name: str, stop: int) -> Span | None:
    """What stands behind what it belongs to, as in German: "wir trainieren KI mit Ihren Daten nicht"."""
    ends = (at for at in range(stop, len(tagged.words)) if not tagged.words[at][0].isalnum())
    return tagged.last(name, stop, next(ends, len(tagged.words)))


def _takes_ours(tagged: Tagged) -> bool:
    """Whether something is done with what belongs to the service: "scrape our content"."""
    return any(
        tagged.has("taking", max(0, start - _TAKING), start) or tagged.has("taking", stop, stop + _TAKING)
        for start, stop in tagged.all("own-content")
    )


def _is_ban(tagged: Tagged) -> bool:
    """Whether something is prohibited that does not concern the data of users: "scraping is prohibited"."""
    return tagged.has("banned") and not any(tagged.has(name) for name in ("service", "theirs"))


def _is_imperative(tagged: Tagged) -> bool:
    return any(start == 0 for start, _ in tagged.all("imperative"))


def _borrowed_stance(tagged: Tagged, surroundings: Surroundings, *, own: bool) -> Stance:
    """The stance of a clause without a subject of its own: that of its lead, else of its headings."""
    lead = surroundings.lead()
    if lead is not None:
        service, forbidden = lead.last("service"), _forbidden_in(lead)
        if _is_nearer(forbidden, service):
            return Stance.PROHIBITS_USER
        if lead.has("negation"):
            return Stance.FORBIDS
        if service:
            return Stance.PERMITS
    if own and (tagged.has("user-rules") or surroundings.is_fragment):
        return Stance.PROHIBITS_USER
    for_users = any(near.has("user-rules-heading") for near in surroundings.headings())
    if (for_users or tagged.has("unpermitted")) and not tagged.has("theirs"):
        return Stance.PROHIBITS_USER
    return Stance.PERMITS


def _forbidden_in(lead: Tagged) -> Span | None:
    users = next(_forbidden_users(lead, 0, len(lead.words)), None)
    return users or lead.last("user-forbidden") or lead.last("user-rules")
