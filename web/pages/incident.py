"""An incident: the alerts of one service, close in time, as one thing to read; and who else changed then."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from monitor.history import AlertWithDeliveries
from monitor.messages.letter import Passage
from monitor.messages.passages import passages_of
from web.rendering import page
from web.site import site_of


def incident(request: Request) -> Response:
    """The incident that an alert belongs to; one address for each, that of its first alert."""
    asked = request.path_params["number"]
    found = site_of(request).history.incident(asked)
    if found.incident.number != asked:
        return RedirectResponse(f"/incidents/{found.incident.number}", 303)
    return page(
        request,
        "incident.html",
        {
            "incident": found.incident,
            "alerts": [(each, _passages(each)) for each in found.alerts],
            "elsewhere": found.same_week,
        },
    )


def _passages(found: AlertWithDeliveries) -> list[Passage]:
    return list(passages_of(found.change.findings, is_change=True)) if found.change else []


routes = [Route("/incidents/{number:int}", incident)]
