"""What people do about alerts: the only pages that write, each by a form, and then back to where it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from monitor.errors import UsageError
from monitor.work import Action, act
from storage.database import Database
from web.forms import form_of, lists_of
from web.links import is_own_path, with_query
from web.pages.sign_in import set_cookie
from web.paging import whole_number
from web.people import NAME, as_name, name_cookie
from web.site import Site, site_of, visitor_of

WAIT_SECONDS = 10.0
"""For another writer; longer than that nobody looks at a page that does not come."""

MOST_AT_ONCE = 200


async def work_alert(request: Request) -> Response:
    """One thing done to one alert."""
    form = await form_of(request)
    return await _done(request, [request.path_params["number"]], form)


async def work_alerts(request: Request) -> Response:
    """The same done to all alerts that were ticked."""
    fields = await lists_of(request)
    chosen = [number for text in fields.get("alert", []) if (number := whole_number(text))]
    if not chosen:
        raise UsageError("no alert was ticked; tick one and try again")
    return await _done(request, chosen[:MOST_AT_ONCE], {name: values[-1] for name, values in fields.items()})


async def _done(request: Request, alerts: Sequence[int], form: Mapping[str, str]) -> Response:
    site, visitor = site_of(request), visitor_of(request)
    action, name = _action(form.get("action", "")), visitor.name or as_name(form.get("name", ""))
    if not name:
        raise UsageError("say your name: it stands in the alert's history beside what you did")
    await run_in_threadpool(_act, site, alerts, action, name, form.get("text", "").strip())
    back = form.get("back", "")
    path = back if is_own_path(back) and back.startswith("/alerts") else f"/alerts/{alerts[0]}"
    answer = RedirectResponse(_with_word(path, action), 303)
    if visitor.name is None:
        set_cookie(answer, site, NAME, name_cookie(name))
    return answer


def _action(word: str) -> Action:
    try:
        return Action(word)
    except ValueError:
        raise UsageError(f"nothing is called {word!r}; {', '.join(Action)} can be done to an alert") from None


def _act(site: Site, alerts: Sequence[int], action: Action, name: str, text: str) -> None:
    if action in (Action.ASSIGN, Action.NOTE) and not text:
        what = "a name" if action is Action.ASSIGN else "a note"
        raise UsageError(f"write {what} into the field first")
    with _writing(site.settings.database) as database:
        for alert_id in alerts:
            act(database, alert_id, action, name, text, site.clock())


@contextmanager
def _writing(path: Path) -> Iterator[Database]:
    Database.open_as_it_is(path).close()  # an empty one is not made for this
    database = Database.open(path, busy_timeout=WAIT_SECONDS)
    try:
        yield database
    finally:
        database.close()


def _with_word(path: str, action: Action) -> str:
    """The page with a word on what was done, in place of the one before."""
    path, _, query = path.partition("?")
    kept = dict(part.partition("=")[::2] for part in query.split("&") if part and not part.startswith("done="))
    rest = "&".join(f"{name}={value}" for name, value in kept.items())
    return with_query(path, {"done": action.value}) + (f"&{rest}" if rest else "")


routes = [
    Route("/alerts/{number:int}/work", work_alert, methods=["POST"]),
    Route("/alerts/work", work_alerts, methods=["POST"]),
]
