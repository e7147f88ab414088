"""PURE: whether a page can be the document: no challenge, wall, error or shell, and like what stood before."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import islice

from monitor.identity import words_of
from storage.records import Clause

_DATA = tomllib.loads(resources.files("monitor").joinpath("plausibility.toml").read_text(encoding="utf-8"))

SHORT_PAGE = 350
"""Words up to which a page may be an interstitial; longer ones hold the document, whatever else they say."""

POLICY_WORDS = 6
"""Distinct words of policies that make a short page one, although it says what interstitials say."""

FEWEST_WORDS = 5
SHRUNK, GROWN = 0.4, 2.5
"""Of the words that stood before (README of the measured archives: such pages are mostly another fetch)."""

FEW_WORDS = 50
"""Words of a page that has so little text of its own that what stands around it is read for signs too."""

COMPARABLE = 100
"""Words that must have stood for a comparison of sizes to mean anything."""

COMMON = 0.15
"""Share of words in common below which a page is another document, or the same rewritten from the ground."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a page is not taken for the document.

    `kind` is one word for status and log. A `lasting` doubt is never overcome by seeing the same page again;
    the others are, once the page has stood for a while.
    """

    kind: str
    reason: str
    lasting: bool


@dataclass(frozen=True, slots=True)
class _Markers:
    kind: str
    says: str
    strong: re.Pattern[str]
    weak: re.Pattern[str]
    policy_words: int
    words: int


def _markers() -> tuple[_Markers, ...]:
    return tuple(
        _Markers(
            kind,
            table["says"],
            _any(table["strong"]),
            _any(table.get("weak", ())),
            table.get("policy_words", POLICY_WORDS),
            table.get("words", SHORT_PAGE),
        )
        for kind, table in _DATA["interstitials"].items()
    )


def _any(phrases: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?:{phrase})" for phrase in phrases) or r"(?!)", re.MULTILINE)


_INTERSTITIALS = _markers()
_POLICY = frozenset(_DATA["policy_words"].split())
_FUNCTION_WORDS = {code: frozenset(words.split()) for code, words in _DATA["function_words"].items()}
_ENTITY = re.compile(
    r"\b((?:[A-Z][\w&.'’-]*\s+){1,4}?(?:Inc|LLC|L\.L\.C|Ltd|Limited|GmbH|AG|B\.?V|N\.?V|S\.?A\.?S|S\.?A|S\.?r\.?l|AB|PLC|plc|LP|Pty|Oy|A/S|AS|K\.K))\b"
)


def doubt(title: str, clauses: Sequence[Clause], standing: Sequence[Clause] | None) -> Doubt | None:
    """Why this page cannot be taken for the document at once; None if it can.

    `standing` are the clauses of the version that stands, None before the first.
    """
    opening = list(
        islice(_words(clauses), SHORT_PAGE + 1)
    )  # a long page is no interstitial: no need to read on
    if len(opening) < FEWEST_WORDS:
        soft = sum(len(clause.text.split()) for clause in clauses if clause.soft)
        return _interstitial(title, clauses, opening) or Doubt(
            "empty", f"the page has hardly any text ({len(opening)} words, and {soft} around it)", lasting=True
        )
    found = _interstitial(title, clauses, opening)
    if found is not None or standing is None:
        return found
    text, before = list(_words(clauses)), list(_words(standing))
    return _language_changed(text, before) or _unlike(clauses, standing, text, before)


def _words(clauses: Iterable[Clause]) -> Iterator[str]:
    """The words of the hard clauses, folded."""
    return (word for clause in clauses if not clause.soft for word in words_of(clause.text).split())


def language_of(words: Sequence[str]) -> str | None:
    """The language of most function words; None where the text is too short or of none that we know."""
    counted = Counter(words)
    scores = {code: sum(counted[word] for word in known) for code, known in _FUNCTION_WORDS.items()}
    (first, most), (_, second) = Counter(scores).most_common(2)
    return first if most >= 8 and most >= 0.08 * len(words) and most > 1.5 * second else None


def _interstitial(title: str, clauses: Sequence[Clause], text: Sequence[str]) -> Doubt | None:
    """A page of few words that says what interstitials say, and hardly a word that policies use."""
    if len(text) > SHORT_PAGE:
        return None
    policy = len(_POLICY & set(text))
    around = len(text) < FEW_WORDS
    shown = (clause.text for clause in clauses if around or not clause.soft)
    everything = "\n".join([title, *shown]).casefold()
    for markers in _INTERSTITIALS:
        if policy >= markers.policy_words or len(text) > markers.words:
            continue
        if markers.strong.search(everything) or len(set(markers.weak.findall(everything))) >= 2:
            return Doubt(markers.kind, markers.says, lasting=True)
    return None


def _language_changed(text: Sequence[str], before: Sequence[str]) -> Doubt | None:
    now, then = language_of(text), language_of(before)
    if now is None or then is None or now == then:
        return None
    return Doubt(
        "language",
        f"the page is in another language ({now}) than the version that stands ({then})",
        lasting=True,
    )


def _unlike(
    clauses: Sequence[Clause], standing: Sequence[Clause], text: Sequence[str], before: Sequence[str]
) -> Doubt | None:
    size, was = len(text), len(before)
    if was >= COMPARABLE and size < SHRUNK * was:
        return Doubt("collapsed", f"the page shrank from {was:,} to {size:,} words", lasting=False)
    if was >= COMPARABLE and size > GROWN * was:
        return Doubt("grown", f"the page grew from {was:,} to {size:,} words", lasting=False)
    common = (Counter(text) & Counter(before)).total() / max(1, size, was)
    if was >= COMPARABLE and common < COMMON:
        return Doubt(
            "other-document",
            f"the page has hardly a word in common with what stood ({common:.0%})",
            lasting=False,
        )
    return _entity_changed(clauses, standing)


def _entity_changed(clauses: Sequence[Clause], standing: Sequence[Clause]) -> Doubt | None:
    now, then = entity_of(clauses), entity_of(standing)
    if now is None or then is None or now == then or _names(standing)[now] or _names(clauses)[then]:
        return None
    return Doubt("entity", f"the page speaks for {now} instead of {then}: a regional variant?", lasting=False)


def entity_of(clauses: Sequence[Clause]) -> str | None:
    """The company that a document names most often, by its legal form; None if it names none twice."""
    named = _names(clauses).most_common(1)
    return named[0][0] if named and named[0][1] >= 2 else None


def _names(clauses: Sequence[Clause]) -> Counter[str]:
    return Counter(
        " ".join(name.split()) for clause in clauses if not clause.soft for name in _ENTITY.findall(clause.text)
    )
