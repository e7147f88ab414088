"""Where a wording stands or stood, who said it first, and in which months it came and went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.chart.drawing import BORN, DIED, RECORDED, draw
from monitor.errors import UsageError
from monitor.paper import FAINT, INK, Drawing
from monitor.refs import parse_time
from monitor.searches import Chronicle
from storage.search import Hit, SearchFilter
from web.marking import Piece, marked, wordings_of
from web.paging import whole_number
from web.rendering import page
from web.site import Site, site_of

ON_A_PAGE = 20
FIRST_SHOWN = 12
MOST_PAGES = 500

DRAWN_AT_ONCE = 2_000
"""Clauses whose comings and goings are drawn without being asked for: beyond, it takes longer than a blink."""

DRAWN_AT_ALL = 100_000

INKS = {BORN: "born", DIED: "died", RECORDED: "recorded", FAINT: "faint", INK: "ink"}
"""The classes that stand for a drawing's colours, so that each scheme has its own."""

FIELDS = ("q", "service", "kind", "topic", "as_of", "added_since")


@dataclass(frozen=True, slots=True)
class Found:
    """A hit with the words that the search meant marked."""

    hit: Hit
    pieces: list[Piece]


def search(request: Request) -> Response:
    asked = {name: request.query_params.get(name, "").strip() for name in FIELDS}
    empty: dict[str, object] = {
        "asked": asked,
        "hits": [],
        "chronicle": None,
        "drawing": None,
        "inks": INKS,
        "number": 1,
    }
    if not asked["q"]:
        return page(request, "search.html", {**empty, "more": False})
    return page(request, "search.html", {**empty, **_answers(site_of(request), request.query_params, asked)})


def _answers(site: Site, query: Mapping[str, str], asked: Mapping[str, str]) -> dict[str, object]:
    words, wanted, number = asked["q"], _wanted(site, asked), _page_number(query.get("page", ""))
    most = DRAWN_AT_ALL if query.get("draw") else DRAWN_AT_ONCE
    chronicle = site.history.chronicle(words, replace(wanted, limit=FIRST_SHOWN), most)
    begin = (number - 1) * ON_A_PAGE
    hits = site.history.search(words, replace(wanted, offset=begin, limit=ON_A_PAGE + 1))
    wordings = wordings_of(chronicle.match)
    return {
        "hits": [Found(hit, marked(hit.clause, wordings)) for hit in hits[:ON_A_PAGE]],
        "more": len(hits) > ON_A_PAGE and number < MOST_PAGES,
        "number": number,
        "chronicle": chronicle,
        "drawing": _drawing(words, chronicle),
    }


def _drawing(words: str, chronicle: Chronicle) -> Drawing | None:
    return draw(words, chronicle.months) if chronicle.months else None


def _wanted(site: Site, asked: Mapping[str, str]) -> SearchFilter:
    zone = site.settings.timezone
    return SearchFilter(
        service=asked["service"] or None,
        kind=asked["kind"] or None,
        topic=asked["topic"] or None,
        as_of=parse_time(asked["as_of"], zone, end_of_day=True) if asked["as_of"] else None,
        added_since=parse_time(asked["added_since"], zone) if asked["added_since"] else None,
    )


def _page_number(text: str) -> int:
    if not text:
        return 1
    number = whole_number(text)
    if not number or number > MOST_PAGES:
        raise UsageError(f"page is a number from 1 to {MOST_PAGES}")
    return number


routes = [Route("/search", search)]
