"""PURE: the bytes that a failing site answers with, by the name of the fault, made of the page that it has."""

from __future__ import annotations

import gzip
from collections.abc import Callable

from tests.servers.http import response
from tests.soak.model import SITE_FAULTS

RESET, DRIPS, SILENT, ENDLESS = "reset", "drip", "silent", "endless"
PLAYED = (RESET, DRIPS, SILENT, ENDLESS)
"""Faults that are a matter of time and not of bytes: `site` plays them."""

BEFORE_ANY_ANSWER = (SILENT, RESET, "garbage")
"""Faults of the whole host: its robots.txt fails as well."""

HEAD_WITHOUT_LENGTH = response().replace(b"Content-Length: 0\r\n", b"")
_BOMB_BYTES = 40 * 1024 * 1024
_BOMB = gzip.compress(bytes(_BOMB_BYTES))
_CHALLENGE = "<html><head><title>Just a moment...</title></head><body>Checking your browser.</body></html>"


def _short(page: bytes) -> bytes:
    return response(page, headers={"Content-Length": str(len(page) + 500)})


def _gzip_cut(page: bytes) -> bytes:
    packed = gzip.compress(page)
    return response(packed[: len(packed) * 2 // 3], headers={"Content-Encoding": "gzip"})


def _chunk_cut(page: bytes) -> bytes:
    whole = response(headers={"Transfer-Encoding": "chunked"}).replace(b"Content-Length: 0\r\n", b"")
    return whole + b"%x\r\n" % len(page) + page[: len(page) // 2]


def _status(status: str, body: str = "come back later", **headers: str) -> Callable[[bytes], bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _page: response(body, status=status, headers=named)


FAULTY: dict[str, Callable[[bytes], bytes]] = {
    "short": _short,
    "gzip cut": _gzip_cut,
    "chunk cut": _chunk_cut,
    "status 500": _status("500 Internal Server Error"),
    "busy 503": _status("503 Service Unavailable", Retry_After="5"),
    "limited 429": _status("429 Too Many Requests", Retry_After="7"),
    "bomb": lambda _page: response(_BOMB, headers={"Content-Encoding": "gzip"}),
    "loop": _status("302 Found", Location="/privacy"),
    "garbage": lambda page: b"what you see is what you get\r\n\r\n" + page,
    "forbidden 403": _status("403 Forbidden"),
    "challenge 403": _status("403 Forbidden", _CHALLENGE),
    "challenge 503": _status("503 Service Unavailable", _CHALLENGE),
    "encoding": lambda page: response(page, headers={"Content-Encoding": "br"}),
    "image": lambda _page: response(b"\x89PNG\r\n\x1a\n" + bytes(200), headers={"Content-Type": "image/png"}),
    "empty": lambda _page: response(""),
    "gone 410": _status("410 Gone"),
    "missing 404": _status("404 Not Found"),
}

assert {*FAULTY, *PLAYED, "refused"} == {*SITE_FAULTS}
