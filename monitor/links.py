"""PURE: which links of a watched page lead to pages that somebody should watch, and nobody does."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from urllib.parse import urlsplit

from monitor.alerting import AlertPlan
from monitor.extract.model import Link
from monitor.kinds import kind_of, words_of, words_of_address
from monitor.sites import is_of_site, page_of

LINKS_NAMED = 100
"""New links that one alert keeps; a page that gains more of them was rebuilt."""

# What a page on data and AI speaks of that names no kind of document: "How we train our models", "Opt out".
_TOPICS = re.compile(
    r"\b(?:ai|gai|genai|ki|ia|artificial intelligence|künstlicher? intelligenz|intelligence artificielle"
    r"|inteligencia artificial|intelligenza artificiale|inteligência artificial|machine learning|llms?"
    r"|train(?:s|ed|ing)?|trainier\w*|entraîne\w*|entrenamiento|addestra\w*|treina\w*"
    r"|opt ?(?:out|in)|opting (?:out|in)|object(?:ion)?|widersp\w+|opposition|exclusi\w+"
    r"|consent|einwilligung\w*|consentement|consentimiento|consenso|consentimento|toestemming"
    r"|(?:your|my|our|user|customer|personal) data|do not sell"
    r"|data (?:protection|use|usage|sharing|retention|settings)"
    r"|daten|données|datos|dados|dati|gegevens)\b"
)
_NO_DOCUMENT = re.compile(
    r"\b(?:log ?(?:in|out)|sign ?(?:in|up|out)|register|download app|anmelden|connexion"
    r"|previous|prior|archived?|archives|frühere|précédentes?|anteriores?|vorige)\b"
)
_FILES = re.compile(r"\.(?:zip|png|jpe?g|gif|svg|mp4|csv|xlsx?|docx?|ics|xml|rss)\Z", re.IGNORECASE)


_ADDRESS = re.compile(r"\S+\.[a-z]{2,}(?:/\S*)?/?", re.IGNORECASE)
_LOCALE = re.compile(
    r"/[a-z]{2}[-_][a-z]{2}(?=/|\?|\Z)|(?<=[?&])(?:hl|gl|lang|locale|language)=[^&]*&?", re.IGNORECASE
)


def unwatched_links(
    links: Iterable[Link], pages: Collection[str], watched: Collection[str]
) -> tuple[Link, ...]:
    """Of the links of a document, those that lead to a policy, FAQ, help page or setting that is not watched.

    `pages` are the document's own addresses, `watched` all that the configuration names. A page is listed
    once, under the first words that link to it, and not because of its translations. What the text links to
    counts if it names a kind of document or speaks of data or AI; what surrounds the text only if it names a
    kind, for it links to all the rest of the site as well.
    """
    known = {linked_page(url) for url in (*pages, *watched)}
    at_home = any(kind_of(words_of_address(url)) in ("help", "faq") for url in pages)
    found: dict[str, Link] = {}
    for link in links:
        page, of_site = linked_page(link.url), any(is_of_site(link.url, url) for url in pages)
        if page not in known and of_site and _speaks(link, at_home=at_home):
            found.setdefault(page, link)
    return tuple(found.values())


def new_links(before: Iterable[Link], after: Iterable[Link]) -> tuple[Link, ...]:
    """The links of `after` to pages that `before` links to nowhere, in whatever words."""
    known = {linked_page(link.url) for link in before}
    return tuple(link for link in after if linked_page(link.url) not in known)


def name_new_links(
    alert: AlertPlan,
    before: Iterable[Link],
    after: Iterable[Link],
    pages: Collection[str],
    watched: Collection[str],
) -> AlertPlan:
    """`alert` with the pages that `after` links to, `before` did not, and nobody watches."""
    found = new_links(before, unwatched_links(after, pages, watched))[:LINKS_NAMED]
    if not found:
        return alert
    named = [{"text": link.text, "url": link.url} for link in found]
    return replace(alert, details={**alert.details, "new_links": named})


def linked_page(url: str) -> str:
    """`url` as links are compared: one page in all its languages."""
    return _LOCALE.sub("", page_of(url)).rstrip("?&")


def link_kind(link: Link) -> str | None:
    """The kind of document that the words or the address of a link name."""
    by_words = kind_of(_words(link))
    return by_words if by_words not in (None, "help") else kind_of(words_of_address(link.url)) or by_words


def _speaks(link: Link, *, at_home: bool) -> bool:
    """Whether the link is worth a look; on a help page (`at_home`) another help page is not by itself."""
    text, address = _words(link), words_of_address(link.url)
    if not address or _FILES.search(urlsplit(link.url).path):
        return False
    if _NO_DOCUMENT.search(text) or _NO_DOCUMENT.search(address):
        return False
    kind = link_kind(link)
    if kind not in (None, "help"):
        return True
    if link.surrounding is not None:
        return False
    return (kind == "help" and not at_home) or bool(_TOPICS.search(text) or _TOPICS.search(address))


def _words(link: Link) -> str:
    """What the link says; an address says it by itself, and the end of "example.ai" speaks of no AI."""
    return "" if _ADDRESS.fullmatch(link.text) else words_of(link.text)
