"""PURE: finds what serves the use of a page and is no part of its text: hints, banners, places to write in."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib import resources

from monitor.extract.page import Node, Page

DESCRIPTION_LIMIT = 200
"""Characters of a text that describes a control to screen readers ("Opens in a new tab")."""

WIDGET_LIMIT = 300
"""Characters of what stands around a place to write in: a chat, a search, a newsletter, a form for feedback."""

CONSENT_LIMIT = 800
"""Characters of what stands around a button that accepts or refuses cookies."""

HINT_LIMIT = 80
"""Characters of a hint at what a link does, brackets and spaces included."""

_LIVE_ROLES = frozenset({"status", "progressbar", "marquee", "timer"})
"""What tells of the page's own doings (WAI-ARIA 1.2, live regions)."""

_TAGS = frozenset({"button", "textarea"})
"""The aids that need no attribute to be known."""

_DATA = tomllib.loads(resources.files("monitor.extract").joinpath("aids.toml").read_text(encoding="utf-8"))


def _phrases(name: str) -> re.Pattern[str]:
    return re.compile(rf"\W*(?:{'|'.join(_DATA[name])})\W*", re.IGNORECASE)


_NEW_TAB, _CONSENT = _phrases("new_tab"), _phrases("consent")
_HINT_BEHIND = re.compile(rf"[(\[]\s*(?:{'|'.join(_DATA['new_tab'])})\s*[)\]]\s*\Z", re.IGNORECASE)


def find_aids(page: Page, limit: float) -> set[int]:
    """The nodes whose text only helps to use the page, however visible it is.

    `limit` is how many characters one of them may hold at most, whatever it is.
    """
    found = set(_descriptions(page))
    for index, node in enumerate(page.nodes):
        if node.is_text:
            if _is_hint(node.text):
                found.add(index)
        elif not node.attributes and node.tag not in _TAGS:
            continue
        elif _is_written_in(node):
            found.add(_around(page, index, min(limit, WIDGET_LIMIT)))
        elif node.role in _LIVE_ROLES or node.attributes.get("aria-busy") == "true":
            found.add(index)
        elif _answers_consent(page, index, node):
            banner = _around(page, index, min(limit, CONSENT_LIMIT))
            if "cookie" in page.label(banner).casefold():
                found.add(banner)
    return found


def without_hint(label: str) -> tuple[str, str]:
    """What a link says, and the hint in brackets behind it that tells what the link does."""
    if not label.rstrip().endswith((")", "]")):
        return label, ""
    found = _HINT_BEHIND.search(label, max(0, len(label) - HINT_LIMIT))
    return (label[: found.start()], found[0]) if found else (label, "")


def _descriptions(page: Page) -> Iterator[int]:
    """What links and controls name as their description (WAI-ARIA 1.2, aria-describedby)."""
    described = (node for node in page.nodes if "aria-describedby" in node.attributes)
    for node in described:
        for name in (node.attributes["aria-describedby"] or "").split():
            index = page.ids.get(name)
            if index is not None and page.size(index) <= DESCRIPTION_LIMIT:
                yield index


def _is_written_in(node: Node) -> bool:
    attributes = node.attributes
    return (
        node.tag == "textarea"
        or node.role in ("textbox", "searchbox")
        or attributes.get("contenteditable") in ("", "true")
    )


def _is_hint(text: str) -> bool:
    """Words for screen readers, mostly in a link, that a style sheet hides from the eye."""
    return 12 <= len(text) <= HINT_LIMIT and _NEW_TAB.fullmatch(text) is not None


def _answers_consent(page: Page, index: int, node: Node) -> bool:
    if not (node.tag == "button" or node.role == "button"):
        return False
    return page.size(index) <= DESCRIPTION_LIMIT and _CONSENT.fullmatch(page.label(index)) is not None


def _around(page: Page, index: int, limit: float) -> int:
    """The largest node around `index` that holds hardly any text."""
    parent = page.nodes[index].parent
    while parent >= 0 and page.size(parent) <= limit:
        index, parent = parent, page.nodes[parent].parent
    return index
