"""PURE: finds what serves the use of a page and is no part of its text: descriptions, places to write in."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.extract.page import Node, Page

DESCRIPTION_LIMIT = 200
"""Characters of a text that describes a control to screen readers ("Opens in a new tab")."""

WIDGET_LIMIT = 300
"""Characters of what stands around a place to write in: a chat, a search, a newsletter, a form for feedback."""


def find_aids(page: Page) -> set[int]:
    """The nodes whose text only helps to use the page, however visible it is."""
    found = set(_descriptions(page))
    found.update(_widget(page, index) for index, node in enumerate(page.nodes) if _is_written_in(node))
    return found


def _descriptions(page: Page) -> Iterator[int]:
    """What links and controls name as their description (WAI-ARIA 1.2, aria-describedby)."""
    for node in page.nodes:
        for name in (node.attributes.get("aria-describedby") or "").split():
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


def _widget(page: Page, index: int) -> int:
    """The largest node around a place to write in that holds hardly any text."""
    parent = page.nodes[index].parent
    while parent >= 0 and page.size(parent) <= WIDGET_LIMIT:
        index, parent = parent, page.nodes[parent].parent
    return index
