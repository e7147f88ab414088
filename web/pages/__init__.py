"""The pages: each module exports its `routes`, and is listed here."""

from starlette.routing import BaseRoute

from web.pages import overview, own_files, sign_in

ROUTES: list[BaseRoute] = [*own_files.routes, *sign_in.routes, *overview.routes]
