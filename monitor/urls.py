"""PURE: which addresses may be watched or posted to at all; whether a host is public is seen at connect time.

Strict on purpose: where two URL parsers could disagree about the host, the address is refused.
"""

from __future__ import annotations

import ipaddress
import re

MAX_URL_LENGTH = 2000

_SHAPE = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?://(?P<authority>[^/?#]*))?")
_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(?::(?P<port>[0-9]*))?")
_HOST_NAME = re.compile(r"(?=.{1,253}\Z)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*"
                        r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.?")  # fmt: skip
_NUMERIC_LABEL = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")


def check_url(url: str) -> str | None:
    """Say what is wrong with `url` as an absolute http or https address, or None if nothing is.

    The answer never repeats the address, which may hold a password.
    """
    if len(url) > MAX_URL_LENGTH:
        return f"the address is longer than {MAX_URL_LENGTH} characters"
    if not url.isprintable() or any(character.isspace() for character in url):
        return "the address holds a space, a line break or another invisible character"
    if "\\" in url:
        return "the address holds a backslash"
    shape = _SHAPE.match(url)
    if shape is None or shape["scheme"].lower() not in ("http", "https"):
        return 'the address must begin with "https://" or "http://"'
    if not shape["authority"]:
        return "the address names no host"
    return _check_authority(shape["authority"])


def host_of(url: str) -> str:
    """Take the host, in lower case and without brackets, out of an address that `check_url` accepts."""
    shape = _SHAPE.match(url)
    authority = _AUTHORITY.match(shape["authority"] or "") if shape else None
    return authority["host"].strip("[]").lower() if authority else ""


def _check_authority(authority: str) -> str | None:
    if "@" in authority:
        return "the address holds a user name or password; only pages that need no login can be watched"
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        return "the host of the address is malformed"
    if parts["port"] is not None and not _is_port(parts["port"]):
        return "the port of the address must be a number from 1 to 65535"
    return _check_host(parts["host"])


def _is_port(text: str) -> bool:
    return text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65535


def _check_host(host: str) -> str | None:
    if not host.isascii():
        return "the host must be written in its ASCII form (xn--...), so that nobody mistakes it for another"
    if host.startswith("["):
        return None if _is_address(host[1:-1], ipaddress.IPv6Address) else "the IPv6 address is malformed"
    if not _HOST_NAME.fullmatch(host):
        return "the host of the address is malformed"
    if _NUMERIC_LABEL.fullmatch(host.rstrip(".").rpartition(".")[2]) and not _is_address(
        host, ipaddress.IPv4Address
    ):
        return "an IPv4 address must be written as four decimal numbers"
    return None


def _is_address(text: str, family: type[ipaddress.IPv4Address | ipaddress.IPv6Address]) -> bool:
    try:
        family(text)
    except ValueError:
        return False
    return "%" not in text
