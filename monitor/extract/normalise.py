"""PURE: the canonical form of a text: what two readers would call the same characters is the same string."""

from __future__ import annotations

import re
import unicodedata

_REPLACEMENT = "\ufffd"
_SURROGATES = re.compile("[\ud800-\udfff]")

# Directional overrides (U+202A-202E, U+2066-2069) stay: they change how a clause reads, so alerts show them.
_INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # controls that are no white space
    "\u00ad\u061c\u180e\u200b-\u200f\u2060-\u2064\ufeff"  # soft hyphen, zero-width characters and marks
    "]"
)

# Ordering combining marks takes quadratic time, so that a megabyte of them would take minutes. 30 in a row is
# what UAX #15 (Stream-Safe Text Format) says no language needs.
_MARKS_LIMIT = 30
_MARKS_CANDIDATE = re.compile(rf"[^\w\s\x00-\u02ff]{{{_MARKS_LIMIT + 1},}}")


def canonical(text: str) -> str:
    """`text` in NFC with one plain space for any white space and without invisible characters; idempotent.

    Curly quotes, dashes and case stay as the page has them.
    """
    text = " ".join(text.split())
    if not text.isprintable():  # the quick answer for nearly all blocks
        text = " ".join(_SURROGATES.sub(_REPLACEMENT, _INVISIBLE.sub("", text)).split())
    if not text.isascii() and not _has_endless_marks(text):
        text = " ".join(unicodedata.normalize("NFC", text).split())
    return text


def _has_endless_marks(text: str) -> bool:
    return any(
        sum(unicodedata.combining(character) > 0 for character in run) > _MARKS_LIMIT
        for run in _MARKS_CANDIDATE.findall(text)
    )
