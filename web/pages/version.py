"""One version of a document as people read it, and its stored bytes as a file."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.refs import parse
from web.rendering import long_page
from web.site import site_of


def version(request: Request) -> Response:
    """What stood at a day or time, or the version of a number."""
    site, key = site_of(request), request.path_params["key"]
    reference = parse(request.path_params["reference"], site.settings.timezone)
    found = site.history.text(key, reference)
    return long_page(
        request,
        "version.html",
        {
            "text": found,
            "reference": reference,
            "clauses": [(place, clause) for place, clause in enumerate(found.clauses) if not clause.soft],
            "change": site.history.change_of(found.appearance),
        },
    )


def raw(request: Request) -> Response:
    """The stored bytes: a file to be kept, never a page (no captured markup is run on our own origin)."""
    key, reference = request.path_params["key"], parse(request.path_params["reference"])
    content = site_of(request).history.raw(key, reference)
    name = f"{key.replace('/', '_')}_{reference.text.replace(':', '')}.txt"
    return Response(
        content,
        media_type="text/plain; charset=utf-8",
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "content-security-policy": "sandbox; default-src 'none'",
        },
    )


routes = [
    Route("/documents/{key:path}/at/{reference}/raw", raw),
    Route("/documents/{key:path}/at/{reference}", version),
]
