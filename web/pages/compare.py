"""Two companies beside each other: what they publish, and what rules found in it; any two documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from monitor.errors import InputMissing, UsageError
from monitor.history import DocumentState
from storage.records import Document
from storage.reports import TopicCount
from web.links import document_link, with_query
from web.rendering import page
from web.site import Site, site_of


@dataclass(frozen=True, slots=True)
class Company:
    name: str
    documents: Sequence[DocumentState]
    topics: dict[str, TopicCount]


@dataclass(frozen=True, slots=True)
class Pair:
    """What the two publish of one kind; `diff` leads to their texts side by side, where both have one."""

    kind: str
    left: Sequence[DocumentState]
    right: Sequence[DocumentState]

    @property
    def diff(self) -> str:
        if not (self.left and self.right):
            return ""
        return _diff(self.left[0].document.key, self.right[0].document.key)


def compare(request: Request) -> Response:
    site, asked = site_of(request), {name: value.strip() for name, value in request.query_params.items()}
    known = site.history.known()
    if asked.get("one") or asked.get("other"):
        return RedirectResponse(_of_documents(asked.get("one", ""), asked.get("other", ""), known), 303)
    both = [asked.get("left", ""), asked.get("right", "")]
    companies = [_company(site, name, known) for name in both] if all(both) else []
    pairs = _pairs(*companies) if companies else []
    values = {
        "asked": asked,
        "services": sorted({each.service for each in known}, key=str.casefold),
        "keys": [each.key for each in known],
        "companies": companies,
        "pairs": pairs,
        "topics": sorted({topic for each in companies for topic in each.topics}),
    }
    return page(request, "compare.html", values)


def _of_documents(one: str, other: str, known: Sequence[Document]) -> str:
    for key in (one, other):
        if not key:
            raise UsageError("name two documents; each is written service/kind")
        if key.partition("@")[0] not in {each.key for each in known}:
            raise InputMissing(f"there is no document {key!r}; the overview lists them")
    return _diff(one, other)


def _diff(one: str, other: str) -> str:
    """The page with both texts; a key may name a version behind an @."""
    left, _, before = one.partition("@")
    right, _, after = other.partition("@")
    return with_query(document_link(left, "diff"), {"with": right, "from": before, "to": after})


def _company(site: Site, name: str, known: Sequence[Document]) -> Company:
    wanted = name.casefold()
    own = [each for each in known if wanted in (each.service.casefold(), each.key.partition("/")[0])]
    if not own:
        raise InputMissing(f"there is no company {name!r}; the overview lists them")
    found = site.history.documents(keys=frozenset(each.key for each in own))
    topics = {each.topic: each for each in site.history.topics(own[0].service)}
    return Company(own[0].service, found, topics)


def _pairs(left: Company, right: Company) -> list[Pair]:
    kinds = sorted({each.document.kind for company in (left, right) for each in company.documents})
    return [Pair(kind, _of_kind(left, kind), _of_kind(right, kind)) for kind in kinds]


def _of_kind(company: Company, kind: str) -> list[DocumentState]:
    return [each for each in company.documents if each.document.kind == kind]


routes = [Route("/compare", compare)]
