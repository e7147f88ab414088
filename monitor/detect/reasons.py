"""PURE: the sentence that says why a rule fired, short and checkable against the clause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.diff.words import Span, mark

_QUOTED = 60
"""Characters of a quoted wording; the whole clause stands beside the reason anyway."""

_WORDINGS = 3
"""How many matched wordings a reason names."""


def stands(matched: Sequence[str]) -> str:
    return f"Stands in the first version read: {_named(matched)}."


def added(matched: Sequence[str]) -> str:
    return f"New clause says {_named(matched)}."


def removed(matched: Sequence[str]) -> str:
    return f"The clause that said {_named(matched)} was removed."


def appeared(matched: Sequence[str], before: str, after: str) -> str:
    return f"The clause was edited and now says {_named(matched)}: {difference(before, after)}."


def disappeared(matched: Sequence[str], before: str, after: str) -> str:
    return f"The clause was edited and no longer says {_named(matched)}: {difference(before, after)}."


def edited(before: str, after: str) -> str:
    return f"The clause stood before and was edited: {difference(before, after)}."


def _named(matched: Sequence[str]) -> str:
    more = len(matched) - _WORDINGS
    named = " and ".join(_quote(words) for words in matched[:_WORDINGS])
    return f"{named} and {more} more" if more > 0 else named


def difference(before: str, after: str) -> str:
    """The first words that differ, and whether there are more."""
    spans = [span for span in mark(before, after) if span.text.strip()]
    first, *others = list(_edits(spans)) or ["its white space changed"]
    return f"{first}, and more" if others else first


def _edits(spans: Sequence[Span]) -> Iterator[str]:
    """Each difference in words; what is inserted right after a deletion has replaced it."""
    deleted: str | None = None
    for span in [*spans, Span("equal", "")]:
        if span.kind == "insert":
            new = _quote(span.text)
            yield f"{deleted} became {new}" if deleted else f"{new} was added"
        elif deleted:
            yield f"{deleted} was removed"
        deleted = _quote(span.text) if span.kind == "delete" else None


def _quote(words: str) -> str:
    words = " ".join(words.split())
    return f'"{words}"' if len(words) <= _QUOTED else f'"{words[: _QUOTED - 1].rstrip()}\u2026"'
