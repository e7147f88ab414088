"""PURE: whether an edit touches what a clause says, or only its spelling, its numbers or its links."""

from __future__ import annotations

import re

from monitor.clauses import fold

_LINK = re.compile(r"\bhttps?://\S+|\bwww\.\S+|\S+@\S+\.\w+|\b[\w-]+(?:\.[\w-]+)+/\S*", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")


def same_substance(before: str, after: str) -> bool:
    """Whether only case, punctuation, numbers, links, e-mail addresses or typography differ."""
    return _substance(before) == _substance(after)


def _substance(text: str) -> list[str]:
    return _WORD.findall(_LINK.sub(" ", fold(text)).casefold())
