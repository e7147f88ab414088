"""PURE: makes text that others chose safe to show; one function for each place where it may end up.

HTML is not here: the templates escape everything by themselves (`autoescape=True`).
"""

from __future__ import annotations

import unicodedata
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

_T = TypeVar("_T")

_REPLACEMENT = "\ufffd"
_WHITE_SPACE_CONTROLS = frozenset("\t\n\v\f\r\x85\u2028\u2029")
_BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# Slack has no escape for the signs of its own markup: a struck-through or bold word must come from us alone.
_SLACK_SIGNS = str.maketrans({"*": "\u2217", "~": "\u223c", "`": "\u02cb"})
_NO_ANGLES = str.maketrans({"<": "\u2039", ">": "\u203a"})


def readable(text: str) -> str:
    """`text` for plain text and terminals: one line, no control characters, direction marks made visible.

    A direction mark reorders what the eye sees; shown as `[U+202E]` it cannot deceive.
    """
    return text if text.isascii() and text.isprintable() else "".join(_shown(char) for char in text)


def slack_mrkdwn(text: str) -> str:
    """`text` for a Slack `mrkdwn` object: no mention, no link, no formatting comes out of it."""
    return readable(text).translate(_ENTITIES).translate(_SLACK_SIGNS)


def slack_plain(text: str) -> str:
    """`text` for a Slack `plain_text` object, which decodes nothing: angle brackets become look-alikes."""
    return readable(text).translate(_NO_ANGLES)


def slack_link(url: str) -> str:
    """A Slack link that shows the whole address; empty unless it is an http or https address."""
    if not is_web_address(url):
        return ""
    safe = readable(url).replace("|", "%7C").replace(" ", "%20").replace("<", "%3C").replace(">", "%3E")
    return f"<{safe.replace('&', '&amp;')}>"


def is_web_address(url: str) -> bool:
    return url.lower().startswith(("https://", "http://"))


def cleaned(value: _T) -> _T:
    """A copy of a record in which every text, however deep, went through `readable`."""
    result: Any = value
    if isinstance(value, str) and not isinstance(value, Enum):
        result = readable(value)
    elif isinstance(value, tuple):
        result = tuple(cleaned(entry) for entry in value)
    elif is_dataclass(value) and not isinstance(value, type):
        result = replace(value, **{entry.name: cleaned(getattr(value, entry.name)) for entry in fields(value)})
    copy: _T = result
    return copy


def _shown(char: str) -> str:
    if char in _WHITE_SPACE_CONTROLS:
        return " "
    if char in _BIDIRECTIONAL:
        return f"[U+{ord(char):04X}]"
    category = unicodedata.category(char)
    if category == "Cs":
        return _REPLACEMENT
    return "" if category == "Cc" else char
