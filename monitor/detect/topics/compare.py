"""PURE: from what a document said on a topic to what it says now, and what that step means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.detect.topics import reasons
from monitor.detect.topics.model import Book, Effect, Event, Facets, Stance, Statement

_SERVICE = frozenset({Stance.PERMITS, Stance.FORBIDS, Stance.CONTROLS})
"""What the service says of itself, unlike rules for users and mere mentions."""

_ALIKE = 0.5
_CONTAINED = 0.8
"""Shares of words from which on a statement is another one, moved and edited, or split."""

_RESTATED = 0.65
_SAME_ROLE = 0.2
"""The same for a statement of the same stance that stands elsewhere, and for one that took another's place."""

_GENERIC = frozenset({"personal", "content", "inputs", "usage", "enterprise"})
"""Ways to say "your data": one for another is no change of substance."""


_CHOICE = frozenset({("conditions", "opt-out"), ("conditions", "consent")})

_TERMS = "choice"
"""The facet that matters of choices alone: how, until when and for what people may decide."""

_Values = frozenset[tuple[str, str]]

MOST_CHANGED = 200
"""Statements of each side that are compared with each other; no real change has more."""


@dataclass(frozen=True, slots=True)
class Said:
    """A document's statements on a topic before and after a change, and which of them are new or gone.

    `edited` pairs places of clauses that were edited.
    """

    before: Sequence[Statement]
    after: Sequence[Statement]
    born: frozenset[int]
    died: frozenset[int]
    edited: dict[int, int]


def events(said: Said, book: Book) -> list[Event]:
    """What happened, the strongest first."""
    born = [statement for statement in said.after if statement.place in said.born][:MOST_CHANGED]
    died = [statement for statement in said.before if statement.place in said.died][:MOST_CHANGED]
    pairs, new, gone = _pair(born, died, said.edited)
    found = [_edited(before, after, said, book) for before, after in pairs]
    found += [_added(statement, said, book) for statement in new]
    found += [_removed(statement, said, book) for statement in gone]
    return sorted(found, key=lambda event: (event.effect.rank, (event.after or event.before).place))  # type: ignore[union-attr]


def _pair(
    born: Sequence[Statement], died: Sequence[Statement], edited: dict[int, int]
) -> tuple[list[tuple[Statement, Statement]], list[Statement], list[Statement]]:
    """Which statement was before what it is now: as the comparison of clauses says, else the likest."""
    new, gone = {each.place: each for each in born}, {each.place: each for each in died}
    pairs = [(gone.pop(edited[place]), new.pop(place)) for place in list(new) if edited.get(place) in gone]
    for least, same_stance in ((_ALIKE, False), (_SAME_ROLE, True), (0.0, True)):
        for before, after in _likest(list(gone.values()), list(new.values()), least, same_stance=same_stance):
            pairs.append((gone.pop(before.place), new.pop(after.place)))
    return pairs, list(new.values()), list(gone.values())


def _likest(
    died: Sequence[Statement], born: Sequence[Statement], least: float, *, same_stance: bool
) -> Iterator[tuple[Statement, Statement]]:
    scored = sorted(
        (
            (-likeness(before, after), before.place, after.place, before, after)
            for before in died
            for after in born
            if not same_stance or before.stance is after.stance
        ),
        key=lambda entry: entry[:3],
    )
    taken: set[tuple[str, int]] = set()
    for score, _, _, before, after in scored:
        keys = {("before", before.place), ("after", after.place)}
        if -score >= least and not keys & taken:
            taken |= keys
            yield before, after


def likeness(one: Statement, other: Statement) -> float:
    """The share of words in common; high as well where one holds nearly all of the other."""
    common = len(one.words & other.words)
    fewest = min(len(one.words), len(other.words))
    if fewest >= 6 and common / fewest >= _CONTAINED:
        return common / fewest
    return 2 * common / max(1, len(one.words) + len(other.words))


def _event(effect: Effect, before: Statement | None, after: Statement | None, reason: str) -> Event:
    return Event(effect, before, after, reason)


def _added(new: Statement, said: Said, book: Book, but: Statement | None = None) -> Event:
    if new.stance is Stance.MENTIONS:
        return _event(Effect.MENTIONS, None, new, reasons.mentions(book))
    if new.stance is Stance.PROHIBITS_USER:
        return _event(Effect.PROHIBITS_USER, None, new, reasons.user_rule(book))
    if covering := _covering(new, said.before):
        return _event(Effect.REWORDED, None, new, reasons.said_before(covering))
    stood = [each for each in said.before if each.stance in _SERVICE and not each.weak and each is not but]
    if new.weak and (stood or new.stance is not Stance.PERMITS):
        return _event(Effect.MENTIONS, None, new, reasons.mentions(book))
    return _event(_effect_of_new(new, stood), None, new, reasons.added(new, book, stood=bool(stood)))


def _effect_of_new(new: Statement, stood: Sequence[Statement]) -> Effect:
    if new.stance is Stance.FORBIDS:
        return Effect.RESTRICTS
    if new.stance is Stance.PERMITS:
        return Effect.EXPANDS if stood else Effect.INTRODUCES
    if not stood:
        return Effect.INTRODUCES
    controlled = any(each.stance is Stance.CONTROLS or _CHOICE & each.carve.values for each in stood)
    return Effect.OPT_OUT_TERMS if controlled else Effect.RESTRICTS


def _removed(old: Statement, said: Said, book: Book) -> Event:
    if old.stance is Stance.MENTIONS or old.weak:
        return _event(Effect.MENTIONS, old, None, reasons.mention_gone(book))
    if old.stance is Stance.PROHIBITS_USER:
        return _event(Effect.PROHIBITS_USER, old, None, reasons.user_rule_gone(book))
    if covering := _covering(old, said.after):
        return _event(Effect.REWORDED, old, None, reasons.still_said(covering))
    if old.stance is Stance.CONTROLS and (other := _choice_within(said)):
        return _event(Effect.REWORDED, old, None, reasons.still_said(other))
    left = [each for each in said.after if each.stance is Stance.CONTROLS]
    if old.stance is Stance.PERMITS:
        effect = Effect.RESTRICTS
    elif old.stance is Stance.FORBIDS:
        effect = Effect.EXPANDS
    else:
        effect = Effect.OPT_OUT_TERMS if left else Effect.EXPANDS
    return _event(effect, old, None, reasons.removed(old, book))


def _choice_within(said: Said) -> Statement | None:
    """A new statement that says in a condition that people decide."""
    new = (each for each in said.after if each.place in said.born and each.stance is Stance.PERMITS)
    return next((each for each in new if _CHOICE & each.carve.values and not each.weak), None)


def _covering(statement: Statement, others: Sequence[Statement]) -> Statement | None:
    """A statement of the other version that says as much: the same stance, and at least the same facets."""
    for other in others:
        if other.stance is not statement.stance or other.weak > statement.weak:
            continue
        if not _data(statement) <= _data(other) or not _limits(other) <= _limits(statement):
            continue
        if likeness(statement, other) >= _needed_likeness(statement, other):
            return other
    return None


def _needed_likeness(statement: Statement, other: Statement) -> float:
    """What of no data at all, or of unknown data, covers nothing but its own words."""
    if not _names_data(statement):
        return _ALIKE
    return _RESTATED if _names_data(other) else _CONTAINED


def _names_data(statement: Statement) -> bool:
    return any(facet == "data" for facet, _ in statement.main.values)


def _limits(statement: Statement) -> _Values:
    """What a statement says only on a condition."""
    return frozenset(each for each in statement.carve.values if each in _CHOICE)


def _data(statement: Statement) -> _Values:
    """What a statement names beyond "your data"."""
    return _kinds(statement.main.values) - {("data", "generic")}


def _edited(before: Statement, after: Statement, said: Said, book: Book) -> Event:
    if before.stance is not after.stance:
        return _turned(before, after, said, book)
    if after.stance is Stance.PROHIBITS_USER:
        return _event(Effect.PROHIBITS_USER, before, after, reasons.user_rule_edited(book))
    if after.stance is Stance.MENTIONS:
        return _event(Effect.MENTIONS, before, after, reasons.mentions(book))
    if _is_stronger(before, after):
        event = _added(after, said, book, but=before)
        return _event(event.effect, before, after, event.reason)
    shift = None if after.weak else _shift(before, after, said)
    if shift is None:
        return _event(Effect.REWORDED, before, after, reasons.reworded(before.text, after.text))
    effect, why = shift
    return _event(effect, before, after, reasons.shifted(why, book))


def _is_stronger(before: Statement, after: Statement) -> bool:
    """Whether the clause only now says the thing itself, not something near it."""
    return after.stance is Stance.PERMITS and before.weak and not after.weak


_TURNS = {
    (Stance.FORBIDS, Stance.PERMITS): Effect.EXPANDS,
    (Stance.PERMITS, Stance.FORBIDS): Effect.RESTRICTS,
    (Stance.PERMITS, Stance.CONTROLS): Effect.RESTRICTS,
    (Stance.CONTROLS, Stance.PERMITS): Effect.EXPANDS,
    (Stance.CONTROLS, Stance.FORBIDS): Effect.RESTRICTS,
    (Stance.FORBIDS, Stance.CONTROLS): Effect.EXPANDS,
}


def _turned(before: Statement, after: Statement, said: Said, book: Book) -> Event:
    effect = _TURNS.get((before.stance, after.stance))
    if effect is not None:
        return _event(effect, before, after, reasons.turned(before.stance, after.stance, book))
    if after.stance in _SERVICE:
        event = _added(after, said, book)
        return _event(event.effect, before, after, event.reason)
    if before.stance in _SERVICE:
        event = _removed(before, said, book)
        return _event(event.effect, before, after, event.reason)
    effect = Effect.PROHIBITS_USER if after.stance is Stance.PROHIBITS_USER else Effect.MENTIONS
    return _event(effect, before, after, reasons.mentions(book))


def _shift(before: Statement, after: Statement, said: Said) -> tuple[Effect, str] | None:
    """Whether an edit gave more or took some, by the kinds of things named; None where neither did."""
    if after.stance is Stance.CONTROLS:
        return _control_shift(before, after)
    gives = 1 if after.stance is not Stance.FORBIDS else -1
    found: list[tuple[int, str]] = []
    for sign, old, new in ((gives, before.main, after.main), (-gives, before.carve, after.carve)):
        was, now = _comparable(old.values, new.values)
        if old is before.main:  # what another clause still says is not lost
            was -= _named_elsewhere(after, said.after) - now
        found += [(sign, reasons.gained(facet, value)) for facet, value in sorted(now - was)]
        found += [(-sign, reasons.lost(facet, value)) for facet, value in sorted(was - now)]
        found += _names_shift(sign, old, new)
    if not found:
        return None
    sign = max(sign for sign, _ in found)
    why = "; ".join(dict.fromkeys(text for each, text in found if each == sign))
    return (Effect.EXPANDS if sign > 0 else Effect.RESTRICTS), why


def _comparable(old: _Values, new: _Values) -> tuple[_Values, _Values]:
    """The values of both sides, terms apart; two ways to say "your data" are one unless both stand."""
    if all(("data", "personal") not in values for values in (old, new)) and (old < new or new < old):
        was, now = old, new
    else:
        was, now = _kinds(old), _kinds(new)
    return _but_terms(was), _but_terms(now)


def _but_terms(values: _Values) -> _Values:
    return frozenset((facet, value) for facet, value in values if facet != _TERMS)


def _named_elsewhere(statement: Statement, others: Sequence[Statement]) -> _Values:
    """The data that other statements of the same stance name."""
    return frozenset(
        each
        for other in others
        if other.stance is statement.stance and other.text != statement.text and not other.weak
        for each in _kinds(other.main.values)
        if each[0] == "data"
    )


def _control_shift(before: Statement, after: Statement) -> tuple[Effect, str] | None:
    """How or when people may decide: conditions and terms count, not what it is called that they decide on."""
    was, now = _terms(before), _terms(after)
    why = [reasons.gained(facet, value) for facet, value in sorted(now - was)]
    why += [reasons.lost(facet, value) for facet, value in sorted(was - now)]
    return (Effect.OPT_OUT_TERMS, "; ".join(why)) if why else None


def _terms(statement: Statement) -> _Values:
    return statement.carve.values | {each for each in statement.main.values if each[0] == _TERMS}


def _names_shift(sign: int, old: Facets, new: Facets) -> Iterator[tuple[int, str]]:
    """Names that came or went; where some did both, things were renamed.

    A name alone counts where it is listed on the other side ("Nimbus" became "Nimbus and Cirrus").
    """
    was, now = {*old.names, *(old.alone & {*new.names})}, {*new.names, *(new.alone & {*old.names})}
    if was and was < now:
        yield sign, reasons.named([name for name in new.names if name not in was], gone=False)
    elif now and now < was:
        yield -sign, reasons.named([name for name in old.names if name not in now], gone=True)


def _kinds(values: _Values) -> _Values:
    return frozenset(
        (facet, "generic" if facet == "data" and value in _GENERIC else value) for facet, value in values
    )
