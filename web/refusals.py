"""Pages that say no: what is wrong, and what to do; as HTML for people and as text for programs."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from web.problems import problem
from web.rendering import page
from web.site import address_of

API = "/api/"
"""Below it programs ask, and are told of problems in their own way."""


def wants_html(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def refused(request: Request, status: int, title: str, advice: str) -> Response:
    """An answer with an error's status; `advice` says what to do."""
    if request.url.path.startswith(API):
        return problem(status, advice)
    if not wants_html(request):
        return PlainTextResponse(f"{title}. {advice}\n", status)
    return page(request, "refused.html", {"title": title, "advice": advice, "status": status}, status=status)


def sign_in_first(request: Request, *, by_token: bool) -> Response:
    """Nobody knows who asks."""
    if not wants_html(request) or not by_token or request.url.path.startswith(API):
        advice = "Send your token (Authorization: Bearer)." if by_token else "Come by the proxy that names you."
        answer = refused(request, 401, "Nobody knows who you are", advice)
        answer.headers["www-authenticate"] = "Bearer"
        return answer
    back = address_of(request) if request.method == "GET" else "/"
    return page(request, "sign_in.html", {"back": back, "wrong": False}, status=401)


def try_again_from_here(request: Request) -> Response:
    """Whoever follows a link in a mail sends no cookie of ours (SameSite=Strict): the page asks once more."""
    return page(request, "again.html", {}, status=200)
