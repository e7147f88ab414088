"""PURE: what matching knows of languages: stems, function words, synonyms, codes (data in languages.toml)."""

from __future__ import annotations

import threading
import tomllib
from functools import lru_cache
from importlib import resources
from typing import Any, cast

from monitor.clauses import fold

_DATA = tomllib.loads(resources.files("monitor.detect").joinpath("languages.toml").read_text(encoding="utf-8"))

ISO_639_1 = frozenset(_DATA["codes"].split())

_LOCK = threading.Lock()


def primary_language(tag: str | None) -> str | None:
    """The two-letter code that a language tag begins with (`en` for `en-US`); None where nothing is known."""
    code = (tag or "").replace("_", "-").split("-", 1)[0].casefold()
    return code if code in ISO_639_1 else None


@lru_cache(maxsize=1024)
def algorithm_for(language: str | None) -> str:
    """The name of the stemmer for a language; where it has none English, which leaves other scripts alone."""
    return cast(str, _DATA["stemmers"].get(primary_language(language) or "en", "english"))


@lru_cache(maxsize=131_072)
def stem(word: str, algorithm: str) -> str:
    """The stem of a word as it stands in a text: folded, case ignored."""
    with _LOCK:  # stemmers keep the word they work on in themselves
        return cast(str, _stemmer(algorithm).stemWord(fold(word).casefold()))


@lru_cache(maxsize=64)
def _stemmer(algorithm: str) -> Any:
    import snowballstemmer  # two dozen languages; a search for a quoted part needs none

    return snowballstemmer.stemmer(algorithm)


@lru_cache(maxsize=64)
def function_words(algorithm: str) -> frozenset[str]:
    """Stems of determiners, possessives and conjunctions: what may stand between the words of a phrase."""
    return frozenset(stem(word, algorithm) for word in _DATA["function-words"].get(algorithm, "").split())


@lru_cache(maxsize=64)
def synonyms(algorithm: str) -> tuple[tuple[tuple[str, ...], ...], ...]:
    """Groups of wordings that mean the same, each a tuple of stems: an abbreviation and what it stands for."""
    groups = _DATA["synonyms"].get(algorithm, _DATA["synonyms"]["english"])
    return tuple(tuple(_stems(wording, algorithm) for wording in group) for group in groups)


def _stems(wording: str, algorithm: str) -> tuple[str, ...]:
    return tuple(stem(word, algorithm) for word in wording.split())
