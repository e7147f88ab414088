"""Makes text that others chose safe to stand in one mail header; the only place where that is done."""

from __future__ import annotations

import unicodedata

LIMIT = 200
"""Longest header text in characters; what goes beyond is cut and marked with an ellipsis."""

_WHITE_SPACE_CONTROLS = frozenset("\t\n\v\f\r\x85\u2028\u2029")
# They reorder what the reader sees, so that an attachment or an address may look like another one.
_BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def header_text(text: str) -> str:
    """`text` on one line, without control, direction or surrogate characters, of at most `LIMIT` characters.

    Line separators such as U+2028 raise an error in `email` and would make a message that can never be sent.
    """
    kept = "".join(" " if char in _WHITE_SPACE_CONTROLS else char for char in text if not _is_harmful(char))
    folded = " ".join(kept.split())
    return folded if len(folded) <= LIMIT else folded[: LIMIT - 1].rstrip() + "…"


def _is_harmful(char: str) -> bool:
    if char in _WHITE_SPACE_CONTROLS:
        return False
    return char in _BIDIRECTIONAL or unicodedata.category(char) in {"Cc", "Cs"}
