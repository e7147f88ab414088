"""From the tables of routes to routes that lead somewhere, and whether anybody is told anything at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.cadence import parse_interval
from monitor.config.check import check
from monitor.config.places import Item, Place, Problems, suggestion
from monitor.config.settings import Target
from monitor.config.shape import RouteTable
from monitor.config.targets import Watched
from monitor.config.types import parse_hours, parse_local_time
from monitor.detect import severity
from monitor.detect.model import Rule
from monitor.detect.severity import Adjustment
from monitor.keys import KNOWN_KINDS
from monitor.routes import WEEKDAYS, Digest, Quiet, Repeat, Route, Timing

KNOWN_TOPICS = (
    "ai-training", "sale-sharing", "biometric", "retention", "international-transfer", "children",
    "arbitration", "new-data-category", "advertising", "consent-optout", "subprocessor",
    "effective-date-only", "wording",
)  # fmt: skip
"""What findings may be about, whichever rulebooks are in force."""

KNOWN_EFFECTS = (
    "introduces", "expands", "restricts", "opt-out-terms", "prohibits-user", "reworded", "mentions",
    "appears", "disappears", "edited",
)  # fmt: skip
KNOWN_FLAGS = (
    "quiet", "date-only", "backdated", "retroactive", "default-flip", "notice-promised", "flapping", "suspect",
    "new-document", "host-changed", "address-changed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """The words that a route may use; with any other word a filter would silently swallow alerts.

    `services` leads from names and ids to ids, `channels` from names to recipients.
    """

    channels: Mapping[str, Collection[str]]
    services: Mapping[str, str]
    kinds: Collection[str]
    regions: Collection[str]
    topics: Collection[str]
    effects: Collection[str]
    flags: Collection[str]
    rules: Collection[str]


@dataclass(frozen=True, slots=True)
class CanFire:
    """What can fire on what; the rules are as severe as their findings ever are before any adjustment."""

    watched: Watched
    rules: Sequence[Rule]
    adjustments: Sequence[Adjustment]


def known_words(watched: Watched, rules: Iterable[Rule], channels: Mapping[str, Collection[str]]) -> Known:
    targets = watched.targets.values()
    ids = watched.services
    return Known(
        channels=channels,
        services={name: identity for identity, name in ids.items()} | {identity: identity for identity in ids},
        kinds={*KNOWN_KINDS, *(target.kind for target in targets)},
        regions={target.region for target in targets if target.region},
        topics={*KNOWN_TOPICS, *(rule.topic for rule in rules)},
        effects=KNOWN_EFFECTS,
        flags=KNOWN_FLAGS,
        rules={rule.id for rule in rules},
    )


def read_routes(items: list[Item], known: Known, timezone: str, problems: Problems) -> tuple[Route, ...]:
    """The routes in which every word is known; `timezone` is that of routes which name none."""
    routes = []
    for item in items:
        before = len(problems.found)
        table = check(RouteTable, item, problems)
        for name in ("to", "repeat_to"):
            check_words("channel", name, known.channels, item, problems)
        for name in ("services", "kinds", "regions", "topics", "effects", "rules", "flags"):
            check_words(name[:-1], name, getattr(known, name), item, problems)
        if table is not None:
            _check_recipients(table, known, item, problems)
            _check_timing(item, problems)
        if table is not None and len(problems.found) == before:
            routes.append(_route(table, known, timezone))
    return tuple(routes)


def check_reach(
    can: CanFire,
    routes: Sequence[Route],
    channels: Mapping[str, Item],
    at: Place,
    problems: Problems,
) -> None:
    """Note if nobody is told of anything; warn of channels and documents that no route connects."""
    watched = can.watched
    reached = {
        key for key, target in watched.targets.items() if any(_passes(route, target) for route in routes)
    }
    if watched.targets and not can.rules:
        problems.add(at, "no rule is in force, so nothing could ever alert; add [[rules]] or a rulebook")
        return
    if watched.targets and not reached:
        problems.add(at, _nobody(routes, channels))
        return
    if watched.targets and not any(_can_take(route, can) for route in routes):
        problems.add(at, "no route lets a finding of any rule through; look at its topics, rules and severity")
        return
    if not watched.targets:
        problems.warn(at, "no document is watched; add [[services]] with [[services.documents]]")
    for key in watched.targets.keys() - reached:
        problems.warn(
            watched.places[key], f'no route leads from "{key}" to a channel; its changes alert nobody'
        )
    for name, item in channels.items():
        if not any(name in (*route.to, *(route.repeat.to if route.repeat else ())) for route in routes):
            problems.warn(item.place, "no route leads to this channel")


def check_each(can: CanFire, routes: Sequence[Route], items: Sequence[Item], problems: Problems) -> None:
    """Note the routes that nothing can take, because their filters leave nothing of what is there."""
    for route, item in zip(routes, items, strict=True):
        if can.watched.targets and not any(_passes(route, target) for target in can.watched.targets.values()):
            problems.add(item.place, "no watched document passes this route; look at services, kinds, regions")
        elif can.watched.targets and not _can_take(route, can):
            problems.add(item.place, "no rule's findings pass this route; look at topics, rules, severity")


def _nobody(routes: Sequence[Route], channels: Mapping[str, Item]) -> str:
    if routes:
        return "no route lets any of the watched documents through, so nobody would be told of a change"
    to = next(iter(channels), "team-mail")
    missing = "" if channels else f" and a channel such as [channels.{to}]"
    return f'nobody would be told of a change; add [[routes]] with to = ["{to}"]{missing}'


def _passes(route: Route, target: Target) -> bool:
    return route.passes_document(target.service_id, target.kind, target.region)


def _can_take(route: Route, can: CanFire) -> bool:
    """Whether some rule can fire on some watched document with a severity that passes the route."""
    return any(
        _lets_through(route, rule, target, can.adjustments)
        for target in can.watched.targets.values()
        if _passes(route, target)
        for rule in can.rules
    )


def _lets_through(route: Route, rule: Rule, target: Target, adjustments: Sequence[Adjustment]) -> bool:
    place = severity.Place(target.service_id, target.kind, target.region)
    most = severity.adjusted(rule.severity, rule.topic, place, adjustments)
    return (
        (not route.topics or rule.topic in route.topics)
        and (not route.rules or rule.id in route.rules)
        and most.rank <= route.severity.rank
    )


def check_words(noun: str, key: str, known: Collection[str], route: Item, problems: Problems) -> None:
    """Look for unknown words, also in a route in which something else is wrong."""
    words = route.value.get(key)
    for index, word in enumerate(words if isinstance(words, list) else ()):
        if isinstance(word, str) and word and word not in known:
            problems.add(route.place.at(key, index), f'unknown {noun} "{word}"{suggestion(word, known)}')


def _check_recipients(table: RouteTable, known: Known, route: Item, problems: Problems) -> None:
    reached = [address for name in table.to for address in known.channels.get(name, ())]
    for index, recipient in enumerate(table.recipients):
        if recipient not in reached:
            message = (
                f'"{recipient}" is no recipient of {" or ".join(table.to)}{suggestion(recipient, reached)}'
            )
            problems.add(route.place.at("recipients", index), message)


_ONLY_WITH = {
    "at": ("digest",),
    "weekday": ("digest",),
    "timezone": ("digest", "quiet"),
    "repeat_to": ("repeat_after",),
}


def _check_timing(route: Item, problems: Problems) -> None:
    for key, others in _ONLY_WITH.items():
        if key in route.value and not any(other in route.value for other in others):
            needed = " or ".join(f'"{other}"' for other in others)
            problems.add(route.place.at(key), f"this has a meaning only with {needed}")
    if "weekday" in route.value and route.value.get("digest") == "daily":
        problems.add(route.place.at("weekday"), "a daily digest has no day of the week")


def _timing(table: RouteTable, timezone: str) -> Timing:
    zone = table.timezone or timezone
    digest = quiet = None
    if table.digest is not None:
        digest = Digest(table.digest, parse_local_time(table.at), WEEKDAYS.index(table.weekday), zone)
    if table.quiet is not None:
        quiet = Quiet(*parse_hours(table.quiet), zone)
    return Timing(parse_interval(table.group_wait) if table.group_wait else 0.0, digest, quiet)


def _repeat(table: RouteTable) -> Repeat | None:
    if table.repeat_after is None:
        return None
    return Repeat(parse_interval(table.repeat_after), tuple(dict.fromkeys(table.repeat_to or table.to)))


def _route(table: RouteTable, known: Known, timezone: str) -> Route:
    return Route(
        to=tuple(dict.fromkeys(table.to)),
        services=frozenset(known.services[word] for word in table.services),
        kinds=frozenset(table.kinds),
        regions=frozenset(table.regions),
        topics=frozenset(table.topics),
        effects=frozenset(table.effects),
        rules=frozenset(table.rules),
        flags=frozenset(table.flags),
        severity=table.severity,
        recipients=frozenset(table.recipients),
        timing=_timing(table, timezone),
        repeat=_repeat(table),
    )
