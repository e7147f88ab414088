"""The pages: each module exports its `routes`, and is listed here."""

from starlette.routing import BaseRoute

from web.api import routes as api
from web.pages import feeds, health, overview, own_files, sign_in

ROUTES: list[BaseRoute] = [
    *own_files.routes,
    *sign_in.routes,
    *overview.routes,
    *feeds.routes,
    *health.routes,
    *api.routes,
]
