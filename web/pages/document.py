"""One document: its versions in time, what changed with each, and when nobody could see it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from monitor.errors import UsageError
from monitor.messages.escape import is_web_address
from monitor.views import state_word
from storage import course
from storage.course import Gap, Sight, Stage
from storage.records import LIVE, Document
from web.drawing import WIDTH, life_of
from web.links import document_link, with_query
from web.paging import whole_number
from web.rendering import page
from web.site import Site, site_of

STAGES_ON_A_PAGE = 40


def document(request: Request) -> Response:
    site, asked = site_of(request), request.query_params
    found = site.history.document(request.path_params["key"])
    before = whole_number(asked.get("before"))
    with site.history.reading() as reading:
        stages = course.stages(reading, found.id, STAGES_ON_A_PAGE + 1, before)
        gaps = course.gaps(reading, found.id)
        moments = course.moments(reading, found.id)
        sight, extent = course.sight(reading, found.id), course.extent(reading, found.id)
    listed = stages[:STAGES_ON_A_PAGE]
    older = listed[-1].appearance_id if len(stages) > STAGES_ON_A_PAGE else None
    return page(
        request,
        "document.html",
        {
            "document": found,
            "state": _state(site, found, sight),
            "sight": sight,
            "extent": extent,
            "link": next((url for url in found.urls if is_web_address(url)), None),
            "course": _merged(listed, gaps, newest=before is None, oldest=older is None),
            "older": older,
            "newest": before is None,
            "life": life_of(moments, gaps, site.clock()),
            "width": WIDTH,
        },
    )


def as_of(request: Request) -> Response:
    """The form by which a day or a version is chosen leads to its page."""
    key, wanted = request.path_params["key"], request.query_params.get("ref", "").strip()
    return RedirectResponse(document_link(key, "at", wanted or "latest"), 303)


def chosen_diff(request: Request) -> Response:
    """The form by which two versions are chosen: what is left empty is left out."""
    key, asked = request.path_params["key"], dict(request.query_params)
    if not asked.get("to") and not asked.get("with"):
        raise UsageError("say which version is the newer one: a number, latest or a date")
    return RedirectResponse(with_query(document_link(key, "diff"), asked), 303)


def _state(site: Site, found: Document, sight: Sight) -> str:
    return state_word(
        is_watched=found.origin == LIVE and sight.next_due_at is not None,
        is_paused=found.key in site.settings.paused,
        told=sight.told,
        last=sight.outcome,
    )


def _merged(stages: Sequence[Stage], gaps: Sequence[Gap], *, newest: bool, oldest: bool) -> list[Stage | Gap]:
    """Versions and outages in the order in which they began, the newest first."""
    if not stages:
        return list(reversed(gaps)) if newest else []
    since, until = stages[-1].captured_at, stages[0].observed_until
    here = [gap for gap in gaps if (oldest or gap.since >= since) and (newest or gap.since <= until)]
    return sorted([*stages, *here], key=_began, reverse=True)


def _began(each: Stage | Gap) -> datetime:
    return each.captured_at if isinstance(each, Stage) else each.since


routes = [
    Route("/documents/{key:path}/at", as_of),
    Route("/documents/{key:path}/compare", chosen_diff),
    Route("/documents/{key:path}", document),
]
