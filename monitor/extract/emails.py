"""PURE: mail addresses that a content delivery network wrote in a cipher, one anew for every visit."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

_PATH = "/cdn-cgi/l/email-protection"
_LONGEST = 2 * 321
"""Hexadecimal digits: the key and the longest address (RFC 3696, erratum 1690)."""


def hidden_address(attributes: Mapping[str, str | None]) -> str | None:
    """The address that an element stands for whose text is "[email protected]"; None if it is no such element.

    Cloudflare's "Email Address Obfuscation": `data-cfemail` holds a key and then each byte XOR the key.
    """
    return _deciphered(attributes.get("data-cfemail") or "")


def is_protection(url: str) -> bool:
    """Whether a link leads to the page that explains the cipher, and no reader wants to go there."""
    return urlsplit(url).path == _PATH


def _deciphered(digits: str) -> str | None:
    if not 4 <= len(digits) <= _LONGEST:
        return None
    try:
        key, *ciphers = bytes.fromhex(digits)
        address = bytes(cipher ^ key for cipher in ciphers).decode()
    except ValueError:
        return None
    return address if "@" in address else None
