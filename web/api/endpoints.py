"""What the API answers, address by address: the same questions as the command line asks, the same records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from pydantic import BaseModel

from monitor.doctor.watching import DELIVERED_WITHIN
from monitor.errors import UsageError
from monitor.refs import parse, parse_time
from monitor.rows import Row, month_row, search_row
from monitor.situation import situation
from monitor.views import (
    alert_row,
    change_row,
    changed_clause_row,
    comparison_row,
    document_row,
    effective_date_row,
    incident_rows,
    text_row,
    version_row,
)
from storage.records import RecordFilter
from storage.search import SearchFilter
from web.api import parameters as ask
from web.api import records as tell
from web.site import Site


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address below /api/v1; `parameters` reads the query, `record` describes the answer.

    A list answers pages of rows, and CSV at `path`.csv as well.
    """

    path: str
    summary: str
    parameters: type[ask.Parameters]
    record: type[BaseModel]
    answer: Callable[..., Row]
    is_list: bool = True


def documents(site: Site, asked: ask.Documents) -> Row:
    keys = (each.key for each in site.history.known(service=asked.service, kind=asked.kind))
    page, more = _first(islice((key for key in keys if key > asked.cursor), asked.limit + 1), asked)
    found = site.history.documents(keys=frozenset(page))
    rows = [document_row(state, site.settings.paused) for state in found]
    return _page(rows, page[-1] if more else None)


def versions(site: Site, asked: ask.Versions) -> Row:
    found = site.history.appearances(asked.document, after=_number(asked), limit=asked.limit + 1)
    page, more = _first(found, asked)
    return _page([version_row(*each) for each in page], str(page[-1][1].id) if more else None)


def changes(site: Site, asked: ask.Changes) -> Row:
    found = site.history.changes(_filter(asked), asked.limit + 1, older_than=_number(asked) or None)
    page, more = _first(found, asked)
    return _page(list(map(change_row, page)), str(page[-1].id) if more else None)


def alerts(site: Site, asked: ask.Alerts) -> Row:
    found = site.history.alerts(_filter(asked), asked.limit + 1, older_than=_number(asked) or None)
    page, more = _first(found, asked)
    return _page(list(map(alert_row, page)), str(page[-1].alert.id) if more else None)


def alert(site: Site, asked: ask.Nothing, alert_id: int) -> Row:  # noqa: ARG001 (every endpoint is asked alike)
    return alert_row(site.history.alert(alert_id))


def incident(site: Site, asked: ask.Nothing, alert_id: int) -> Row:  # noqa: ARG001 (every endpoint is asked alike)
    return _page(incident_rows(site.history.incident(alert_id)), None)


def search(site: Site, asked: ask.Search) -> Row:
    as_of = parse_time(asked.as_of, end_of_day=True) if asked.as_of else None
    added_since = parse_time(asked.added_since) if asked.added_since else None
    return _hits(site.history.search, asked, as_of=as_of, added_since=added_since)


def first(site: Site, asked: ask.First) -> Row:
    return _hits(site.history.first, asked)


def timeline(site: Site, asked: ask.Timeline) -> Row:
    months = site.history.timeline(asked.q, SearchFilter(**_spans(asked)))
    return _page(list(map(month_row, months)), None)


def calendar(site: Site, asked: ask.Calendar) -> Row:
    wanted = RecordFilter(service=asked.service, kind=asked.kind, document=asked.document)
    found = site.history.effective_dates(
        wanted, since=asked.since, until=asked.until, before=_day_and_key(asked.cursor), limit=asked.limit + 1
    )
    page, more = _first(found, asked)
    cursor = f"{page[-1].day.isoformat()} {page[-1].document.key}" if more else None
    return _page(list(map(effective_date_row, page)), cursor)


def text(site: Site, asked: ask.Text) -> Row:
    return text_row(site.history.text(asked.document, parse(asked.ref)))


def diff(site: Site, asked: ask.Diff) -> Row:
    after = parse(asked.after)
    if asked.other is not None:
        before = parse(asked.before or "latest")
        found = site.history.compare(asked.document, before, asked.other, after)
    else:
        found = site.history.diff(asked.document, parse(asked.before) if asked.before else None, after)
    return comparison_row(found) | {"clauses": list(map(changed_clause_row, found.clauses))}


def status(site: Site, asked: ask.Nothing) -> Row:  # noqa: ARG001 (every endpoint is asked alike)
    """Where the file lies is the operator's own business, and left out."""
    settings = site.settings
    found = situation(site.history, settings.database, settings.paused, site.clock(), DELIVERED_WITHIN).row
    database = {name: value for name, value in found["database"].items() if name != "path"}
    return found | {"database": database}


def _page(rows: Sequence[Row], cursor: str | None) -> Row:
    return {"items": list(rows), "next_cursor": cursor}


def _first(found: Any, asked: ask.Page) -> tuple[list[Any], bool]:
    """The page that was asked for, and whether something comes after it."""
    listed = list(found)
    return listed[: asked.limit], len(listed) > asked.limit


def _number(asked: ask.Page) -> int:
    if not asked.cursor:
        return 0
    if not (asked.cursor.isascii() and asked.cursor.isdecimal() and len(asked.cursor) < 19):
        raise UsageError(f"cursor {asked.cursor!r} is none of ours; take next_cursor of the page before")
    return int(asked.cursor)


def _day_and_key(cursor: str) -> tuple[date, str] | None:
    if not cursor:
        return None
    day, _, key = cursor.partition(" ")
    try:
        return date.fromisoformat(day), key
    except ValueError as error:
        raise UsageError(f"cursor {cursor!r} is none of ours; take next_cursor of the page before") from error


def _filter(asked: ask.Changes) -> RecordFilter:
    return RecordFilter(
        service=asked.service,
        kind=asked.kind,
        topic=asked.topic,
        severity=asked.severity,
        since=parse_time(asked.since) if asked.since else None,
        until=parse_time(asked.until, end_of_day=True) if asked.until else None,
        document=asked.document,
    )


def _spans(asked: ask.Timeline) -> Mapping[str, Any]:
    return {
        "service": asked.service,
        "kind": asked.kind,
        "topic": asked.topic,
        "since": parse_time(asked.since) if asked.since else None,
        "until": parse_time(asked.until, end_of_day=True) if asked.until else None,
    }


def _hits(ask_archive: Callable[..., list[Any]], asked: ask.First, **more: Any) -> Row:
    """Pages of what is found are counted: the best match comes first, and a page's end is no place in time."""
    begin = _number(asked)
    wanted = SearchFilter(**_spans(asked), **more, offset=begin, limit=asked.limit + 1)
    page, is_more = _first(ask_archive(asked.q, wanted), asked)
    return _page(list(map(search_row, page)), str(begin + asked.limit) if is_more else None)


ENDPOINTS = (
    Endpoint("/documents", "Documents by key, and how each stands", ask.Documents, tell.Document, documents),
    Endpoint(
        "/versions", "A document's versions, one row for each time that one stood, oldest first",
        ask.Versions, tell.Version, versions,
    ),
    Endpoint("/changes", "What changed, newest first", ask.Changes, tell.Change, changes),
    Endpoint("/alerts", "What people were told or will be, newest first", ask.Alerts, tell.Alert, alerts),
    Endpoint("/alerts/{id}", "One alert", ask.Nothing, tell.Alert, alert, is_list=False),
    Endpoint(
        "/incidents/{id}", "The alerts of the incident that an alert belongs to, oldest first",
        ask.Nothing, tell.IncidentAlert, incident,
    ),
    Endpoint("/search", "Where a wording stands or stood, best match first", ask.Search, tell.Hit, search),
    Endpoint("/first", "The documents that ever said it, the earliest first", ask.First, tell.Hit, first),
    Endpoint(
        "/timeline", "The months in which a wording came and went", ask.Timeline, tell.Month, timeline
    ),
    Endpoint(
        "/calendar", "Days on which texts come into force by their own words, the latest first",
        ask.Calendar, tell.EffectiveDate, calendar,
    ),
    Endpoint("/text", "What a document said at a time, as Markdown", ask.Text, tell.Text, text, is_list=False),
    Endpoint("/diff", "Two texts compared, clause by clause", ask.Diff, tell.Diff, diff, is_list=False),
    Endpoint("/status", "Whether everything is in order", ask.Nothing, tell.Status, status, is_list=False),
)  # fmt: skip
