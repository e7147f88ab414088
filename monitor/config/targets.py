"""From the tables of services and documents to the targets that are watched."""

from __future__ import annotations

from dataclasses import dataclass, field

from monitor.cadence import Cadence, Cron, Every, parse_interval, parse_pause, usual_seconds
from monitor.config.check import check
from monitor.config.files import tables
from monitor.config.places import Item, Place, Problems
from monitor.config.settings import Target
from monitor.config.shape import DocumentTable, ServiceTable
from monitor.freshness import default_limit
from monitor.keys import is_key, slug


@dataclass(slots=True)
class Watched:
    """The targets, where each of them stands, and the services by id; `complete` if nothing was left out."""

    targets: dict[str, Target] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    services: dict[str, str] = field(default_factory=dict)
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Defaults:
    every: str
    timezone: str
    fresh_within: str | None
    confirm_after: str


def read_targets(services: list[Item], defaults: Defaults, problems: Problems) -> Watched:
    watched = Watched()
    for item in services:
        before = len(problems.found)
        _read_service(item, defaults, watched, problems)
        watched.complete = watched.complete and len(problems.found) == before
    return watched


def _read_service(item: Item, defaults: Defaults, watched: Watched, problems: Problems) -> None:
    service = check(ServiceTable, _without_documents(item), problems)
    named = _identify(service, item.place, watched, problems) if service else None
    if "documents" not in item.value:
        problems.add(item.place, "no document is watched; add [[services.documents]]")
        return
    for document_item in tables(Item(item.value["documents"], item.place.at("documents")), problems):
        document = check(DocumentTable, document_item, problems)
        if document and document.timezone and not document.cron:
            problems.add(document_item.place.at("timezone"), 'a timezone here has a meaning only with "cron"')
        if document:
            _check_limit(document, document_item.place, defaults, problems)
        if document and named:
            _add(_target(document, named, defaults), document_item.place, watched, problems)


def _without_documents(item: Item) -> Item:
    return Item({key: value for key, value in item.value.items() if key != "documents"}, item.place)


def _identify(
    service: ServiceTable, place: Place, watched: Watched, problems: Problems
) -> tuple[str, str] | None:
    """The id and name of a service. It may be named again, in another file, to add documents to it."""
    identity = service.id or slug(service.name.replace("/", " "))
    if not identity:
        problems.add(place, 'no id can be made of this name; give an "id" of letters and digits')
        return None
    name = watched.services.setdefault(identity, service.name)
    if name != service.name:
        problems.add(
            place, f'the service "{name}" has the id "{identity}" as well; give one of them another "id"'
        )
        return None
    return identity, name


def _target(document: DocumentTable, service: tuple[str, str], defaults: Defaults) -> Target:
    identity, name = service
    cadence = _cadence(document, defaults)
    return Target(
        key=document.key or "/".join(filter(None, (identity, document.kind, document.variant))),
        service=name,
        service_id=identity,
        kind=document.kind,
        region=document.region,
        language=document.language,
        urls=(document.url,) if document.url else document.urls,
        cadence=cadence,
        fresh_within=_fresh_within(document, cadence, defaults),
        confirm_after=parse_pause(document.confirm_after or defaults.confirm_after),
        headers=tuple(document.headers.items()),
        select=document.select,
        remove=document.remove,
        ignore_robots=document.ignore_robots,
        paused=document.paused,
        browser=document.browser,
    )


def _cadence(document: DocumentTable, defaults: Defaults) -> Cadence:
    if document.cron:
        return Cron(document.cron, document.timezone or defaults.timezone)
    return Every(parse_interval(document.every or defaults.every))


def _fresh_within(document: DocumentTable, cadence: Cadence, defaults: Defaults) -> float:
    given = document.fresh_within or defaults.fresh_within
    return parse_interval(given) if given else default_limit(usual_seconds(cadence))


def _check_limit(document: DocumentTable, place: Place, defaults: Defaults, problems: Problems) -> None:
    """A limit shorter than the pause between two looks can only be kept by looking more often."""
    limit, every = document.fresh_within or defaults.fresh_within, document.every or defaults.every
    if limit is None or document.cron or parse_interval(limit) >= parse_interval(every):
        return
    where = place.at("fresh_within") if document.fresh_within else place
    problems.add(
        where,
        f'looked at every "{every}" it cannot be seen within "{limit}" each time;'
        ' give a longer "fresh_within" or a shorter "every"',
    )


def _add(target: Target, place: Place, watched: Watched, problems: Problems) -> None:
    key = target.key
    if not is_key(key):
        problems.add(place, f'the key "{key}" is too long; give a shorter "key"')
    elif not key.startswith(f"{target.service_id}/"):
        message = f'the key of a document begins with the id of its service, "{target.service_id}/"'
        problems.add(place.at("key"), message)
    elif key in watched.targets:
        other = watched.places[key].position
        problems.add(
            place, f'the document at {other} has the key "{key}" as well; give one of them a "variant"'
        )
    else:
        watched.targets[key] = target
        watched.places[key] = place
