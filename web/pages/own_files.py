"""Our own style, scripts and pictures."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from web.rendering import static_files

_FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}


def own_file(request: Request) -> Response:
    found = static_files().get(request.path_params["name"])
    if found is None:
        raise HTTPException(404)
    content, media_type = found
    return Response(content, media_type=media_type, headers=_FOR_EVER)


routes = [Route("/static/{name}", own_file)]
