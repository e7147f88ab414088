"""PURE: what follows from an ordered list of clauses: heading paths, readable text, counts and hashes."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from storage.records import Clause, ClauseKind

_PUNCTUATION = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u2032": "'",
        "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"', "\u00ab": '"', "\u00bb": '"',
        "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
        "\u00ad": None, "\u200b": None, "\u200c": None, "\u200d": None, "\u2060": None, "\ufeff": None,
    }
)  # fmt: skip


def fold(text: str) -> str:
    """`text` without the differences that no reader sees: compatibility forms, quotes, dashes, white space."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_PUNCTUATION)).translate(_PUNCTUATION)
    return " ".join(text.split())


def exact_fingerprint(clauses: Iterable[Clause]) -> str:
    """A hash over folded hard clauses in order: texts that were recorded are told apart by every sign."""
    lines = [_folded_line(clause.text) for clause in clauses if not clause.soft]
    return hashlib.sha256(b"".join(lines)).hexdigest()


@lru_cache(maxsize=8192)
def _folded_line(text: str) -> bytes:
    """One version of a document repeats nearly all clauses of the one before."""
    return fold(text).encode("utf-8") + b"\n"


def heading_paths(clauses: Sequence[Clause]) -> list[tuple[str, ...]]:
    """For each clause the headings above it, outermost first; a heading's path does not hold itself."""
    paths: list[tuple[str, ...]] = []
    stack: list[Clause] = []
    path: tuple[str, ...] = ()
    for clause in clauses:
        if clause.kind is ClauseKind.HEADING and clause.opens_block:
            while stack and stack[-1].level >= clause.level:
                stack.pop()
            path = tuple(above.text for above in stack)
            paths.append(path)
            stack.append(clause)
            path = (*path, clause.text)
        else:
            paths.append(path)
    return paths


def count_words(clauses: Iterable[Clause]) -> int:
    """Words of the hard clauses."""
    return sum([_size(clause.text) for clause in clauses if not clause.soft])


@lru_cache(maxsize=8192)
def _size(text: str) -> int:
    return len(text.split())


def to_markdown(clauses: Iterable[Clause]) -> str:
    """The clauses as plain Markdown-like text for people: one block a paragraph, items with dashes."""
    blocks: list[str] = []
    for clause in clauses:
        if blocks and not clause.opens_block:
            blocks[-1] += " " + clause.text
        else:
            blocks.append(_opening(clause) + clause.text)
    return "\n\n".join(blocks).replace("\n\n- ", "\n- ").replace("\n\n  ", "\n  ") + ("\n" if blocks else "")


def _opening(clause: Clause) -> str:
    if clause.kind is ClauseKind.HEADING:
        return "#" * max(1, clause.level) + " "
    if clause.kind is ClauseKind.LIST_ITEM:
        return "  " * (max(1, clause.level) - 1) + "- "
    return ""
