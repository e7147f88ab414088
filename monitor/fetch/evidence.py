"""PURE: writes down how a capture was obtained, without secrets and without what does not print."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.fetch.urls import clean

RECORDED_HEADER_BYTES = 16 * 1024
LONGEST_HEADER = 2048

_OPEN_REQUEST_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "host",
        "if-modified-since",
        "if-none-match",
        "user-agent",
    }
)


def request_evidence(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return request headers for the record; of unusual ones only the name, as the value may be a secret."""
    return _recorded(
        (name, value if name.lower() in _OPEN_REQUEST_HEADERS else "(not recorded)") for name, value in headers
    )


def response_evidence(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return response headers for the record; of cookies only the name: a session was offered."""
    return _recorded(
        (name, value.partition("=")[0] if name.lower() == "set-cookie" else value) for name, value in headers
    )


def _recorded(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    kept: list[tuple[str, str]] = []
    left = RECORDED_HEADER_BYTES
    for name, value in headers:
        header = (clean(name, 200), clean(value, LONGEST_HEADER))
        left -= sum(len(part.encode("utf-8")) for part in header)
        if left < 0:
            break
        kept.append(header)
    return tuple(kept)
