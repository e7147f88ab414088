"""Answers that programs ask for again and again: sent whole only if they are others than last time."""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from web.site import site_of

_ASK_AGAIN = "private, no-cache"
"""May be kept by whoever asked, and must be asked for before it is shown again."""


def base_of(request: Request) -> str:
    """Where the browser is reached, without a slash at its end."""
    return site_of(request).settings.public_url or f"{request.url.scheme}://{request.headers['host']}"


def unless_known(request: Request, content: bytes, media_type: str) -> Response:
    """The content, or 304 where the request names it by its ETag (RFC 9110, 13.1.2)."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": _ASK_AGAIN}
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if known & {tag, "*"}:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
