"""Reads a mail's HTML as a mail client would: its visible text, its links, and what it would fetch or run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

from notifiers.base import Message
from notifiers.email import EmailSettings, compose

_FETCHING = frozenset({"audio", "embed", "iframe", "img", "link", "object", "script", "source", "svg", "video"})


@dataclass
class Page:
    text: str = ""
    links: list[tuple[str, str]] = field(default_factory=list)
    dangers: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "br"}:
            self._inside.append(tag)
        names = dict(attrs)
        if tag in _FETCHING or any(name.startswith("on") or name in {"src", "background"} for name in names):
            self.page.dangers.append(tag)
        if tag == "a":
            self.page.links.append((names.get("href") or "", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            self._inside = self._inside[: len(self._inside) - 1 - self._inside[::-1].index(tag)]

    def handle_data(self, data: str) -> None:
        if "style" in self._inside:
            if "url(" in data or "@import" in data:
                self.page.dangers.append("style")
            return
        if "a" in self._inside:
            href, shown = self.page.links[-1]
            self.page.links[-1] = (href, shown + data)
        self.page.text += data


def read_html(html: str) -> Page:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page


def bytes_of_mail(message: Message) -> int:
    """How long a mail is on its way, without what is attached to it."""
    settings = EmailSettings("mail.example.com", 587, "policywatch@example.com")
    return len(compose(replace(message, attachments=()), "dpo@example.com", settings).as_bytes())
