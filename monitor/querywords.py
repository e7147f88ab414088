"""PURE: how clauses go into the full-text index, and how people's searches become its expressions."""

from __future__ import annotations

import re
from collections.abc import Iterable

from monitor.clauses import fold
from monitor.detect.languages import algorithm_for, stem
from monitor.diff import tokens
from monitor.errors import UsageError

MAX_QUERY_LENGTH = 1000

_PIECE = re.compile(
    r'"(?P<phrase>[^"]*)"|NEAR\((?P<near>[^()]*?)(?:,\s*(?P<within>\d{1,3})\s*)?\)|(?P<other>[()]|[^\s()"]+)'
)
_OPERATORS = ("AND", "OR", "NOT")


def for_index(text: str, language: str | None) -> tuple[str, str]:
    """A clause's words as written, and their stems: the two columns of the index."""
    words = tokens.words(fold(text))
    algorithm = algorithm_for(language)
    return " ".join(words), " ".join([stem(word, algorithm) for word in words])


def to_match(query: str, languages: Iterable[str]) -> str:
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
    algorithms = sorted({"english", *(algorithm_for(language) for language in languages)})
    parts: list[str] = []
    for piece in _PIECE.finditer(query):
        part = _part(piece, algorithms)
        if part and parts and _ends_operand(parts[-1]) and _begins_operand(part):
            parts.append("AND")
        if part:
            parts.append(part)
    if not any(_ends_operand(part) and part != ")" for part in parts):
        raise UsageError(f"the search {query!r} holds no word to look for")
    return " ".join(parts)


def _part(piece: re.Match[str], algorithms: list[str]) -> str:
    if piece["phrase"] is not None:
        words = tokens.words(fold(piece["phrase"]))
        return f'words : "{" ".join(words)}"' if words else ""
    if piece["near"] is not None:
        return _near(tokens.words(fold(piece["near"])), piece["within"] or "10", algorithms)
    text = piece["other"]
    if text in ("(", ")") or text in _OPERATORS:
        return text
    words = tokens.words(fold(text))
    if words and text.endswith("*"):
        return f'words : "{" ".join(words)}" *'
    return _any_of([f'stems : "{stems}"' for stems in _stemmed(words, algorithms)])


def _near(words: list[str], within: str, algorithms: list[str]) -> str:
    groups = [stems.split() for stems in _stemmed(words, algorithms)]
    return _any_of(
        ["stems : NEAR(" + " ".join(f'"{word}"' for word in group) + f", {within})" for group in groups]
    )


def _stemmed(words: list[str], algorithms: list[str]) -> list[str]:
    """The words' stems by each algorithm, without repeats."""
    stemmed = (" ".join(stem(word, algorithm) for word in words) for algorithm in algorithms)
    return [stems for stems in dict.fromkeys(stemmed) if stems]


def _any_of(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else "(" + " OR ".join(parts) + ")" if parts else ""


def _ends_operand(part: str) -> bool:
    return part != "(" and part not in _OPERATORS


def _begins_operand(part: str) -> bool:
    return part != ")" and part not in _OPERATORS
