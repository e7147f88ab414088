"""All documents by service: how each stands, when it last changed, what is unread, and what changed lately."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.messages.names import name_of_kind
from monitor.views import standing_state
from storage import glances
from storage.glances import Glance, Week
from storage.records import ChangeRecord, RecordFilter
from web.paging import Slice, page_number, sliced
from web.rendering import page
from web.site import Site, site_of

SERVICES_ON_A_PAGE = 30
WEEKS = 52
LATEST = 6
LATELY = timedelta(days=7)

TROUBLED = frozenset({"held", "failing", "stale", "withdrawn"})
ORDERS = {"name": "by name", "change": "latest change first"}
SHOWN = {"": "all", "trouble": "not seen", "unread": "with unread alerts"}


@dataclass(frozen=True, slots=True)
class Line:
    """A document in the list."""

    glance: Glance
    state: str
    weeks: Sequence[Week] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """What stands above the list."""

    documents: int
    services: int
    unread: int
    troubled: int
    changed: int


def overview(request: Request) -> Response:
    site, asked = site_of(request), dict(request.query_params)
    now = site.clock()
    lines = _lines(site)
    chosen = sorted(_chosen(lines, asked), key=_service)
    services = _in_order([list(group) for _, group in groupby(chosen, _service)], asked.get("order", "name"))
    shown = sliced(services, page_number(asked), SERVICES_ON_A_PAGE)
    return page(
        request,
        "overview.html",
        {
            "figures": _figures(lines, now),
            "services": _with_weeks(site, shown, now),
            "slice": shown,
            "asked": asked,
            "orders": ORDERS,
            "choices": SHOWN,
            "weeks": WEEKS,
            "names": {line.glance.key: line.glance for line in lines},
            "latest": latest(site, RecordFilter()) if shown.number == 1 and not asked else [],
        },
    )


def latest(site: Site, wanted: RecordFilter) -> list[ChangeRecord]:
    """The newest changes on which a rule fired."""
    found = site.history.changes(wanted, 10 * LATEST)
    return ([change for change in found if change.findings] or found)[:LATEST]


def _lines(site: Site) -> list[Line]:
    states = {each.key: standing_state(each, site.settings.paused) for each in site.history.standings()}
    with site.history.reading() as reading:
        return [Line(glance, states.get(glance.key, "new")) for glance in glances.every(reading)]


def _service(line: Line) -> str:
    return line.glance.service.casefold()


def _chosen(lines: Sequence[Line], asked: Mapping[str, str]) -> list[Line]:
    words = asked.get("q", "").casefold().split()
    show = asked.get("show", "")
    return [
        line
        for line in lines
        if all(word in _searched(line.glance) for word in words)
        and (show != "trouble" or line.state in TROUBLED)
        and (show != "unread" or line.glance.unread)
    ]


def _searched(glance: Glance) -> str:
    return f"{glance.service} {glance.key} {name_of_kind(glance.kind)} {glance.region or ''}".casefold()


def _in_order(services: list[list[Line]], order: str) -> list[list[Line]]:
    if order != "change":
        return services
    known = [each for each in services if any(line.glance.last_change_at for line in each)]
    others = [each for each in services if each not in known]
    return sorted(known, key=_last_change, reverse=True) + others


def _last_change(lines: Sequence[Line]) -> datetime:
    return max(line.glance.last_change_at for line in lines if line.glance.last_change_at)


def _with_weeks(site: Site, shown: Slice[list[Line]], now: datetime) -> list[list[Line]]:
    listed = [line.glance.document_id for service in shown.items for line in service]
    with site.history.reading() as reading:
        found = glances.weeks(reading, listed, now - WEEKS * glances.WEEK)
    return [
        [Line(line.glance, line.state, found.get(line.glance.document_id, ())) for line in service]
        for service in shown.items
    ]


def _figures(lines: Sequence[Line], now: datetime) -> Figures:
    changes = [line.glance.last_change_at for line in lines if line.glance.last_change_at]
    return Figures(
        documents=len(lines),
        services=len({_service(line) for line in lines}),
        unread=sum(line.glance.unread for line in lines),
        troubled=sum(line.state in TROUBLED for line in lines),
        changed=sum(now - LATELY <= at for at in changes),
    )


routes = [Route("/", overview)]
