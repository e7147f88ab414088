"""What HTTP answers have in common: how long a receiver asks us to wait, and what of it may be shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from notifiers.base import DeliveryError, PostReply
from notifiers.headers import header_text

DEFAULT_PAUSE_SECONDS = 30.0
"""How long to wait after a 429 that does not say how long."""

LONGEST_PAUSE_SECONDS = 900.0
"""A longer Retry-After is not followed: a mistaken header must not silence a channel for a day."""

_SHORTEST_SECRET = 6  # characters; shorter parts of an address are words such as "hooks"
_SHOWN = 100  # characters of what a receiver said


def utc_now() -> datetime:
    return datetime.now(UTC)


def retry_after(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds to wait, from either form of Retry-After (RFC 9110, 10.2.3)."""
    value = next((text for name, text in headers.items() if name.lower() == "retry-after"), "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), LONGEST_PAUSE_SECONDS)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return DEFAULT_PAUSE_SECONDS
    if moment.tzinfo is None:  # "-0000", which HTTP does not use
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 1.0), LONGEST_PAUSE_SECONDS)


def asked_to_wait(who: str, reply: PostReply, now: datetime, note: str = "") -> DeliveryError:
    """The error for an answer that asks for a pause: the whole channel rests for so long."""
    pause = retry_after(reply.headers, now)
    reason = f"{who} asks to wait {pause:g} seconds{note}"
    return DeliveryError(reason, transient=True, retry_after=pause, channel_wide=True)


def without_address(text: str, url: str) -> str:
    """`text` without an address that is a secret, whole or in parts."""
    parts = urlsplit(url)
    secrets = [*parts.path.split("/"), *parts.query.replace("=", "&").split("&")]
    return without(text.replace(url, "the webhook"), secrets)


def without(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "***")
    return text


def said(text: str) -> str:
    """The beginning of an answer, on one line."""
    return header_text(text)[:_SHOWN] or "an empty body"
