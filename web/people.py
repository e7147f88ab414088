"""PURE: who asks, and whether the request may be answered at all: hosts, origins, tokens, a proxy's word."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from urllib.parse import quote, unquote, urlsplit

from monitor.config import Web

SESSION = "policywatch_session"
"""The cookie of somebody who showed a token: a proof of it that is not the token."""

NAME = "policywatch_name"
"""The cookie with the name that somebody gave, where nobody has to show a token."""

LONGEST_NAME = 100
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks; `name` is None until they say it. `has_session` if they can sign out."""

    name: str | None
    has_session: bool = False


def hosts_of(web: Web, public_url: str) -> frozenset[str]:
    """The names by which the browser may be called; any other is a page that had its own name lead here.

    (DNS rebinding: a page of a stranger, whose name suddenly leads to 127.0.0.1, could read all.)
    """
    listening = f"[{web.host}]" if ":" in web.host else web.host
    public = urlsplit(public_url).hostname or ""
    wildcard = ip_address(web.host).is_unspecified
    named = {*web.hosts, public.lower(), *(() if wildcard else (listening,))}
    return frozenset(named | _LOOPBACK_NAMES) - {""}


def host_name(header: str) -> str:
    """The name in a Host header, in lower case and without its port; empty if it is none."""
    name, colon, port = header.lower().rpartition(":")
    if not colon or name.endswith(":") or "]" in port:  # an address in brackets, or no port
        name, port = header.lower(), ""
    return name if not port or port.isdecimal() else ""


def is_own_origin(origin: str | None, host: str, public_url: str) -> bool:
    """Whether a form was on a page of ours: its origin is where the request went, or the public address."""
    try:
        parts = urlsplit(origin or "")
    except ValueError:
        return False
    if parts.scheme not in ("http", "https"):
        return False
    return parts.netloc.lower() in {host.lower(), urlsplit(public_url).netloc.lower()} - {""}


def identify(web: Web, headers: Mapping[str, str], peer: str | None) -> Visitor | None:
    """Who asks; None if nobody knows and somebody should."""
    cookies = _cookies(headers)
    session = cookies.get(SESSION, "")
    if session and (name := _whose(web, session_of, session)):
        return Visitor(name, has_session=True)
    if (token := _token(headers.get("authorization", ""))) and (name := who_has(web, token)):
        return Visitor(name)
    if web.user_header is not None and _is_proxy(web, peer) and (named := headers.get(web.user_header.lower())):
        return Visitor(as_name(named))
    if web.users or web.user_header is not None:
        return None
    return Visitor(as_name(unquote(cookies.get(NAME, ""))) or None)


def who_has(web: Web, token: str) -> str | None:
    """The user whose token this is."""
    return _whose(web, lambda known: known, token)


def session_of(token: str) -> str:
    """What the cookie holds of somebody with this token; another token ends all sessions of the old one."""
    return hmac.new(token.encode(), b"policywatch session", hashlib.sha256).hexdigest()


def as_name(text: str) -> str:
    """A name as it may be written down: one line of at most 100 printable characters."""
    return "".join(sign for sign in text if sign.isprintable()).strip()[:LONGEST_NAME]


def name_cookie(name: str) -> str:
    return quote(name, safe="")


def _whose(web: Web, form: Callable[[str], str], shown: str) -> str | None:
    """Every token is compared, each in constant time, so that no answer's delay tells of one."""
    found = None
    for name, token in web.users.items():
        if hmac.compare_digest(form(token.reveal()).encode(), shown.encode()):
            found = name
    return found


def _token(authorization: str) -> str:
    """A token sent as Bearer, or as the password of Basic, which is all that many readers of feeds know."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _cookies(headers: Mapping[str, str]) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}


def _is_proxy(web: Web, peer: str | None) -> bool:
    try:
        address = ip_address(peer or "")
    except ValueError:
        return False
    return address.is_loopback or any(address in network for network in web.proxies)
