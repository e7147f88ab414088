"""PURE: an HTML document as a flat list of nodes in reading order, with the amount of text under each.

A subtree is a range of the list, so that every later step is a loop: nesting of any depth loses no text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from monitor.extract.emails import hidden_address
from monitor.extract.failures import ExtractionRefused
from monitor.extract.model import ExtractOptions
from monitor.extract.shadow import open_shadow_roots

NODE_LIMIT = 600_000
"""Nodes of one page; the largest of 7,653 real captures has under 20,000."""

_NO_TEXT_TAGS = """
script style link meta template svg iframe embed canvas audio video select datalist input head
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
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_READ_ATTRIBUTE_NAMES = """
id role hidden style href title contenteditable start reversed value data-target data-bs-target data-cfemail
aria-busy aria-controls aria-describedby aria-expanded aria-haspopup aria-hidden aria-label aria-level
"""
_READ_ATTRIBUTES = frozenset(_READ_ATTRIBUTE_NAMES.split())
"""All others are dropped: pages that differ in them alone read the same."""

_NONE: dict[str, str | None] = {}


Piece = tuple[str, str, dict[str, str | None], int]
"""One element, or one text: its tag ("-text"), its text, its attributes, the place of what it stands in."""


class Content(NamedTuple):
    """All that is read of a page, in reading order: where it is equal, so is what is made of it."""

    title: str
    language: str | None
    pieces: list[Piece]
    data: list[str]
    warnings: list[str]


@dataclass(slots=True)
class Node:
    """One element, or one text; its subtree is the range from its own index to `end`.

    `block` is the index of the nearest block element around it, or -1; `heading_level` 1 to 6, or 0.
    """

    tag: str
    text: str
    attributes: dict[str, str | None]
    parent: int
    block: int
    end: int
    is_text: bool
    is_block: bool
    role: str
    heading_level: int


@dataclass(slots=True)
class Page:
    """The nodes of a page, by `ids` the first of each id, and in `sizes` the characters of text before each.

    `data` is the page's JSON-LD, if it holds an answer.
    """

    title: str
    language: str | None
    nodes: list[Node]
    data: list[str]
    warnings: list[str]
    ids: dict[str, int] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)

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


def parse(html: str, options: ExtractOptions) -> Content:
    """Parse `html` and apply the user's selectors; raises ExtractionRefused where either does not fit."""
    tree = LexborHTMLParser(open_shadow_roots(html))
    root = tree.root
    content = Content(_title(tree), _language(root.attributes if root else _NONE), [], [], [])
    if root is not None:
        _remove(tree, options.remove)
        for start in _select(tree, options.select) if options.select else [root]:
            _append(content.pieces, start)
            content.data.extend(_data(start) if ANSWER in html else ())
            content.warnings.extend(_unread(start))
    return content


def page_of(content: Content) -> Page:
    """The page with what every later step asks of its nodes."""
    page = Page(content.title, content.language, _nodes(content.pieces), content.data, content.warnings)
    for index, node in enumerate(page.nodes):
        identifier = node.attributes.get("id")
        if identifier:
            page.ids.setdefault(identifier, index)
    page.sizes = [0, *accumulate(len(node.text.strip()) for node in page.nodes)]
    return page


def parse_page(html: str, options: ExtractOptions) -> Page:
    """As `parse` and `page_of`."""
    return page_of(parse(html, options))


def _unread(start: LexborNode) -> tuple[str, ...]:
    """Warnings about what the subtree of `start` shows and we do not read."""
    frames = [frame for frame in start.css("iframe, frame, embed, object") if _shows_a_page(frame)]
    drawn = any(text.text().strip() for text in start.css("svg text, svg foreignObject"))
    return (
        *((f"frames or embedded documents on the page were not read: {len(frames)}",) if frames else ()),
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


def _append(pieces: list[Piece], start: LexborNode) -> None:
    """Append all of the subtree of `start` that may hold text."""
    around = start.parent
    places = {around.mem_id if around else 0: -1}
    for node in start.traverse(include_text=True):
        around = node.parent
        parent = places.get(around.mem_id if around else 0)
        if parent is None:
            continue
        tag = node.tag or ""
        if tag == _TEXT:
            pieces.append((_TEXT, node.text_content or "", _NONE, parent))
        elif tag in _NO_TEXT or tag.startswith("-"):
            continue
        elif _append_element(pieces, tag, node.attributes, parent):
            places[node.mem_id] = len(pieces) - 1
        if len(pieces) > NODE_LIMIT:
            raise ExtractionRefused(f"the page has more than {NODE_LIMIT:,} nodes")


def _append_element(pieces: list[Piece], tag: str, attributes: dict[str, str | None], parent: int) -> bool:
    """Append one element, and say whether what it holds is to follow."""
    read = _NONE if _READ_ATTRIBUTES.isdisjoint(attributes) else _read_of(attributes)
    pieces.append((_tag_by_role(tag, read) if read else tag, "", read, parent))
    address = hidden_address(read) if "data-cfemail" in read else None
    if address:
        pieces.append((_TEXT, address, _NONE, len(pieces) - 1))
    return address is None


def _read_of(attributes: dict[str, str | None]) -> dict[str, str | None]:
    return {name: value for name, value in attributes.items() if name in _READ_ATTRIBUTES}


def _tag_by_role(tag: str, attributes: dict[str, str | None]) -> str:
    role = attributes.get("role")
    if not role:
        return tag
    if role == "heading":
        level = attributes.get("aria-level") or "2"
        return f"h{min(6, max(1, int(level)))}" if level.isdecimal() else "h2"
    return _TAG_OF_ROLE.get(role, tag)


def _nodes(pieces: list[Piece]) -> list[Node]:
    nodes: list[Node] = []
    for (tag, text, attributes, parent), end in zip(pieces, _ends(pieces), strict=True):
        around = nodes[parent] if parent >= 0 else None
        block = -1 if around is None else parent if around.is_block else around.block
        role = (attributes.get("role") or "").lower() if attributes else ""
        is_block, level = tag in _BLOCKS, _HEADINGS.get(tag, 0)
        nodes.append(Node(tag, text, attributes, parent, block, end, tag == _TEXT, is_block, role, level))
    return nodes


def _ends(pieces: list[Piece]) -> list[int]:
    """Where the subtree of each piece ends: with its last child, or right behind it."""
    ends = list(range(1, len(pieces) + 1))
    for index in range(len(pieces) - 1, 0, -1):
        parent = pieces[index][3]
        if parent >= 0 and ends[parent] < ends[index]:
            ends[parent] = ends[index]
    return ends
