"""Which document an archived page belongs to: one of the configuration, a given key, or one of its own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from monitor.config import Target
from monitor.errors import UsageError
from monitor.extract.model import ExtractOptions
from monitor.importers.recorded import Described
from monitor.keys import MAX_KEY_LENGTH, is_key, slug

_SUFFIX = re.compile(r"\.(?:s?html?|php|aspx?|jsp|pdf|txt|md)\Z", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def canonical(url: str) -> str | None:
    """What addresses of one page have in common: no scheme, `www.`, fragment or last slash. None: not http."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in _DEFAULT_PORTS or not parts.hostname:
        return None
    shown = f":{port}" if port not in (None, _DEFAULT_PORTS[parts.scheme.lower()]) else ""
    return f"{_host(parts)}{shown}{parts.path.rstrip('/')}" + (f"?{parts.query}" if parts.query else "")


class Addresses:
    """Documents by the addresses of their pages.

    Addresses of `targets` lead to their documents. Any other page is the document `key`, if one is given, and
    else has a key made of its host and path. With `only`, every other page is passed over.

    Raises:
        UsageError: `only` is no address of a page.
    """

    def __init__(self, targets: Sequence[Target], *, key: str | None = None, only: str | None = None) -> None:
        self._configured = {
            address: described for target in targets for address, described in _of_target(target)
        }
        self._by_key = {target.key: target for target in targets}
        self.key = key
        self._only = canonical(only) if only else None
        if only and self._only is None:
            raise UsageError(
                f"--url {only!r}: write the address of a page, such as https://example.com/privacy"
            )

    def is_named(self, url: str) -> bool:
        """Whether somebody asked for this very address, so that what it redirects to belongs to it."""
        address = canonical(url)
        return address is not None and (address == self._only if self._only else address in self._configured)

    def document_of(self, url: str) -> Described | None:
        """The document that the page at `url` belongs to; None if it is passed over."""
        address = canonical(url)
        if address is None or (self._only and address != self._only):
            return None
        if address in self._configured:
            return self._configured[address]
        if self.key is None:
            return _derived(url)
        target = self._by_key.get(self.key)
        if target is not None:
            return _described(target, self.key, url)
        service, kind, *_ = self.key.split("/")
        return Described(self.key, service, kind, urls=(url,))


def _of_target(target: Target) -> list[tuple[str, Described]]:
    """A target's addresses; each of several is a document of its own, since captures of them come alone."""
    if len(target.urls) == 1:
        return [(canonical(target.urls[0]) or "", _described(target, target.key, target.urls[0]))]
    joint = "-" if target.key.count("/") == 2 else "/"
    return [
        (canonical(url) or "", _described(target, f"{target.key}{joint}{number}", url))
        for number, url in enumerate(target.urls, 1)
    ]


def _described(target: Target, key: str, url: str) -> Described:
    return Described(
        key, target.service, target.kind, target.region, target.language, (url,),
        ExtractOptions(target.select, target.remove),
    )  # fmt: skip


def _derived(url: str) -> Described:
    """HOST/PAGE or HOST/PAGE/FOLDERS; where that leaves something out, a hash of the address follows."""
    parts = urlsplit(url)
    *folders, page = [segment for segment in parts.path.split("/") if segment] or ["home"]
    words = [_SUFFIX.sub("", page), *folders]
    kind = slug(words[0].replace("/", " ")) or "page"
    variant = "-".join(filter(None, (slug(folder) for folder in folders)))
    if parts.query or any(slug(word) != word for word in words):
        variant = "-".join(filter(None, (variant, _hash(url))))
    service = slug(_host(parts)) or "site"
    key = "/".join(filter(None, (service, kind, variant)))
    if not is_key(key):
        key = f"{service[: MAX_KEY_LENGTH // 2].strip('-')}/page/{_hash(url)}"
    return Described(key, _host(parts), key.split("/")[1], urls=(url,))


def _hash(url: str) -> str:
    return hashlib.sha256((canonical(url) or url).encode("utf-8", "replace")).hexdigest()[:8]


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").rstrip(".").removeprefix("www.")
