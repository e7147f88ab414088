"""What every page works with: the archive opened for reading, the clock, the settings, and who asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request

from monitor.config import WebSettings
from monitor.history import History
from monitor.log import Log
from web.people import Visitor


@dataclass(frozen=True, slots=True)
class Site:
    """One browser of one database. `history` may be asked by several threads; `clock` tells the time in UTC."""

    settings: WebSettings
    history: History
    clock: Callable[[], datetime]
    log: Log


def site_of(request: Request) -> Site:
    """The one place where a request gets its database, its clock and its settings."""
    site: Site = request.scope["site"]
    return site


def visitor_of(request: Request) -> Visitor:
    """Who asks, as the guard made out."""
    visitor: Visitor = request.scope["visitor"]
    return visitor


def address_of(request: Request) -> str:
    """What was asked for, as a link on a page of ours says it."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
