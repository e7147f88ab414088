"""PURE: which parts of a page surround its document (navigation, footers, what is hidden) and are kept soft."""

from __future__ import annotations

from itertools import accumulate

from monitor.extract.aids import find_aids
from monitor.extract.page import Node, Page
from monitor.extract.panels import Panels, is_hidden

# Tags and ARIA roles only: class names lie ("toc-visible:block" on a whole policy), as measured in
# docs/decisions/0004-reading-pages.md.
_TAGS = frozenset({"nav", "aside", "footer", "dialog", "search", "noscript", "textarea"})
_ROLE_NAMES = """
navigation banner contentinfo search dialog alertdialog complementary menu menubar toolbar tooltip
"""
_ROLES = frozenset(_ROLE_NAMES.split())
_SECTIONS = frozenset({"main", "article", "section"})

GUARD = 0.30
"""No rule may set aside a node that holds this share of the page's text: then it is the document."""

MAIN_SHARE = 0.40
"""`<main>` or `<article>` count as the document only where they hold this share of the remaining text."""


def find_soft(page: Page, panels: Panels, *, choose_main: bool) -> set[int]:
    """The indexes of the outermost nodes whose text is soft."""
    soft = _surroundings(page, panels)
    if choose_main:
        main = _main_nodes(page, soft)
        if main:
            soft |= _outside(page, main, soft)
    return soft


def _surroundings(page: Page, panels: Panels) -> set[int]:
    soft: set[int] = set()
    aids, limit = find_aids(page) - panels.openable, GUARD * page.total
    index = 0
    while index < len(page.nodes):
        node = page.nodes[index]
        sets_aside = index in aids or _is_surrounding(page, panels, index)
        if sets_aside and node.parent >= 0 and page.size(index) < limit:
            soft.add(index)
            index = node.end
        else:
            index += 1
    return soft


def _is_surrounding(page: Page, panels: Panels, index: int) -> bool:
    node = page.nodes[index]
    if node.tag in _TAGS or node.role in _ROLES:
        return True
    if node.tag == "header":
        return not _is_in_section(page, node)
    return is_hidden(node) and index not in panels.openable


def _is_in_section(page: Page, node: Node) -> bool:
    while node.parent >= 0:
        node = page.nodes[node.parent]
        if node.tag in _SECTIONS:
            return True
    return False


def _main_nodes(page: Page, soft: set[int]) -> list[int]:
    sizes = _remaining_sizes(page, soft)
    for tag in ("main", "article"):
        found = _outermost(page, tag, soft)
        inside = sum(sizes[page.nodes[index].end] - sizes[index] for index in found)
        if inside and inside >= MAIN_SHARE * sizes[-1]:
            return found
    return []


def _remaining_sizes(page: Page, soft: set[int]) -> list[int]:
    weights = [after - before for before, after in zip(page.sizes, page.sizes[1:], strict=False)]
    for index in soft:
        end = page.nodes[index].end
        weights[index:end] = [0] * (end - index)
    return [0, *accumulate(weights)]


def _outermost(page: Page, tag: str, soft: set[int]) -> list[int]:
    found: list[int] = []
    index = 0
    while index < len(page.nodes):
        matches = page.nodes[index].tag == tag
        if matches:
            found.append(index)
        index = page.nodes[index].end if matches or index in soft else index + 1
    return found


def _outside(page: Page, main: list[int], soft: set[int]) -> set[int]:
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
