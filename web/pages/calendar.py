"""The days on which texts come into force by their own words: those to come, and those of a year."""

from __future__ import annotations

from datetime import date
from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.errors import UsageError
from storage.records import RecordFilter
from storage.reports import EffectiveDate
from web.paging import whole_number
from web.rendering import page
from web.site import site_of

MOST_TO_COME = 100

YEARS = range(1990, 2101)


def calendar(request: Request) -> Response:
    site = site_of(request)
    asked = {name: request.query_params.get(name, "").strip() for name in ("service", "kind")}
    today = site.clock().astimezone(site.settings.timezone).date()
    year = _year(request.query_params.get("year", ""), today)
    wanted = RecordFilter(service=asked["service"] or None, kind=asked["kind"] or None)
    to_come = site.history.effective_dates(wanted, since=today, limit=MOST_TO_COME)
    of_year = site.history.effective_dates(wanted, since=date(year, 1, 1), until=date(year, 12, 31))
    return page(
        request,
        "calendar.html",
        {
            "asked": asked,
            "year": year,
            "years": YEARS,
            "today": today,
            "to_come": to_come[::-1],
            "months": [(month, list(each)) for month, each in groupby(of_year, key=_month)],
        },
    )


def _month(each: EffectiveDate) -> date:
    return each.day.replace(day=1)


def _year(text: str, today: date) -> int:
    if not text:
        return today.year
    year = whole_number(text)
    if year is None or year not in YEARS:
        raise UsageError(f"year is a number from {YEARS[0]} to {YEARS[-1]}")
    return year


routes = [Route("/calendar", calendar)]
