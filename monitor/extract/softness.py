"""PURE: which parts of a page surround its document (navigation, footers, what is hidden) and are kept soft."""

from __future__ import annotations

from collections.abc import Collection
from itertools import accumulate

from monitor.extract.aids import find_aids
from monitor.extract.model import SetAside
from monitor.extract.page import Node, Page
from monitor.extract.panels import Panels, is_hidden

# Tags and ARIA roles only: class names lie ("toc-visible:block" on a whole policy), as measured in
# docs/decisions/0004-reading-pages.md.
_TAGS = {
    "nav": SetAside.NAVIGATION,
    "aside": SetAside.ASIDE,
    "footer": SetAside.FOOTER,
    "dialog": SetAside.DIALOG,
    "search": SetAside.SEARCH,
    "noscript": SetAside.NO_SCRIPT,
    "object": SetAside.FALLBACK,
    "textarea": SetAside.FIELD,
}
_ROLES = {
    "navigation": SetAside.NAVIGATION,
    "menu": SetAside.NAVIGATION,
    "menubar": SetAside.NAVIGATION,
    "toolbar": SetAside.NAVIGATION,
    "banner": SetAside.HEADER,
    "contentinfo": SetAside.FOOTER,
    "search": SetAside.SEARCH,
    "dialog": SetAside.DIALOG,
    "alertdialog": SetAside.DIALOG,
    "tooltip": SetAside.DIALOG,
    "complementary": SetAside.ASIDE,
}
_SECTIONS = frozenset({"main", "article", "section"})

GUARD = 0.30
"""No rule may set aside a node that holds this share of the page's text: then it is the document."""

MAIN_SHARE = 0.40
"""`<main>` or `<article>` count as the document only where they hold this share of the remaining text."""


def find_soft(page: Page, panels: Panels, *, choose_main: bool) -> dict[int, SetAside]:
    """The indexes of the outermost nodes whose text is soft, each with the reason."""
    soft = _surroundings(page, panels)
    if choose_main:
        main = _main_nodes(page, soft)
        if main:
            soft |= dict.fromkeys(_outside(page, main, soft), SetAside.OUTSIDE_MAIN)
    return soft


def _surroundings(page: Page, panels: Panels) -> dict[int, SetAside]:
    soft: dict[int, SetAside] = {}
    limit = GUARD * page.total
    aids = find_aids(page, limit) - panels.openable
    index = 0
    while index < len(page.nodes):
        node = page.nodes[index]
        reason = None
        if node.parent >= 0 and page.size(index) < limit:
            reason = _why_surrounding(page, panels, index) or (SetAside.AID if index in aids else None)
        if reason is None:
            index += 1
        else:
            soft[index] = reason
            index = node.end
    return soft


def _why_surrounding(page: Page, panels: Panels, index: int) -> SetAside | None:
    node = page.nodes[index]
    if node.is_text:
        return None
    named = _TAGS.get(node.tag) or _ROLES.get(node.role)
    if named is not None:
        return named
    if node.tag == "header":
        return None if _is_in_section(page, node) else SetAside.HEADER
    return SetAside.HIDDEN if is_hidden(node) and index not in panels.openable else None


def _is_in_section(page: Page, node: Node) -> bool:
    while node.parent >= 0:
        node = page.nodes[node.parent]
        if node.tag in _SECTIONS:
            return True
    return False


def _main_nodes(page: Page, soft: Collection[int]) -> list[int]:
    sizes = _remaining_sizes(page, soft)
    for tag in ("main", "article"):
        found = _outermost(page, tag, soft)
        inside = sum(sizes[page.nodes[index].end] - sizes[index] for index in found)
        if inside and inside >= MAIN_SHARE * sizes[-1]:
            return found
    return []


def _remaining_sizes(page: Page, soft: Collection[int]) -> list[int]:
    weights = [after - before for before, after in zip(page.sizes, page.sizes[1:], strict=False)]
    for index in soft:
        end = page.nodes[index].end
        weights[index:end] = [0] * (end - index)
    return [0, *accumulate(weights)]


def _outermost(page: Page, tag: str, soft: Collection[int]) -> list[int]:
    found: list[int] = []
    index = 0
    while index < len(page.nodes):
        matches = page.nodes[index].tag == tag
        if matches:
            found.append(index)
        index = page.nodes[index].end if matches or index in soft else index + 1
    return found


def _outside(page: Page, main: list[int], soft: Collection[int]) -> set[int]:
    ancestors: set[int] = set()
    for index in main:
        parent = page.nodes[index].parent
        while parent >= 0 and parent not in ancestors:
            ancestors.add(parent)
            parent = page.nodes[parent].parent
    outside: set[int] = set()
    chosen, limit, index = set(main), GUARD * page.total, 0
    while index < len(page.nodes):
        if index in ancestors:
            index += 1
            continue
        if index not in chosen and index not in soft and 0 < page.size(index) < limit:
            outside.add(index)
        index = page.nodes[index].end
    return outside
