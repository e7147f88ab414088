"""PURE: a rule made ready for matching, or the reason why it cannot be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import re2

from monitor.detect.errors import RuleError
from monitor.detect.languages import ISO_639_1, algorithm_for, primary_language, stem
from monitor.detect.model import Rule
from monitor.detect.reading import Reading
from monitor.detect.wordings import Index, Nearby, Pattern, Phrase, Wording, candidates, phrases
from monitor.diff.tokens import UNSPACED, WORD

_WORD = re.compile(WORD)
_UNSPACED = re.compile(f"[{UNSPACED}]")

_PHRASE_WORDS = 40
_PATTERN_CHARACTERS = 10_000
_PATTERN_MEMORY = 8 << 20
"""Bytes that one compiled pattern may take (RE2's own default); larger ones are refused."""

_SAMPLES = ("", "a b", "We train.")
"""A pattern that matches nothing at all in one of these matches nothing everywhere."""


@dataclass(frozen=True)
class Matcher:
    """A rule's wordings in the stems of one language."""

    phrases: tuple[Phrase, ...]
    others: tuple[Wording, ...]
    unless: tuple[Phrase, ...]
    ignore: tuple[Phrase, ...]

    @cached_property
    def needs(self) -> frozenset[str]:
        """The stems without which no text is a candidate."""
        return frozenset().union(*(wording.needs for wording in (*self.phrases, *self.others)))

    def candidates(self, index: Index) -> Set[int]:
        """The numbers of the texts that may match."""
        return candidates((*self.phrases, *self.others), index)

    def find(self, reading: Reading) -> tuple[str, ...]:
        """The words that match, each once; none if a wording of `unless` stands in the same text.

        Of phrases within each other the longest is told, and nothing that merely surrounds another match.
        """
        if self.ignore:
            reading = reading.without(found for phrase in self.ignore for found in phrase.ranges(reading))
        phrases = list(dict.fromkeys(_found(self.phrases, reading)))
        others = list(dict.fromkeys(_found(self.others, reading)))
        told = [words for words in phrases if not any(words in other and words != other for other in phrases)]
        told += [
            words
            for words in others
            if not any(inner in words and inner != words for inner in (*phrases, *others))
            and words not in phrases
        ]
        if told and _found(self.unless, reading):
            return ()
        return tuple(dict.fromkeys(told))


@dataclass(frozen=True)
class CompiledRule:
    """A rule with its patterns compiled; its words are stemmed when a language is first met."""

    rule: Rule
    patterns: tuple[Pattern, ...]
    _matchers: dict[str, Matcher] = field(default_factory=dict, compare=False, repr=False)

    def applies_to(self, language: str | None) -> bool:
        """Whether the rule is for documents in this language; one of unknown language may be in any."""
        code = primary_language(language)
        return not self.rule.languages or code is None or code in self.rule.languages

    def algorithm(self, language: str | None) -> str:
        """The stemmer for a document: its language's, else the rule's own, else English."""
        own = min(self.rule.languages, default=None)
        return algorithm_for(primary_language(language) or own)

    def matcher(self, algorithm: str) -> Matcher:
        matcher = self._matchers.get(algorithm)
        if matcher is None:
            matcher = self._matchers[algorithm] = self._build(algorithm)
        return matcher

    def _build(self, algorithm: str) -> Matcher:
        rule = self.rule
        nearby: list[Wording] = [
            Nearby(
                tuple(tuple(_phrases(entry, algorithm, in_one_piece=True)) for entry in near.words), near.within
            )
            for near in rule.near
        ]
        return Matcher(
            phrases=tuple(_phrases(rule.phrases, algorithm)),
            others=(*nearby, *self.patterns),
            unless=tuple(_phrases(rule.unless, algorithm)),
            ignore=tuple(_phrases(rule.ignore, algorithm, in_one_piece=True)),
        )


def _found(wordings: Sequence[Wording], reading: Reading) -> list[str]:
    return [words for wording in wordings for words in wording.find(reading)]


def compile_rule(rule: Rule) -> CompiledRule:
    """The rule ready for matching. Raises RuleError with the first of its problems (`problems_of` has all)."""
    for problem in problems_of(rule):
        raise problem
    return CompiledRule(rule, tuple(Pattern(_compiled(pattern)) for pattern in rule.patterns))


def problems_of(rule: Rule) -> Iterator[RuleError]:
    """Everything that keeps a rule from being used."""
    if not (rule.phrases or rule.near or rule.patterns):
        yield RuleError(rule.id, "phrases", "the rule looks for nothing: give `phrases`, `near` or `pattern`")
    for name, texts in (("phrases", rule.phrases), ("unless", rule.unless), ("ignore", rule.ignore)):
        for index, text in enumerate(texts):
            yield from _phrase_problems(rule.id, f"{name}[{index}]", text)
    yield from _near_problems(rule)
    for index, pattern in enumerate(rule.patterns):
        if message := _pattern_problem(pattern):
            yield RuleError(rule.id, f"pattern[{index}]", message)
    if not rule.on:
        yield RuleError(rule.id, "on", 'give at least one of "added", "removed", "edited"')
    for code in sorted(rule.languages - ISO_639_1):
        yield RuleError(
            rule.id, "languages", f'unknown language {code!r}: use two-letter codes such as "en" or "de"'
        )


def _near_problems(rule: Rule) -> Iterator[RuleError]:
    for index, near in enumerate(rule.near):
        where = f"near[{index}]"
        if len(near.words) < 2:
            yield RuleError(rule.id, f"{where}.words", "give at least two words that stand near each other")
        if near.within < 1:
            yield RuleError(rule.id, f"{where}.within", "give the number of words, 1 or more")
        for position, entry in enumerate(near.words):
            for alternative in entry or ("",):
                yield from _phrase_problems(rule.id, f"{where}.words[{position}]", alternative)


def _phrase_problems(rule_id: str, where: str, text: str) -> Iterator[RuleError]:
    count = len(_WORD.findall(text))
    if not count:
        yield RuleError(rule_id, where, f"{text!r} holds no word to look for")
    if count > _PHRASE_WORDS:
        yield RuleError(
            rule_id, where, f"{count} words are too many for a phrase; the limit is {_PHRASE_WORDS}"
        )


def _pattern_problem(pattern: str) -> str | None:
    if len(pattern) > _PATTERN_CHARACTERS:
        return f"the pattern has {len(pattern)} characters; the limit is {_PATTERN_CHARACTERS}"
    try:
        expression = _compiled(pattern)
    except re2.error as error:
        reason = error.args[0] if error.args else "it cannot be read"
        reason = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        return f"{pattern!r} is no valid pattern (RE2 syntax, without lookaround and backreferences): {reason}"
    if any(not match.group() for sample in _SAMPLES for match in expression.finditer(sample)):
        return f"{pattern!r} matches the empty text and so would match everywhere"
    return None


def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _PATTERN_MEMORY
    return re2.compile(pattern, options)


def _phrases(texts: Sequence[str], algorithm: str, *, in_one_piece: bool = False) -> Iterator[Phrase]:
    """The phrases that texts stand for; letters of a script without spaces follow each other directly."""
    for text in texts:
        matches = list(_WORD.finditer(text))
        words = [stem(match.group(), algorithm) for match in matches]
        touching = [before.end() == after.start() for before, after in pairwise(matches)]
        unspaced = [
            bool(_UNSPACED.search(before.group() + after.group())) for before, after in pairwise(matches)
        ]
        glued = [in_one_piece or (near and letters) for near, letters in zip(touching, unspaced, strict=True)]
        yield from phrases(words, [False, *glued], algorithm)
