"""PURE: a clause cut into words, and the words of a topic's lists found in it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import re2

from monitor.clauses import fold

_TOKEN = re.compile(r"[^\W_]+n't|[^\W_]+|[.,;:()?!|]")
_POSSESSIVE = re.compile(r"(?<=\w)'s\b|(?<=s)'(?=\s)")

MOST_TOKENS = 600
"""Words and signs of a clause that are read; the longest clauses of real policies have a few hundred."""

_UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_LINE = re.compile(rb"\n")

_PREFIX = 3
"""Open words are looked up by their first letters, so they need as many before the `*`."""

Span = tuple[int, int]
"""First token and the one after the last."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A clause in words and signs, folded and in lower case; `spans` say where each stands in `text`."""

    text: str
    words: tuple[str, ...]
    spans: tuple[Span, ...]

    def as_it_stands(self, first: int, stop: int) -> str:
        """The words from one token to another as they stand in the folded clause."""
        return self.text[self.spans[first][0] : self.spans[stop - 1][1]]


@lru_cache(maxsize=2_048)  # each topic reads the same clauses
def tokenise(text: str) -> Tokens:
    """The words of a clause; hyphens part words and `'s` is left out, so that spellings of one thing agree."""
    folded = fold(text)
    bare = _POSSESSIVE.sub(lambda match: " " * len(match.group()), folded)
    found = [match.span() for match in _TOKEN.finditer(bare)][:MOST_TOKENS]
    lowered = _lowered(bare)
    return Tokens(folded, tuple(lowered[start:stop] for start, stop in found), tuple(found))


def _lowered(text: str) -> str:
    """In small letters and of the same length: a sharp s stays one letter, in texts and in lists alike."""
    return next((low for low in (text.casefold(), text.lower()) if len(low) == len(text)), text)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One wording of a list; an open word stands for all that begin so. A void one hides what lies in it."""

    name: str
    words: tuple[str, ...]
    is_open: tuple[bool, ...]
    is_void: bool

    def follows(self, tokens: Sequence[str], start: int) -> bool:
        """Whether the words after the first, which stands at `start`, are there."""
        if start + len(self.words) > len(tokens):
            return False
        for offset in range(1, len(self.words)):
            token, word = tokens[start + offset], self.words[offset]
            if token != word and not (self.is_open[offset] and token.startswith(word)):
                return False
        return True


@dataclass(frozen=True, slots=True)
class _Fan:
    """The wordings that begin with a word, so that few are looked at: by the second word, where it is sure."""

    entries: tuple[_Entry, ...]
    always: tuple[_Entry, ...]
    by_second: Mapping[str, tuple[_Entry, ...]]

    def before(self, second: str) -> tuple[_Entry, ...]:
        return self.always + self.by_second.get(second, ())


_NO_FAN = _Fan((), (), {})


def _fan(entries: tuple[_Entry, ...]) -> _Fan:
    if not entries:
        return _NO_FAN
    always: list[_Entry] = []
    by_second: dict[str, tuple[_Entry, ...]] = {}
    for entry in entries:
        if len(entry.words) == 1 or entry.is_open[1]:
            always.append(entry)
        else:
            by_second[entry.words[1]] = (*by_second.get(entry.words[1], ()), entry)
    return _Fan(entries, tuple(always), by_second)


_REMEMBERED = 1024
"""Clauses: one version of a document repeats nearly all of the one before."""


class Lexicon:
    """Named lists of wordings. `@name` in a list stands for the wordings of another list.

    A wording is words with spaces between (hyphens count as spaces); `train*` stands for all words that begin
    so. `-wording` hides: no shorter wording of the same list is found within it.
    """

    def __init__(self, lists: Mapping[str, Sequence[str]], looked_for: Collection[str] | None = None) -> None:
        """Of the lists only those `looked_for` are found in texts; None: all."""
        self._lists = lists
        self._first: dict[str, list[_Entry]] = {}
        self._open: dict[str, list[_Entry]] = {}
        self._known: dict[str, _Fan] = {}
        for name in lists if looked_for is None else looked_for:
            for wording in self._wordings(name, ()):
                self._add(_entry(name, wording))
        self.read = lru_cache(maxsize=_REMEMBERED)(self._read)

    def _read(self, text: str) -> Tagged:
        """A clause with where the wordings of each list stand in it."""
        tokens = tokenise(text)
        return Tagged(tokens, self.tag(tokens.words))

    def tag(self, tokens: Sequence[str]) -> dict[str, list[Span]]:
        """Where the wordings of each list stand, in reading order; longer ones hide shorter ones."""
        found: dict[str, list[tuple[Span, bool]]] = {}
        for start, word in enumerate(tokens):
            fan = self._beginning_with(word)
            if not fan.entries:
                continue
            for entry in fan.before(tokens[start + 1] if start + 1 < len(tokens) else ""):
                if len(entry.words) == 1 or entry.follows(tokens, start):
                    span = (start, start + len(entry.words))
                    found.setdefault(entry.name, []).append((span, entry.is_void))
        tagged = {name: _longest(spans) for name, spans in found.items()}
        return {name: spans for name, spans in tagged.items() if spans}

    def pattern(self, name: str) -> str:
        """An expression of RE2 that is found wherever a wording of the list may be."""
        entries = (_entry(name, wording) for wording in self._wordings(name, ()))
        return "|".join(sorted({_expression(entry) for entry in entries if not entry.is_void}))

    def _wordings(self, name: str, within: tuple[str, ...]) -> Iterator[str]:
        if name in within:
            raise ValueError(f"the list {name!r} holds itself")
        if name not in self._lists:
            raise ValueError(f"there is no list {name!r}")
        for wording in self._lists[name]:
            if wording.startswith("@"):
                yield from self._wordings(wording[1:], (*within, name))
            else:
                yield wording

    def _add(self, entry: _Entry) -> None:
        word = entry.words[0]
        if entry.is_open[0]:
            self._open.setdefault(word[:_PREFIX], []).append(entry)
        else:
            self._first.setdefault(word, []).append(entry)

    def _beginning_with(self, word: str) -> _Fan:
        fan = self._known.get(word)
        if fan is None:
            open_ones = [
                entry for entry in self._open.get(word[:_PREFIX], ()) if word.startswith(entry.words[0])
            ]
            fan = _fan((*self._first.get(word, ()), *open_ones))
            if len(self._known) < 200_000:  # a hostile page may hold any number of words
                self._known[word] = fan
        return fan


def _entry(name: str, wording: str) -> _Entry:
    is_void, wording = wording.startswith("-"), wording.removeprefix("-")
    words = re.findall(r"[^\W_]+n't\*?|[^\W_]+\*?|[.,;:()?!]", _lowered(fold(wording)))
    if not words:
        raise ValueError(f"{wording!r} holds no word")
    if words[0].endswith("*") and len(words[0]) <= _PREFIX:
        raise ValueError(f"{wording!r}: an open word needs {_PREFIX} letters before its asterisk")
    return _Entry(
        name,
        tuple(word.removesuffix("*") for word in words),
        tuple(word.endswith("*") for word in words),
        is_void,
    )


def _expression(entry: _Entry) -> str:
    """Limits of words are known to RE2 in ASCII only: other letters are taken for no part of a word."""
    words = (
        re.escape(word) + (r"\w*" if is_open else "")
        for word, is_open in zip(entry.words, entry.is_open, strict=True)
    )
    first, last = entry.words[0], entry.words[-1]
    opens = r"\b" if first[0].isascii() else ""
    closes = r"\b" if last[-1].isascii() and not entry.is_open[-1] else ""
    return opens + r"\W+".join(words) + closes


class Finder:
    """Looks for wordings in a whole document at once: which of its clauses may hold one."""

    def __init__(self, patterns: Iterable[str]) -> None:
        options = re2.Options()
        options.case_sensitive = False
        options.log_errors = False
        options.max_mem = 64 << 20  # with less the expression is run anew, and slowly, for every few letters
        self._expression = re2.compile("|".join(patterns), options)

    def places(self, texts: Sequence[str]) -> Iterator[int]:
        """The numbers of the texts, each once or more."""
        joined = "\n".join(text.replace("\n", " ") for text in texts)
        if not joined.isascii():
            for sign in _UNSEEN:  # many times as fast as `translate`
                joined = joined.replace(sign, "")
        encoded = joined.encode("utf-8")
        ends = [match.start() for match in _LINE.finditer(encoded)]
        return (bisect_left(ends, match.start()) for match in self._expression.finditer(encoded))


def _longest(found: Iterable[tuple[Span, bool]]) -> list[Span]:
    kept: list[tuple[Span, bool]] = []
    for (start, stop), is_void in sorted(found, key=lambda each: (each[0][0], -each[0][1])):
        if not kept or stop > kept[-1][0][1]:
            kept.append(((start, stop), is_void))
    return [span for span, is_void in kept if not is_void]


@dataclass(frozen=True)
class Tagged:
    """A clause with what a lexicon finds in it."""

    tokens: Tokens
    tags: Mapping[str, Sequence[Span]]

    @cached_property
    def words(self) -> tuple[str, ...]:
        return self.tokens.words

    def all(self, name: str, first: int = 0, stop: int | None = None) -> list[Span]:
        """The finds of a list that lie within these tokens."""
        end = len(self.words) if stop is None else stop
        return [span for span in self.tags.get(name, ()) if span[0] >= first and span[1] <= end]

    def has(self, name: str, first: int = 0, stop: int | None = None) -> bool:
        return bool(self.all(name, first, stop))

    def last(self, name: str, first: int = 0, stop: int | None = None) -> Span | None:
        found = self.all(name, first, stop)
        return found[-1] if found else None
