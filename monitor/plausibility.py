"""PURE: whether a page can be the document: no challenge, wall, error or shell, and like what stood before."""

from __future__ import annotations

import re
import tomllib
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
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


_REMEMBERED = 8_192
"""Clauses: one version of a document repeats nearly all of the one before."""


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
_LANGUAGES = {
    word: [code for code, known in _FUNCTION_WORDS.items() if word in known]
    for word in frozenset[str]().union(*_FUNCTION_WORDS.values())
}
_LEGAL_FORM = (
    r"(?:Inc|LLC|L\.L\.C|Ltd|Limited|GmbH|AG|B\.?V|N\.?V|S\.?A\.?S|S\.?A|S\.?r\.?l|AB|PLC|plc|LP|Pty|Oy|A/S|AS"
    r"|K\.K)\b"
)
_HAS_ENTITY = re.compile(_LEGAL_FORM)
"""Says in a tenth of the time that a text names nobody."""

_ENTITY = re.compile(rf"\b((?:[A-Z][\w&.'’-]*\s+){{1,4}}?{_LEGAL_FORM})")


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
    text, before = _profile(clauses), _profile(standing)
    return _language_changed(text, before) or _unlike(clauses, standing, text, before)


def _words(clauses: Iterable[Clause]) -> Iterator[str]:
    """The words of the hard clauses, folded."""
    return (word for clause in clauses if not clause.soft for word in words_of(clause.text).split())


def language_of(clauses: Sequence[Clause]) -> str | None:
    """The language of most function words; None where the text is too short or of none that we know."""
    return _language(_profile(clauses))


@dataclass(frozen=True, slots=True)
class _Telling:
    """What one clause says of its document: how many words it has, of which languages, and whom it names."""

    size: int
    function_words: tuple[tuple[str, int], ...]
    names: tuple[str, ...]


@lru_cache(maxsize=_REMEMBERED)
def _telling(text: str) -> _Telling:
    words = words_of(text).split()
    languages = Counter(code for word in words if word in _LANGUAGES for code in _LANGUAGES[word])
    named = _ENTITY.findall(text) if _HAS_ENTITY.search(text) else ()
    names = (" ".join(name.split()) for name in named)
    return _Telling(len(words), tuple(languages.items()), tuple(names))


_RECENT: deque[tuple[Sequence[Clause], _Profile]] = deque(maxlen=2)


class _Profile:
    """What the hard clauses of a text say together."""

    def __init__(self, clauses: Iterable[Clause]) -> None:
        told = [_telling(clause.text) for clause in clauses if not clause.soft]
        self.size = sum([each.size for each in told])
        self.scores = dict.fromkeys(_FUNCTION_WORDS, 0)
        for each in told:
            for code, count in each.function_words:
                self.scores[code] += count
        self.names = Counter(name for each in told if each.names for name in each.names)


def _profile(clauses: Sequence[Clause]) -> _Profile:
    """The profile of a text; those of the last two are remembered, as what is new now stands next."""
    for known, profile in _RECENT:
        if known is clauses:
            return profile
    profile = _Profile(clauses)
    if isinstance(clauses, tuple):  # anything else may be another text tomorrow
        _RECENT.append((clauses, profile))
    return profile


def _language(profile: _Profile) -> str | None:
    (first, most), (_, second) = Counter(profile.scores).most_common(2)
    return first if most >= 8 and most >= 0.08 * profile.size and most > 1.5 * second else None


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


def _language_changed(text: _Profile, before: _Profile) -> Doubt | None:
    now, then = _language(text), _language(before)
    if now is None or then is None or now == then:
        return None
    return Doubt(
        "language",
        f"the page is in another language ({now}) than the version that stands ({then})",
        lasting=True,
    )


def _unlike(
    clauses: Sequence[Clause], standing: Sequence[Clause], text: _Profile, before: _Profile
) -> Doubt | None:
    size, was = text.size, before.size
    if was >= COMPARABLE and size < SHRUNK * was:
        return Doubt("collapsed", f"the page shrank from {was:,} to {size:,} words", lasting=False)
    if was >= COMPARABLE and size > GROWN * was:
        return Doubt("grown", f"the page grew from {was:,} to {size:,} words", lasting=False)
    if was >= COMPARABLE and (common := _in_common(clauses, standing, max(size, was))) < COMMON:
        return Doubt(
            "other-document",
            f"the page has hardly a word in common with what stood ({common:.0%})",
            lasting=False,
        )
    return _entity_changed(text, before)


def _in_common(clauses: Sequence[Clause], standing: Sequence[Clause], words: int) -> float:
    """The share of words in common; that of distinct clauses in common where it suffices: it is never more."""
    same = {clause.text for clause in clauses if not clause.soft}
    same &= {clause.text for clause in standing if not clause.soft}
    least = sum([_telling(text).size for text in same]) / words
    if least >= COMMON:
        return least
    return (Counter(_words(clauses)) & Counter(_words(standing))).total() / words


def _entity_changed(text: _Profile, before: _Profile) -> Doubt | None:
    now, then = _entity(text), _entity(before)
    if now is None or then is None or now == then or before.names[now] or text.names[then]:
        return None
    return Doubt("entity", f"the page speaks for {now} instead of {then}: a regional variant?", lasting=False)


def _entity(profile: _Profile) -> str | None:
    """The company that a document names most often, by its legal form; None if it names none twice."""
    named = profile.names.most_common(1)
    return named[0][0] if named and named[0][1] >= 2 else None
