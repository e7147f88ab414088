"""Whether the browser lives, whether it can answer, and the daemon's figures for Prometheus."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from monitor.exposition import MEDIA_TYPE, exposition
from monitor.readings import read, runs
from storage.errors import StorageError
from web.site import site_of


async def livez(_request: Request) -> Response:
    """Answered by the event loop itself, however busy the threads are."""
    return PlainTextResponse("alive\n")


def readyz(request: Request) -> Response:
    """Why it cannot answer is left out: whoever asks here need not be known."""
    try:
        site_of(request).history.life()
    except StorageError:
        return PlainTextResponse("the database cannot be read\n", 503)
    return PlainTextResponse("ready\n")


def metrics(request: Request) -> Response:
    site = site_of(request)
    path = site.settings.database
    found = read(path, site.settings.paused, site.clock(), running=runs(path))
    return Response(exposition(found), media_type=MEDIA_TYPE)


routes = [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)]
