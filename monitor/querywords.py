"""PURE: how clauses go into the full-text index, and how people's searches become its expressions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import product

from monitor.clauses import fold
from monitor.detect.languages import algorithm_for, stem
from monitor.diff import tokens
from monitor.errors import UsageError

MAX_QUERY_LENGTH = 1000
MAX_WORDINGS = 2000
"""Of the same words in other inflections: NEAR and joined words are spelled out for the index."""

WordsOf = Callable[[str], Sequence[str]]
"""The words of the index that have a stem."""

_PIECE = re.compile(
    r"NEAR\((?P<near>[^()]*?)(?:,\s*(?P<within>\d{1,3})\s*)?\)"
    r'|"(?P<phrase>[^"]*)"|(?P<other>[()]|[^\s()"]+)'
)
_OPERAND = re.compile(r'"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+)')
_OPERATORS = ("AND", "OR", "NOT")


def for_index(text: str, language: str | None) -> tuple[str, set[tuple[str, str]]]:
    """A clause's words as the index holds them, and of each word that is not its own stem (stem, word)."""
    words = tokens.words(fold(text))
    algorithm = algorithm_for(language)
    pairs = ((_stem(word, algorithm), word.lower()) for word in set(words))
    return " ".join(words), {pair for pair in pairs if pair[0] != pair[1]}


def to_match(query: str, languages: Iterable[str], words_of: WordsOf) -> str:
    """The FTS5 expression for a search; unquoted words are stemmed as in each of `languages`, and in English.

    Raises:
        UsageError: there is nothing to search for, or too much.
    """
    if len(query) > MAX_QUERY_LENGTH:
        raise UsageError(f"a search has at most {MAX_QUERY_LENGTH} characters, this one {len(query)}")
    if query.count('"') % 2:
        raise UsageError(f"the search {query!r}: a quote is opened and never closed")
    unquoted = "".join(query.split('"')[::2])
    if unquoted.count("(") != unquoted.count(")"):
        raise UsageError(f"the search {query!r}: a bracket has no counterpart; put it in quotes if it is meant")
    inflections = _Inflections(sorted({"english", *(algorithm_for(each) for each in languages)}), words_of)
    parts: list[str] = []
    for piece in _PIECE.finditer(query):
        part = _part(piece, inflections)
        if part and parts and _ends_operand(parts[-1]) and _begins_operand(part):
            parts.append("AND")
        if part:
            parts.append(part)
    if not any(_ends_operand(part) and part != ")" for part in parts):
        raise UsageError(f"the search {query!r} holds no word to look for")
    return " ".join(parts)


class _Inflections:
    """Every word of the index that may stand for a word of the search."""

    def __init__(self, algorithms: Sequence[str], words_of: WordsOf) -> None:
        self._algorithms = algorithms
        self._words_of = words_of

    def of(self, word: str) -> list[str]:
        stems = dict.fromkeys(_stem(word, algorithm) for algorithm in self._algorithms)
        known = (found for each in stems for found in (each, *self._words_of(each)))
        return list(dict.fromkeys([word.lower(), *known]))

    def wordings(self, words: Sequence[str]) -> list[str]:
        """The words side by side, in every inflection."""
        return [" ".join(wording) for wording in _each_of([self.of(word) for word in words])]


def _each_of(alternatives: Sequence[Sequence[str]]) -> Iterable[tuple[str, ...]]:
    count = 1
    for each in alternatives:
        count *= len(each)
    if count > MAX_WORDINGS:
        raise UsageError("too many words to be near each other in any inflection; put some of them in quotes")
    return product(*alternatives)


def _part(piece: re.Match[str], inflections: _Inflections) -> str:
    if piece["phrase"] is not None:
        words = tokens.words(fold(piece["phrase"]))
        return _quoted(words) if words else ""
    if piece["near"] is not None:
        return _near(piece["near"], piece["within"] or "10", inflections)
    text = piece["other"]
    if text in ("(", ")") or text in _OPERATORS:
        return text
    words = tokens.words(fold(text))
    if not words:
        return ""
    if text.endswith("*"):
        return _quoted(words) + " *"
    return _any_of([f'"{wording}"' for wording in inflections.wordings(words)])


def _near(text: str, within: str, inflections: _Inflections) -> str:
    alternatives: list[list[str]] = []
    for operand in _OPERAND.finditer(text):
        words = tokens.words(fold(operand["phrase"] or operand["word"] or ""))
        if words:
            alternatives.append(inflections.wordings(words) if operand["phrase"] is None else [" ".join(words)])
    if not alternatives:
        return ""
    return _any_of(
        [
            "NEAR(" + " ".join(f'"{each}"' for each in wording) + f", {within})"
            for wording in _each_of(alternatives)
        ]
    )


@lru_cache(maxsize=32_768)
def _stem(word: str, algorithm: str) -> str:
    """A word's stem without accents: the index does not tell them apart."""
    return plain(stem(word, algorithm))


def plain(text: str) -> str:
    """`text` without accents."""
    if text.isascii():
        return text
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if unicodedata.category(sign) != "Mn")


def _quoted(words: Sequence[str]) -> str:
    return f'"{" ".join(words)}"'


def _any_of(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else "(" + " OR ".join(parts) + ")" if parts else ""


def _ends_operand(part: str) -> bool:
    return part != "(" and part not in _OPERATORS


def _begins_operand(part: str) -> bool:
    return part != ")" and part not in _OPERATORS
