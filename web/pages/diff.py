"""Two texts side by side or in one, of one document or of two."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.errors import UsageError
from monitor.history import Comparison
from monitor.refs import Reference, parse
from storage.records import ChangeRecord
from web.comparing import parts_of, rows_of
from web.rendering import long_page
from web.site import Site, site_of

VIEWS = {"side": "Side by side", "inline": "In one text"}
EXTENTS = {"changes": "What changed", "all": "The whole text"}


def diff(request: Request) -> Response:
    site, key, asked = site_of(request), request.path_params["key"], dict(request.query_params)
    view, extent = asked.get("view", "side"), asked.get("show", "changes")
    if view not in VIEWS or extent not in EXTENTS:
        raise UsageError(f"view is one of {', '.join(VIEWS)}, show one of {', '.join(EXTENTS)}")
    found = compared(site, key, asked)
    change = _recorded(site, found)
    rows = rows_of(found.change, change.findings if change else ())
    parts = parts_of(rows, whole=extent == "all")
    return long_page(
        request,
        "diff.html",
        {
            "key": key,
            "before": found.before,
            "after": found.after,
            "one_document": found.before.document.key == found.after.document.key,
            "parts_found": parts,
            "changes": [row for row in rows if row.number is not None],
            "change": change,
            "counts": found.change.counts(),
            "view": view,
            "show": extent,
            "views": VIEWS,
            "extents": EXTENTS,
            "asked": asked,
        },
    )


def compared(site: Site, key: str, asked: Mapping[str, str]) -> Comparison:
    """The two texts that a query names: `from` and `to` of one document, or `to` of the document `with`.

    Raises:
        InputMissing: one of them is not there.
        UsageError: a reference cannot be read, or two origins recorded the two versions.
    """
    zone = site.settings.timezone
    old = parse(asked["from"], zone) if asked.get("from") else None
    new = parse(asked.get("to") or "latest", zone)
    if asked.get("with"):
        return site.history.compare(key, old or Reference(), asked["with"], new)
    return site.history.diff(key, old, new)


def _recorded(site: Site, found: Comparison) -> ChangeRecord | None:
    """The change as it was judged when it was seen, if these two versions followed each other."""
    if found.before.document.id != found.after.document.id:
        return None
    change = site.history.change_of(found.after.appearance)
    return change if change and change.previous_id == found.before.version.id else None


routes = [Route("/documents/{key:path}/diff", diff)]
