"""From the tables of routes to routes that lead somewhere, and whether anybody is told anything at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.config.check import check
from monitor.config.places import Item, Place, Problems, suggestion
from monitor.config.settings import Target
from monitor.config.shape import RouteTable
from monitor.config.targets import Watched
from monitor.detect.model import Rule
from monitor.keys import KNOWN_KINDS
from monitor.routes import Route

KNOWN_TOPICS = (
    "ai-training", "sale-sharing", "biometric", "retention", "international-transfer", "children",
    "arbitration", "new-data-category", "advertising", "consent-optout", "subprocessor",
    "effective-date-only", "wording",
)  # fmt: skip
"""What findings may be about, whichever rulebooks are in force."""


@dataclass(frozen=True, slots=True)
class Known:
    """The words that a route may use; with any other word a filter would silently swallow alerts.

    `services` leads from names and ids to ids.
    """

    channels: Collection[str]
    services: Mapping[str, str]
    kinds: Collection[str]
    regions: Collection[str]
    topics: Collection[str]
    rules: Collection[str]


def known_words(watched: Watched, rules: Iterable[Rule], channels: Collection[str]) -> Known:
    targets = watched.targets.values()
    ids = watched.services
    return Known(
        channels=channels,
        services={name: identity for identity, name in ids.items()} | {identity: identity for identity in ids},
        kinds={*KNOWN_KINDS, *(target.kind for target in targets)},
        regions={target.region for target in targets if target.region},
        topics={*KNOWN_TOPICS, *(rule.topic for rule in rules)},
        rules={rule.id for rule in rules},
    )


def read_routes(items: list[Item], known: Known, problems: Problems) -> tuple[Route, ...]:
    """The routes in which every word is known."""
    routes = []
    for item in items:
        before = len(problems.found)
        table = check(RouteTable, item, problems)
        _check_words("channel", "to", known.channels, item, problems)
        for name in ("services", "kinds", "regions", "topics", "rules"):
            _check_words(name[:-1], name, getattr(known, name), item, problems)
        if table is not None and len(problems.found) == before:
            routes.append(_route(table, known))
    return tuple(routes)


def check_reach(
    watched: Watched,
    rules: Sequence[Rule],
    routes: Sequence[Route],
    channels: Mapping[str, Item],
    at: Place,
    problems: Problems,
) -> None:
    """Note if nobody is told of anything; warn of channels and documents that no route connects."""
    reached = {
        key for key, target in watched.targets.items() if any(_passes(route, target) for route in routes)
    }
    if watched.targets and not rules:
        problems.add(at, "no rule is in force, so nothing could ever alert; add [[rules]] or a rulebook")
        return
    if watched.targets and not reached:
        problems.add(at, _nobody(routes, channels))
        return
    if watched.targets and not any(_lets_through(route, rule) for route in routes for rule in rules):
        problems.add(at, "no route lets a finding of any rule through; look at its topics, rules and severity")
        return
    if not watched.targets:
        problems.warn(at, "no document is watched; add [[services]] with [[services.documents]]")
    for key in watched.targets.keys() - reached:
        problems.warn(
            watched.places[key], f'no route leads from "{key}" to a channel; its changes alert nobody'
        )
    for name, item in channels.items():
        if not any(name in route.to for route in routes):
            problems.warn(item.place, "no route leads to this channel")


def _nobody(routes: Sequence[Route], channels: Mapping[str, Item]) -> str:
    if routes:
        return "no route lets any of the watched documents through, so nobody would be told of a change"
    to = next(iter(channels), "team-mail")
    missing = "" if channels else f" and a channel such as [channels.{to}]"
    return f'nobody would be told of a change; add [[routes]] with to = ["{to}"]{missing}'


def _passes(route: Route, target: Target) -> bool:
    return route.passes_document(target.service_id, target.kind, target.region)


def _lets_through(route: Route, rule: Rule) -> bool:
    return (
        (not route.topics or rule.topic in route.topics)
        and (not route.rules or rule.id in route.rules)
        and rule.severity.rank <= route.severity.rank
    )


def _check_words(noun: str, key: str, known: Collection[str], route: Item, problems: Problems) -> None:
    """Look for unknown words, also in a route in which something else is wrong."""
    words = route.value.get(key)
    for index, word in enumerate(words if isinstance(words, list) else ()):
        if isinstance(word, str) and word and word not in known:
            problems.add(route.place.at(key, index), f'unknown {noun} "{word}"{suggestion(word, known)}')


def _route(table: RouteTable, known: Known) -> Route:
    return Route(
        to=tuple(dict.fromkeys(table.to)),
        services=frozenset(known.services[word] for word in table.services),
        kinds=frozenset(table.kinds),
        regions=frozenset(table.regions),
        topics=frozenset(table.topics),
        rules=frozenset(table.rules),
        severity=table.severity,
    )
