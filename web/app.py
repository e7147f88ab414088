"""Puts the history browser together: pages, guard, and what is answered when something goes wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from monitor.config import WebSettings
from monitor.errors import InputMissing, PolicywatchError, UsageError
from monitor.history import History
from monitor.log import Log
from storage.errors import BytesLetGo, DatabaseLocked, StorageError
from web.guard import Guard
from web.pages import ROUTES
from web.refusals import refused
from web.rendering import make_ready
from web.site import Site, site_of
from web.wording import sentence

THREADS = 8
"""Pages made at a time: more would only wait for the same processors, and hold more in memory."""


def application(
    settings: WebSettings,
    history: History,
    clock: Callable[[], datetime],
    log: Log,
    when_ready: Callable[[], None] = lambda: None,
) -> ASGIApp:
    """The browser of one archive, to be served by any ASGI server; `history` is closed by whoever opened it."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        make_ready()
        when_ready()
        yield

    site = Site(settings, history, clock, log)
    pages = Starlette(
        routes=ROUTES,
        exception_handlers={
            HTTPException: _not_there,
            PolicywatchError: _failed,
            StorageError: _failed,
            Exception: _fault,
        },
        lifespan=lifespan,
    )
    # Around all of Starlette, so that its own errors get their headers as well.
    return Guard(pages, site)


def _not_there(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    if status == 404:
        return refused(request, 404, "There is no such page", "The overview lists every document.")
    return refused(request, status, "That cannot be done", "The page knows other ways of asking.")


def _failed(request: Request, error: Exception) -> Response:
    """Errors that say themselves what to do; those that are the database's are told the log as well."""
    status = _status(error)
    if status >= 500:
        site_of(request).log.error("page_failed", path=request.url.path, error=str(error))
    return refused(request, status, "That cannot be done", _sentence(str(error)))


def _status(error: Exception) -> int:
    if isinstance(error, InputMissing):
        return 404
    if isinstance(error, BytesLetGo):
        return 410
    if isinstance(error, UsageError):
        return 400
    return 503 if isinstance(error, DatabaseLocked) else 500


def _fault(request: Request, _error: Exception) -> Response:
    """A fault of ours: the guard tells the log of it, and nobody else."""
    return refused(request, 500, "This page failed", "It is a fault in policywatch; its log says more.")


def _sentence(text: str) -> str:
    return sentence(text) + ("" if text.endswith((".", "?", "!")) else ".")
