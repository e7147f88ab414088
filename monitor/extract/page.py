"""PURE: an HTML document as a flat list of nodes in reading order, with the amount of text under each.

A subtree is a range of the list, so that every later step is a loop: nesting of any depth loses no text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from monitor.extract.emails import hidden_address
from monitor.extract.failures import ExtractionRefused
from monitor.extract.model import ExtractOptions
from monitor.extract.shadow import open_shadow_roots

NODE_LIMIT = 600_000
"""Nodes of one page; the largest of 7,653 real captures has under 20,000."""

_NO_TEXT_TAGS = """
script style template svg iframe embed canvas audio video select datalist input head
"""
_BLOCK_TAGS = """
html body div p section article main header footer nav aside ul ol menu li dl dt dd table caption thead tbody
tfoot tr td th h1 h2 h3 h4 h5 h6 blockquote pre figure figcaption form fieldset legend address details summary
hr center dir hgroup dialog search noscript textarea
"""
_NO_TEXT, _BLOCKS = frozenset(_NO_TEXT_TAGS.split()), frozenset(_BLOCK_TAGS.split())
_TAG_OF_ROLE = {
    "row": "tr",
    "cell": "td",
    "gridcell": "td",
    "columnheader": "th",
    "rowheader": "th",
    "table": "table",
    "list": "ul",
    "listitem": "li",
    "main": "main",
    "article": "article",
}
ANSWER = "acceptedAnswer"
"""What schema.org calls the answer to a question; of JSON-LD no more is read."""

_DATA_TYPE = "application/ld+json"
_TEXT = "-text"
_NONE: dict[str, str | None] = {}


@dataclass(slots=True)
class Node:
    """One element, or one text (`tag` "-text"); its subtree is the range from its own index to `end`."""

    tag: str
    text: str
    attributes: dict[str, str | None]
    parent: int
    block: int
    end: int = 0

    @property
    def is_text(self) -> bool:
        return self.tag == _TEXT

    @property
    def is_block(self) -> bool:
        return self.tag in _BLOCKS

    @property
    def role(self) -> str:
        return (self.attributes.get("role") or "").lower()

    @property
    def heading_level(self) -> int:
        """1 to 6 for a heading, else 0."""
        return int(self.tag[1]) if len(self.tag) == 2 and self.tag[0] == "h" and self.tag[1] in "123456" else 0


@dataclass(slots=True)
class Page:
    """The nodes of a page; `block` of a node is the index of the nearest block element around it, or -1.

    `data` is the page's JSON-LD, if it holds an answer.
    """

    title: str
    language: str | None
    nodes: list[Node] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    data: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    warnings: tuple[str, ...] = ()

    def count_text(self) -> None:
        self.sizes = [0, *accumulate(len(node.text.strip()) for node in self.nodes)]

    def size(self, index: int) -> int:
        """Characters of text in the subtree of `index`."""
        return self.sizes[self.nodes[index].end] - self.sizes[index]

    @property
    def total(self) -> int:
        return self.sizes[-1]

    def children(self, index: int) -> Iterator[int]:
        child, end = index + 1, self.nodes[index].end
        while child < end:
            yield child
            child = self.nodes[child].end

    def texts(self, index: int) -> list[str]:
        return [node.text for node in self.nodes[index : self.nodes[index].end] if node.is_text]

    def label(self, index: int) -> str:
        return " ".join("".join(self.texts(index)).split())

    def holds_block(self, index: int) -> bool:
        return any(node.is_block for node in self.nodes[index : self.nodes[index].end])


def parse_page(html: str, options: ExtractOptions) -> Page:
    """Parse `html` and apply the user's selectors; raises ExtractionRefused where either does not fit."""
    tree = LexborHTMLParser(open_shadow_roots(html))
    root = tree.root
    page = Page(_title(tree), _language(root.attributes if root else _NONE))
    if root is not None:
        _remove(tree, options.remove)
        for start in _select(tree, options.select) if options.select else [root]:
            _append(page, start)
            page.data += _data(start) if ANSWER in html else ()
            page.warnings += _unread(start)
    page.count_text()
    return page


def _unread(start: LexborNode) -> tuple[str, ...]:
    """Warnings about what the subtree of `start` shows and we do not read."""
    frames = [frame for frame in start.css("iframe, frame, embed, object") if _shows_a_page(frame)]
    drawn = any(text.text().strip() for text in start.css("svg text, svg foreignObject"))
    return (
        *((f"{len(frames)} frames or embedded documents on the page were not read",) if frames else ()),
        *(("text in drawings (SVG) was not read",) if drawn else ()),
    )


def _shows_a_page(frame: LexborNode) -> bool:
    """Whether the element embeds a document that is to be seen; trackers take no room."""
    attributes = frame.attributes
    if not {"src", "srcdoc", "data"} & attributes.keys() or attributes.get("src") == "about:blank":
        return False
    size = {attributes.get("width"), attributes.get("height")}
    return not size & {"0", "1", "0px", "1px"} and "none" not in (attributes.get("style") or "")


def _data(start: LexborNode) -> list[str]:
    """The JSON-LD in the subtree of `start`."""
    types = [(script, script.attributes.get("type") or "") for script in start.css("script")]
    return [script.text() for script, kind in types if kind.partition(";")[0].strip().lower() == _DATA_TYPE]


def _title(tree: LexborHTMLParser) -> str:
    found = tree.css_first("head title")
    return " ".join((found.text() if found else "").split())


def _language(attributes: dict[str, str | None]) -> str | None:
    found = re.match(r"\s*([A-Za-z]{2,3})(?:[-_]|\s*$)", attributes.get("lang") or "")
    return found.group(1).lower() if found else None


def _css(tree: LexborHTMLParser, selector: str) -> list[LexborNode]:
    try:
        return tree.css(selector)
    except SelectolaxError as error:
        message = f"the selector {selector!r} is not valid CSS: correct it in the configuration"
        raise ExtractionRefused(message) from error


def _remove(tree: LexborHTMLParser, selectors: tuple[str, ...]) -> None:
    for selector in selectors:
        for node in _css(tree, selector):
            node.remove()


def _select(tree: LexborHTMLParser, selectors: tuple[str, ...]) -> list[LexborNode]:
    """The nodes that any selector matches, in document order, without those inside another match."""
    matched: set[int] = set()
    for selector in selectors:
        found = _css(tree, selector)
        if not found:
            raise ExtractionRefused(
                f"the selector {selector!r} matches nothing on the page: the page was rebuilt?"
            )
        matched.update(node.mem_id for node in found)
    chosen: list[LexborNode] = []
    node = tree.root
    while node is not None:
        if node.mem_id in matched:
            chosen.append(node)
        node = _after(node, None, enter=node.mem_id not in matched)
    return chosen


def _after(node: LexborNode, stop: int | None, *, enter: bool) -> LexborNode | None:
    """The next node in document order inside the subtree of `stop`; skips the children unless `enter`."""
    if enter and node.first_child is not None:
        return node.first_child
    current: LexborNode | None = node
    while current is not None and current.mem_id != stop:
        if current.next is not None:
            return current.next
        current = current.parent
    return None


def _append(page: Page, start: LexborNode) -> None:
    """Append the subtree of `start`; the loop keeps its own stack, for pages nest thousands deep."""
    nodes = page.nodes
    open_nodes: list[tuple[LexborNode, int]] = []
    current: LexborNode | None = start
    while current is not None:
        index = len(nodes)
        goes_in = _append_node(page, current, open_nodes[-1][1] if open_nodes else -1)
        child = current.first_child if goes_in else None
        if child is not None:
            open_nodes.append((current, index))
            current = child
            continue
        if len(nodes) > index:
            nodes[index].end = len(nodes)
        current = current.next if open_nodes else None
        while current is None and open_nodes:
            closed, closed_index = open_nodes.pop()
            nodes[closed_index].end = len(nodes)
            current = closed.next if open_nodes else None


def _append_node(page: Page, current: LexborNode, parent: int) -> bool:
    """Append `current` if it may hold text, and say whether its children are to follow."""
    nodes, tag = page.nodes, current.tag or ""
    if tag in _NO_TEXT or (tag.startswith("-") and tag != _TEXT):
        return False
    if len(nodes) >= NODE_LIMIT:
        raise ExtractionRefused(f"the page has more than {NODE_LIMIT:,} nodes")
    block = -1 if parent < 0 else parent if nodes[parent].is_block else nodes[parent].block
    if tag == _TEXT:
        nodes.append(Node(_TEXT, current.text_content or "", _NONE, parent, block))
        return False
    attributes = current.attributes
    identifier = attributes.get("id")
    if identifier:
        page.ids.setdefault(identifier, len(nodes))
    element = Node(_tag_by_role(tag, attributes), "", attributes, parent, block)
    nodes.append(element)
    address = hidden_address(attributes) if "data-cfemail" in attributes else None
    if address:
        around = len(nodes) - 1
        nodes.append(Node(_TEXT, address, _NONE, around, around if element.is_block else block, around + 2))
    return address is None


def _tag_by_role(tag: str, attributes: dict[str, str | None]) -> str:
    role = attributes.get("role")
    if not role:
        return tag
    if role == "heading":
        level = attributes.get("aria-level") or "2"
        return f"h{min(6, max(1, int(level)))}" if level.isdecimal() else "h2"
    return _TAG_OF_ROLE.get(role, tag)
