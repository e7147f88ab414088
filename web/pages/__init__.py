"""The pages: each module exports its `routes`, and is listed here."""

from starlette.routing import BaseRoute

from web.api import routes as api
from web.pages import calendar, compare, feeds, health, overview, own_files, search, sign_in

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
]
