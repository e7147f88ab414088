"""Stands before every page: lets through what may be answered, and puts its headers on whatever leaves."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.people import host_name, hosts_of, identify, is_own_origin
from web.refusals import refused, sign_in_first, try_again_from_here
from web.site import Site

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self';"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}
"""Of every answer; `cache-control` gives way to a page's own."""

OPEN = frozenset({"/livez", "/readyz", "/sign-in"})
"""What is answered to whomever: whether we live tells nothing."""


class Guard:
    """Wraps the application, so that no page can forget to be guarded."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site
        self._hosts = hosts_of(site.settings.web, site.settings.public_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        scope["site"], scope["visitor"] = self._site, None

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = self._refusal(Request(scope)) or self._app
        try:
            await answer(scope, receive, send_with_headers)
        except Exception as error:  # noqa: BLE001 (told here, once; whoever asked was answered)
            said = f"{type(error).__name__}: {error}"
            self._site.log.error("page_failed", path=scope["path"], error=said)

    def _refusal(self, request: Request) -> Response | None:
        """What is answered instead of the page; else the visitor is known."""
        return self._not_for_us(request) or self._unknown(request)

    def _not_for_us(self, request: Request) -> Response | None:
        host, method = request.headers.get("host", ""), request.method
        name = host_name(host)
        if not name:
            return refused(request, 400, "The request names no host", "A browser sends one by itself.")
        if name not in self._hosts:
            return refused(request, 421, "This is not the host that you asked for", _HOSTS)
        if method not in ("GET", "HEAD", "POST"):
            return refused(request, 405, "That cannot be done", "Pages are read by GET, alerts worked by POST.")
        origin = request.headers.get("origin")
        if method == "POST" and not is_own_origin(origin, host, self._site.settings.public_url):
            return refused(request, 403, "This form was not on a page of ours", _ORIGIN)
        return None

    def _unknown(self, request: Request) -> Response | None:
        web, path = self._site.settings.web, request.url.path
        visitor = identify(web, request.headers, request.client.host if request.client else None)
        request.scope["visitor"] = visitor
        if visitor is not None or path in OPEN or path.startswith("/static/"):
            return None
        if _follows_a_link_from_elsewhere(request):
            return try_again_from_here(request)
        return sign_in_first(request, by_token=bool(web.users))


def _follows_a_link_from_elsewhere(request: Request) -> bool:
    fetched = request.headers.get("sec-fetch-site"), request.headers.get("sec-fetch-mode")
    return request.method == "GET" and fetched == ("cross-site", "navigate")


_HOSTS = "Whoever runs it lists the names by which it may be called: hosts under [web], or public_url."
_ORIGIN = "Nothing was changed. Open the alert here and try again; programs send an Origin header."
