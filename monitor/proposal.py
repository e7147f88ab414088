"""PURE: what a page that somebody wants to watch might be called in the configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from monitor.keys import slug
from monitor.kinds import guess_kind, words_of, words_of_address
from monitor.sites import brand_of, site_of

_LANGUAGES = frozenset(
    {"en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "fi", "cs", "ja", "ko", "zh"}
)
_REGIONS = frozenset({"eu", "eea", "uk", "us", "ca", "ch", "br", "jp", "kr", "in", "au"})
_LOCALE = re.compile(r"([a-z]{2})[-_]([a-z]{2})", re.IGNORECASE)
_LOCALE_PARAMETERS = ("hl", "lang", "locale", "gl", "region", "country")


@dataclass(frozen=True, slots=True)
class Service:
    """A company or product by its name for people and its id in keys."""

    name: str
    id: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A document as it would stand in the configuration; `every` is None where the default holds."""

    url: str
    service: Service
    kind: str
    variant: str | None
    language: str | None
    region: str | None
    every: str | None

    @property
    def key(self) -> str:
        return "/".join(filter(None, (self.service.id, self.kind, self.variant)))


def propose_kind(url: str, title: str, headings: Sequence[str]) -> str | None:
    """The kind of document that the title names, else the first heading, else the address."""
    return guess_kind([title, *headings[:1], words_of_address(url)])


def propose_service(url: str, title: str, known: Iterable[tuple[Service, str]]) -> Service | None:
    """The service of which a page of this site is watched (`known`, each with an address), else a new one."""
    for service, address in known:
        if site_of(address) == site_of(url):
            return service
    brand = brand_of(url)
    return service_named(_as_written(brand, title) or brand.capitalize(), ()) if brand else None


def service_named(name: str, known: Iterable[Service]) -> Service | None:
    """The known service of this name or id, else a new one; None where no id can be made of the name."""
    identity = slug(name.replace("/", " "))
    for service in known:
        if identity and identity in (service.id, slug(service.name.replace("/", " "))):
            return service
    return Service(name, identity) if identity else None


def propose_place(url: str) -> tuple[str | None, str | None]:
    """(language, region) as far as the address says them."""
    parts = urlsplit(url)
    asked = parse_qs(parts.query)
    words = [value for name in _LOCALE_PARAMETERS for value in asked.get(name, ())]
    words += parts.path.split("/") + (parts.hostname or "").split(".")[:-2]
    language, region = None, None
    for word in words:
        locale = _LOCALE.fullmatch(word)
        if locale and locale[1].lower() in _LANGUAGES:
            return locale[1].lower(), _region(locale[2])
        if word.lower() in _LANGUAGES and word.lower() not in _REGIONS:
            language = language or word.lower()
        elif word.lower() in _REGIONS:
            region = region or _region(word)
    return language, region


def _region(word: str) -> str:
    return {"GB": "UK", "EEA": "EU"}.get(word.upper(), word.upper())


def _as_written(brand: str, title: str) -> str | None:
    """The words of the title that make up the site's name, as in "Example Network" for examplenetwork.com."""
    written = re.findall(r"[^\W_]+", title)
    wanted = words_of(brand).replace(" ", "")
    for start in range(len(written)):
        for end in range(start + 1, min(start + 5, len(written) + 1)):
            if "".join(written[start:end]).casefold() == wanted:
                return " ".join(written[start:end])
    return None
