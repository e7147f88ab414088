"""What channels do with their secrets: read them when they are needed, and keep them out of every error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from notifiers.base import DeliveryError, Post, PostReply


def revealed(secret: Callable[[], str], what: str) -> str:
    """A secret, read anew; `what` names it in the error.

    Raises:
        DeliveryError: it cannot be read (transient).

    """
    try:
        return secret()
    except OSError as error:
        reason = f"{what} cannot be read: {error.strerror}"
        raise DeliveryError(reason, transient=True, channel_wide=True) from error


async def posted(
    post: Post,
    url: str,
    content: dict[str, Any] | bytes,
    headers: dict[str, str],
    *,
    hide: Callable[[str], str],
) -> PostReply:
    """The reply to a post; an error says what `hide` leaves of it, because it may name the address.

    Raises:
        DeliveryError: no reply came, or the address is not allowed.

    """
    try:
        return await post(url, content, headers)
    except DeliveryError as error:
        raise DeliveryError(
            hide(error.reason), transient=error.transient, retry_after=error.retry_after, channel_wide=True
        ) from None
