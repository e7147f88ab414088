"""PURE: the sentence that says what a change on a topic means and why, to be checked against the clauses."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from monitor.detect.reasons import difference
from monitor.detect.topics.model import Book, Stance, Statement

_STANCES = {
    Stance.PERMITS: "allows",
    Stance.FORBIDS: "rules out",
    Stance.CONTROLS: "lets people decide on",
    Stance.PROHIBITS_USER: "forbids users",
    Stance.MENTIONS: "mentions",
}
_FACETS = {
    "data": "as data",
    "recipients": "as recipients",
    "regions": "as a region",
    "conditions": "as a condition",
    "qualifiers": "as a limit",
    "object": "as what is trained",
    "choice": "as a term of the choice",
    "reach": "to what it reaches",
}
_QUOTED = 80


def stands(statement: Statement, book: Book) -> str:
    said = f"{_STANCES[statement.stance]} {book.title} ({_quote(statement.matched)})"
    return f"Stands in the first version read: it {said}."


def mentions(book: Book) -> str:
    return f"Speaks of {book.title} without saying what the service does with people's data."


def mention_gone(book: Book) -> str:
    return f"A clause that only mentioned {book.title} was removed."


def user_rule(book: Book) -> str:
    return f"A rule on what users may not do ({book.title}); it says nothing of what the service does."


def user_rule_gone(book: Book) -> str:
    return f"A rule on what users may not do ({book.title}) was removed."


def user_rule_edited(book: Book) -> str:
    return f"A rule on what users may not do ({book.title}) was edited."


def said_before(other: Statement) -> str:
    return f"The clause is new, but the document said as much before: {_quote(other.text)}."


def still_said(other: Statement) -> str:
    return f"The clause was removed, but the document still says as much: {_quote(other.text)}."


def added(new: Statement, book: Book, *, stood: bool) -> str:
    before = f"the document spoke of {book.title} before" if stood else "nothing of the kind stood before"
    return f"A clause newly {_STANCES[new.stance]} {book.title} ({_quote(new.matched)}); {before}."


def removed(old: Statement, book: Book) -> str:
    if old.stance is Stance.FORBIDS:
        return f"The promise that ruled out {book.title} ({_quote(old.matched)}) was dropped; no other stands."
    if old.stance is Stance.CONTROLS:
        return f"The clause that let people decide on {book.title} ({_quote(old.matched)}) was dropped."
    return f"The clause that allowed {book.title} ({_quote(old.matched)}) was removed, and no other says it."


def turned(before: Stance, after: Stance, book: Book) -> str:
    return f"The clause {_PAST[before]} {book.title} and now {_STANCES[after]} it."


_PAST = {
    Stance.PERMITS: "allowed",
    Stance.FORBIDS: "ruled out",
    Stance.CONTROLS: "let people decide on",
    Stance.PROHIBITS_USER: "forbade users",
    Stance.MENTIONS: "mentioned",
}


def reworded(before: str, after: str) -> str:
    return f"Edited without a change of substance: {difference(before, after)}."


def shifted(why: str, book: Book) -> str:
    return f"{why[:1].upper()}{why[1:]}; the clause on {book.title} itself stood before."


def gained(facet: str, value: str) -> str:
    return f"adds {value.replace('-', ' ')} {_FACETS.get(facet, f'as {facet}')}"


def lost(facet: str, value: str) -> str:
    return f"drops {value.replace('-', ' ')} {_FACETS.get(facet, f'as {facet}')}"


def redated(book: Book) -> str:
    return f"Nothing but the {book.title} changed."


def first_named(values: Collection[str], book: Book, *, gone: bool) -> str:
    listed = ", ".join(value.replace("-", " ") for value in sorted(values)[:3])
    if gone:
        return f"No clause on {book.title} names {listed} any more."
    return f"Names {listed}, which no clause on {book.title} named before."


def named(names: Sequence[str], *, gone: bool) -> str:
    listed = ", ".join(f'"{name}"' for name in list(dict.fromkeys(names))[:3])
    return f"{'drops' if gone else 'adds'} {listed}"


def _quote(text: str) -> str:
    words = " ".join(text.split())
    return f'"{words}"' if len(words) <= _QUOTED else f'"{words[: _QUOTED - 1].rstrip()}\u2026"'
