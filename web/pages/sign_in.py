"""Signing in with a token, and out."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from web.forms import form_of
from web.links import is_own_path
from web.people import SESSION, session_of, who_has
from web.rendering import page
from web.site import Site, site_of

REMEMBERED_SECONDS = 30 * 24 * 3600


async def sign_in(request: Request) -> Response:
    """The token is compared, and a proof of it kept in a cookie."""
    if request.method != "POST":
        return page(request, "sign_in.html", {"back": "/", "wrong": False})
    form, site = await form_of(request), site_of(request)
    back = form.get("back", "/")
    token = form.get("token", "").strip()
    if who_has(site.settings.web, token) is None:
        site.log.warning("sign_in_refused", peer=request.client.host if request.client else "")
        return page(request, "sign_in.html", {"back": back, "wrong": True}, status=403)
    answer = RedirectResponse(back if is_own_path(back) else "/", 303)
    set_cookie(answer, site, SESSION, session_of(token))
    return answer


async def sign_out(_request: Request) -> Response:
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(SESSION, httponly=True, samesite="strict")
    return answer


def set_cookie(answer: Response, site: Site, name: str, value: str) -> None:
    """A cookie that no script reads and no other site has sent along."""
    answer.set_cookie(
        name, value, max_age=REMEMBERED_SECONDS, httponly=True, samesite="strict",
        secure=site.settings.public_url.startswith("https:"),
    )  # fmt: skip


routes = [Route("/sign-in", sign_in, methods=["GET", "POST"]), Route("/sign-out", sign_out, methods=["POST"])]
