"""Feeds of what changed: of everything, of a service, a topic or a document; effective dates as a calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.errors import InputMissing
from monitor.messages.model import DocumentLabel
from monitor.messages.names import name_of_document
from monitor.messages.report import Deadline
from monitor.messages.sheets import calendar_of
from monitor.recording import label
from storage.records import RecordFilter
from web.answers import base_of, unless_known
from web.atom import MEDIA_TYPE, Feed, as_atom
from web.feeds import entry_of, feed_identity
from web.links import document_link, with_query
from web.site import Site, site_of

MOST_ENTRIES = 50
MOST_DATES = 500
PAST = timedelta(days=365)
"""Days that lie further back are of no use in a calendar; the page shows them."""


def everything(request: Request) -> Response:
    return _feed(request, RecordFilter(), ("all",), "All documents", "/")


def of_service(request: Request) -> Response:
    service = request.path_params["service"]
    found = site_of(request).history.known(service=service)
    if not found:
        raise InputMissing(f"there is no service {service!r}; the overview lists them")
    link = document_link(found[0].key) if len(found) == 1 else "/"
    return _feed(request, RecordFilter(service=service), ("services", service), found[0].service, link)


def of_topic(request: Request) -> Response:
    topic = request.path_params["topic"]
    link = with_query("/alerts", {"topic": topic})
    return _feed(request, RecordFilter(topic=topic), ("topics", topic), f"Topic {topic}", link)


def of_document(request: Request) -> Response:
    key = request.path_params["key"]
    name = name_of_document(label(site_of(request).history.document(key)))
    return _feed(request, RecordFilter(document=key), ("documents", key), name, document_link(key))


def calendar(request: Request) -> Response:
    """Of the past year and to come; of all documents, or of those that `service`, `kind`, `document` name."""
    asked = request.query_params
    wanted = RecordFilter(
        service=asked.get("service") or None,
        kind=asked.get("kind") or None,
        document=asked.get("document") or None,
    )
    site = site_of(request)
    since = (site.clock() - PAST).date()
    found = site.history.effective_dates(wanted, since=since, limit=MOST_DATES)
    stamp = max((each.captured_at for each in found), default=datetime(1970, 1, 1, tzinfo=UTC))
    deadlines = [Deadline(label(each.document), each.day, each.version) for each in found]
    return unless_known(request, calendar_of(deadlines, stamp, "Effective dates of policies"), "text/calendar")


def _feed(request: Request, wanted: RecordFilter, identity: tuple[str, ...], title: str, link: str) -> Response:
    """What we read in another way is no news of the page, and is left out."""
    site, base = site_of(request), base_of(request)
    news = site.history.changes(replace(wanted, of_the_page=True), MOST_ENTRIES)
    labels = _labels(site)
    feed = Feed(
        identity=feed_identity(*identity),
        title=f"{title} · policywatch",
        own_link=base + request.url.path,
        link=base + link,
        entries=[entry_of(each, labels[each.document_id], base) for each in news],
    )
    return unless_known(request, as_atom(feed), MEDIA_TYPE)


def _labels(site: Site) -> dict[int, DocumentLabel]:
    return {document.id: label(document) for document in site.history.known()}


routes = [
    Route("/feeds/all.atom", everything),
    Route("/feeds/services/{service:path}.atom", of_service),
    Route("/feeds/topics/{topic:path}.atom", of_topic),
    Route("/feeds/documents/{key:path}.atom", of_document),
    Route("/feeds/effective-dates.ics", calendar),
]
