"""A diff as one file that needs nothing else, to be kept, sent or filed."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.diff_page import as_page
from monitor.history import Comparison
from monitor.views import comparison_row
from web.pages.diff import compared
from web.site import site_of

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""The file brings its own style; whoever opens it here instead of keeping it opens it as nobody's page."""

_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


def diff_file(request: Request) -> Response:
    found = compared(site_of(request), request.path_params["key"], dict(request.query_params))
    content = as_page(comparison_row(found), found.clauses)
    headers = {
        "content-disposition": f'attachment; filename="{_name(found)}"',
        "content-security-policy": _POLICY,
    }
    return Response(content.encode("utf-8", "replace"), media_type="text/html", headers=headers)


def _name(found: Comparison) -> str:
    ends = (f"{text.document.key} {text.version.number}" for text in (found.before, found.after))
    return _NOT_IN_NAMES.sub("-", " to ".join(ends).lower())[:150] + ".html"


routes = [Route("/documents/{key:path}/diff.html", diff_file)]
