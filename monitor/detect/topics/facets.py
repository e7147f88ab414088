"""PURE: what a clause names: kinds of things by the topic's lists, and proper names that are listed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from monitor.detect.topics.frames import inside
from monitor.detect.topics.model import Book, Facets
from monitor.detect.topics.words import Span, Tagged, Tokens

_LIMITS = frozenset({"conditions", "qualifiers"})
"""Facets that limit what is said, wherever they stand."""

_OBJECT = "object"
"""What is done something to: it is that in a name as well ("Acme AI")."""


def facets_of(tagged: Tagged, book: Book, carved: Sequence[Span]) -> tuple[Facets, Facets]:
    """What a clause names in what it says, and what it names in exceptions, conditions and limits."""
    names = [] if book.nouns_have_capitals else list(_names(tagged))
    main, carve = set[tuple[str, str]](), set[tuple[str, str]]()
    for facet, values in book.facets.items():
        for value in values:
            for span in tagged.all(f"{facet}/{value}"):
                if facet == _OBJECT or not inside(span, names):
                    limits = facet in _LIMITS or inside(span, carved)
                    (carve if limits else main).add((facet, value))
    outside = [name for name in names if not inside(name, carved)]
    within = [name for name in names if inside(name, carved)]
    return _facets(tagged, main, outside), _facets(tagged, carve, within)


def _facets(tagged: Tagged, values: set[tuple[str, str]], names: Iterable[Span]) -> Facets:
    told = [(tagged.tokens.as_it_stands(*name), _is_listed(tagged, name)) for name in names]
    return Facets(
        frozenset(values),
        tuple(name for name, is_listed in told if is_listed),
        frozenset(name for name, is_listed in told if not is_listed),
    )


def content_words(tagged: Tagged) -> frozenset[str]:
    """The words that say something: all but articles, prepositions and the like."""
    function = {at for span in tagged.all("function") for at in range(*span)}
    return frozenset(word for at, word in enumerate(tagged.words) if word[0].isalnum() and at not in function)


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
    """Whether a name stands in an enumeration; a comma without a name opens none ("for example, Acme may")."""
    before = tagged.has("joins", max(0, name[0] - 1), name[0])
    if before and tagged.words[name[0] - 1] == ",":
        before = name[0] >= 2 and _has_capital(tagged.tokens, name[0] - 2)
    return before or tagged.has("joins", name[1], name[1] + 1)


def _has_capital(tokens: Tokens, position: int) -> bool:
    return tokens.text[tokens.spans[position][0]].isupper()
