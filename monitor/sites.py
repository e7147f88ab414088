"""PURE: which addresses are one site, one page, and what the site is called."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from monitor.urls import host_of

# Below these a country hands out names, as in "example.co.uk".
_SHARED = frozenset({"ac", "co", "com", "edu", "gov", "net", "or", "org"})
# Parameters by which sites learn where a visitor came from.
_TRACKING = re.compile(
    r"(?:utm_\w+|gclid|fbclid|msclkid|mc_[ce]id|trk\w*|lipi|hcppcid|ref|ref_src|src|source|visit_id|rd)(?:=|\Z)"
)
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def site_of(url: str) -> str:
    """The registered name that the host of `url` belongs to, as near as names alone tell; else the host."""
    host = host_of(url).rstrip(".")
    labels = host.split(".")
    if labels[-1].isdigit() or ":" in host:
        return host
    is_shared = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SHARED
    return ".".join(labels[-3 if is_shared else -2 :])


def brand_of(url: str) -> str | None:
    """The site's own word, `example` of `www.example.co.uk`; None where the host is no name."""
    name, _, top = site_of(url).partition(".")
    return name if top and not top.rpartition(".")[2].isdigit() else None


def is_of_site(url: str, site_url: str) -> bool:
    """Whether `url` is of the same site, or of one that bears its name (`example.zendesk.com`)."""
    if site_of(url) == site_of(site_url):
        return True
    brand = brand_of(site_url)
    return brand is not None and len(brand) > 2 and brand in host_of(url).split(".")[:-1]


def page_of(url: str) -> str:
    """`url` as it is compared: without differences that lead to no other page (scheme, "www", tracking)."""
    parts = urlsplit(url)
    port = f"{parts.port}" if parts.port else ""
    host = host_of(url) + (f":{port}" if port and port != _DEFAULT_PORTS.get(parts.scheme) else "")
    asked = [pair for pair in parts.query.split("&") if pair and not _TRACKING.match(pair)]
    return host.removeprefix("www.") + parts.path.rstrip("/") + ("?" + "&".join(asked) if asked else "")
