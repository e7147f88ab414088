"""The pages: each module exports its `routes`, and is listed here; the more particular address comes first."""

from starlette.routing import BaseRoute

from web.api import routes as api
from web.pages import (
    acting,
    alerts,
    calendar,
    compare,
    diff,
    diff_file,
    document,
    feeds,
    health,
    incident,
    overview,
    own_files,
    search,
    sign_in,
    version,
)

ROUTES: list[BaseRoute] = [
    *own_files.routes,
    *sign_in.routes,
    *overview.routes,
    *search.routes,
    *calendar.routes,
    *compare.routes,
    *feeds.routes,
    *health.routes,
    *api.routes,
    *acting.routes,
    *alerts.routes,
    *diff_file.routes,
    *incident.routes,
    *diff.routes,
    *version.routes,
    *document.routes,
]
