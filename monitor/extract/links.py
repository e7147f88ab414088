"""PURE: the links of an HTML page, with where on the page they stand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urldefrag, urljoin

from monitor.extract.emails import is_protection
from monitor.extract.model import Link, SetAside
from monitor.extract.page import Page
from monitor.urls import check_url

LINK_LIMIT = 5_000
"""Links of one page that are looked at; a long policy has some hundred."""

TEXT_LIMIT = 300
"""Characters of what a link says; longer ones wrap whole sections."""

_BASE = re.compile(r"<base\b[^>]{0,500}?\bhref\s*=\s*[\"']?([^\s\"'>]+)", re.IGNORECASE)
_BASE_WINDOW = 16_384


def base_of(html: str, url: str) -> str:
    """The address that relative links of the page start from."""
    found = _BASE.search(html[:_BASE_WINDOW])
    return _joined(url, found.group(1)) or url if found else url


def find_links(page: Page, soft: Mapping[int, SetAside], base: str) -> tuple[Link, ...]:
    """Every link that leads to a web address, in reading order, once for each text and address."""
    links: dict[Link, None] = {}
    until, surrounding = 0, None
    for index, node in enumerate(page.nodes):
        if index >= until:
            until, surrounding = (node.end, soft[index]) if index in soft else (0, None)
        target = node.attributes.get("href") if node.tag == "a" else None
        address = _joined(base, target) if target else None
        if address:
            links[Link(_text(page, index), address, surrounding)] = None
        if len(links) >= LINK_LIMIT:
            break
    return tuple(links)


def _text(page: Page, index: int) -> str:
    attributes = page.nodes[index].attributes
    text = page.label(index) or attributes.get("aria-label") or attributes.get("title") or ""
    return " ".join(text.split())[:TEXT_LIMIT]


def _joined(base: str, target: str) -> str | None:
    """The absolute address without its fragment, or None where it is none that could be watched."""
    try:
        address = urldefrag(urljoin(base, target.strip())).url
    except ValueError:
        return None
    return None if check_url(address) or is_protection(address) else address
