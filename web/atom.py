"""PURE: a feed as Atom (RFC 4287), written by ElementTree: well-formed, whatever the texts in it say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

MEDIA_TYPE = "application/atom+xml"

_NAMESPACE = "http://www.w3.org/2005/Atom"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Signs that no XML document may hold, escaped or not (XML 1.0, 2.2)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened; `identity` is a URI that stays, `html` its content, every text in it escaped."""

    identity: str
    title: str
    at: datetime
    link: str
    html: str
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """What happened lately, newest first; `own_link` is where the feed is, `link` the page that it follows."""

    identity: str
    title: str
    own_link: str
    link: str
    entries: Sequence[Entry]


def as_atom(feed: Feed) -> bytes:
    root = ET.Element("feed", {"xmlns": _NAMESPACE})
    _text(root, "id", feed.identity)
    _text(root, "title", feed.title)
    _text(root, "updated", _time(max((entry.at for entry in feed.entries), default=_NEVER)))
    _text(ET.SubElement(root, "author"), "name", "policywatch")
    ET.SubElement(root, "link", {"rel": "self", "type": MEDIA_TYPE, "href": _xml(feed.own_link)})
    ET.SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": _xml(feed.link)})
    for entry in feed.entries:
        _entry(ET.SubElement(root, "entry"), entry)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _entry(element: ET.Element, entry: Entry) -> None:
    _text(element, "id", entry.identity)
    _text(element, "title", entry.title)
    _text(element, "updated", _time(entry.at))
    ET.SubElement(element, "link", {"rel": "alternate", "type": "text/html", "href": _xml(entry.link)})
    for category in entry.categories:
        ET.SubElement(element, "category", {"term": _xml(category)})
    _text(element, "content", entry.html, {"type": "html"})


def _text(parent: ET.Element, name: str, text: str, attributes: dict[str, str] | None = None) -> None:
    ET.SubElement(parent, name, attributes or {}).text = _xml(text)


def _xml(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
