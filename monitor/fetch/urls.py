"""PURE: how a redirect is resolved, which URLs share a host, and how a URL is shown in a message."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from monitor.urls import check_url, host_of

DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST_SHOWN = 200

_USER_INFORMATION = re.compile(r"//[^/?#]*@")


def join(url: str, location: str) -> tuple[str, str | None]:
    """Resolve a redirect's `location` against `url`; return the target and what is wrong with it, or None."""
    # Before joining, because urljoin silently drops tabs, line breaks and leading control characters.
    if not location.isprintable() or " " in location or "\\" in location:
        return location, "the address holds a space, a backslash or an invisible character"
    try:
        target = urljoin(url, location)
    except ValueError:
        return location, "the address is malformed"
    return target, check_url(target)


def scheme_of(url: str) -> str:
    """Return the lower-case scheme of a URL that `check_url` accepts."""
    return urlsplit(url).scheme


def port_of(url: str) -> int:
    """Return the port of a URL that `check_url` accepts, the scheme's own if none is written."""
    parts = urlsplit(url)
    return parts.port or DEFAULT_PORTS[parts.scheme]


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL that `check_url` accepts, without a path."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def same_host(first: str, second: str) -> bool:
    """Tell whether both lead to one host and port; http and https on their own ports count as one."""
    ports = (port_of(first), port_of(second))
    return host_of(first) == host_of(second) and (ports[0] == ports[1] or ports == (80, 443))


def shown(url: str) -> str:
    """Return `url` fit for a message: no user information, no control characters, not long."""
    return clean(_USER_INFORMATION.sub("//...@", url), LONGEST_SHOWN)


def clean(text: str, longest: int) -> str:
    """Replace what does not print (controls, line separators, BiDi marks, surrogates) and cut to `longest`."""
    printable = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[:longest]
    )
    return printable if len(text) <= longest else printable[:-3] + "..."
