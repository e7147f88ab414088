"""All documents by service: how each stands, when it last changed, what is unread."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from web.rendering import page


def overview(request: Request) -> Response:
    return page(request, "overview.html", {})


routes = [Route("/", overview)]
