"""PURE: word-level differences for readers of plain text, and their size."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from monitor.diff.model import Change, StepKind
from monitor.diff.words import Span, mark

_BRACKETS = {"delete": ("[-", "-]"), "insert": ("{+", "+}")}


def in_plain_text(spans: Iterable[Span]) -> str:
    """The text with `[-old-] {+new+}` around what differs; white space stays outside the brackets."""
    text = ""
    for span in spans:
        words = span.text.strip()
        if span.kind == "equal":
            text += span.text
        elif words:
            opening, closing = _BRACKETS[span.kind]
            lead, trail = span.text.split(words, 1)
            text += " " if text.endswith("-]") and not lead else ""
            text += lead + opening + words + closing + trail
        elif span.kind == "insert":
            text += span.text
    return text


def added_and_removed_words(change: Change) -> tuple[int, int]:
    """How many words came and went in hard clauses; within an edited clause only the words that differ."""
    added = removed = 0
    for step in change.steps:
        if step.kind in {StepKind.KEPT, StepKind.MOVED} or change.is_soft(step):
            continue
        if step.kind is StepKind.ADDED and step.after is not None:
            added += _count(change.after[step.after].text)
            continue
        before = change.before[step.before].text if step.before is not None else ""
        after = change.after[step.after].text if step.after is not None else ""
        more, fewer = _between(before, after)
        added, removed = added + more, removed + fewer
    return added, removed


@lru_cache(maxsize=2048)
def _between(before: str, after: str) -> tuple[int, int]:
    """A page that goes back and forth shows the same edits again and again."""
    spans = mark(before, after)
    return (
        sum(_count(span.text) for span in spans if span.kind == "insert"),
        sum(_count(span.text) for span in spans if span.kind == "delete"),
    )


def _count(text: str) -> int:
    """Words as `count_words` has them, but for lone punctuation marks, which no reader would call a word."""
    words = text.split()
    return len(words) - len([word for word in words if len(word) == 1 and not word.isalnum()])
