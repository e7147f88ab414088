"""PURE: what went wrong, told to programs (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import Response

from monitor.forms import as_json

MEDIA_TYPE = "application/problem+json"


def problem(status: int, detail: str) -> Response:
    """The status alone says what kind of problem it is; `detail` says what to do."""
    told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return Response(as_json(told), status, media_type=MEDIA_TYPE)
