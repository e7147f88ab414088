"""PURE: the numbers that browsers draw before the items of ordered lists."""

from __future__ import annotations

import re

from monitor.extract.page import Node, Page

_INTEGER = re.compile(r"\s*(-?\d{1,6})")


class Lists:
    """Counts the items of the ordered lists of a page as they are met, in reading order.

    By the attributes `start`, `reversed` and `value` (HTML, "ordinal value"). An `<ol>` with a role of its own
    is drawn as the page pleases, mostly without numbers, and counts as unordered.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self._next: dict[int, int] = {}

    def number(self, index: int) -> int | None:
        """The number of the item at `index`; None where its list has none."""
        node = self._page.nodes[index]
        parent = node.parent
        if parent < 0 or self._page.nodes[parent].tag != "ol" or self._page.nodes[parent].role:
            return None
        around = self._page.nodes[parent]
        own = _integer(node, "value")
        number = own if own is not None else self._next.get(parent, self._first(parent))
        self._next[parent] = number + (-1 if "reversed" in around.attributes else 1)
        return number

    def _first(self, parent: int) -> int:
        around = self._page.nodes[parent]
        start = _integer(around, "start")
        if start is not None:
            return start
        if "reversed" not in around.attributes:
            return 1
        return sum(self._page.nodes[child].tag == "li" for child in self._page.children(parent))


def _integer(node: Node, name: str) -> int | None:
    found = _INTEGER.match(node.attributes.get(name) or "")
    return int(found.group(1)) if found else None
