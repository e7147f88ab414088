"""PURE: from findings to an alert: its severity and title, and through the routes to its recipients."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from monitor.detect.topics.model import QUIET
from monitor.messages import title_of_change, title_of_return
from monitor.messages.model import DocumentLabel
from monitor.returns import Told
from monitor.routes import Route, Timing
from storage.records import AlertKind, Delivery, Finding, Severity


@dataclass(frozen=True, slots=True)
class Recipients:
    """Whom a channel reaches, and the domain that its message ids end with."""

    addresses: tuple[str, ...]
    message_domain: str


@dataclass(frozen=True, slots=True)
class Audience:
    """Who can be told: the routes, and the recipients of each channel by its name."""

    routes: Sequence[Route] = ()
    channels: Mapping[str, Recipients] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Planned:
    """Somebody who is to be told, with the timings of all routes that lead there and the topics that they let
    through; `message_id` never changes again.
    """  # noqa: D205 - one sentence needs two lines

    channel: str
    recipient: str
    message_id: str
    timings: tuple[Timing, ...] = ()
    topics: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Subject:
    """What of an alert the routes look at; `findings` are None for what is about a document as a whole."""

    document: DocumentLabel
    findings: Sequence[Finding] | None = None
    flags: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class AlertPlan:
    """An alert and the deliveries that go with it; none for a baseline that waits for its summary.

    `details` are what its kind needs beyond that.
    """

    kind: AlertKind
    severity: Severity
    title: str
    deliveries: tuple[Planned, ...]
    details: dict[str, Any] = field(default_factory=dict)


def plan_change(
    document: DocumentLabel,
    findings: Sequence[Finding],
    captured_at: datetime,
    audience: Audience,
    flags: Collection[str] = (),
) -> AlertPlan:
    """The alert for a change with these flags on which rules fired."""
    token = token_of("change", document.key, captured_at)
    return AlertPlan(
        kind=AlertKind.CHANGE,
        severity=strongest(findings),
        title=title_of_change(document, findings, captured_at.date()),
        deliveries=told_of(document, findings, flags, audience, token),
    )


def plan_return(
    document: DocumentLabel,
    findings: Sequence[Finding],
    number: int,
    undone: Sequence[Told],
    captured_at: datetime,
    audience: Audience,
    *,
    flapping: bool,
) -> AlertPlan | None:
    """The follow-up to alerts that a return to version `number` undoes, for those who got them.

    None where nobody of them can be told any more.
    """
    token = token_of("returned", document.key, captured_at)
    told = dict.fromkeys(recipient for alert in undone for recipient in alert.recipients)
    planned = everybody_over(audience, dict.fromkeys(channel for channel, _ in told), token)
    routed = {each.message_id: each for each in told_of(document, findings, (), audience, token)}
    reached = tuple(
        routed.get(delivery.message_id, delivery)
        for delivery in planned
        if (delivery.channel, delivery.recipient) in told
    )
    if not reached:
        return None
    return AlertPlan(
        kind=AlertKind.RETURNED,
        severity=strongest(findings),
        title=title_of_return(document, findings, number, captured_at.date()),
        deliveries=reached,
        details={"undone": [alert.alert_id for alert in undone], "flapping": flapping},
    )


def plan_baseline(
    document: DocumentLabel,
    findings: Sequence[Finding],
    captured_at: datetime,
    audience: Audience,
    *,
    at_once: bool,
) -> AlertPlan:
    """The alert for what a first version already says; unless `at_once` it waits for the summary of all."""
    token = token_of("baseline", document.key, captured_at)
    return AlertPlan(
        kind=AlertKind.BASELINE,
        severity=strongest(findings),
        title=title_of_change(document, findings, captured_at.date(), baseline=True),
        deliveries=told_of(document, findings, (), audience, token) if at_once else (),
    )


def plan_summary(
    channel: str,
    recipients: Collection[str],
    documents: int,
    severity: Severity,
    captured_at: datetime,
    audience: Audience,
) -> AlertPlan:
    """One message for these recipients of a channel on everything that first versions already say."""
    watched = "1 document" if documents == 1 else f"{documents} documents"
    return AlertPlan(
        kind=AlertKind.BASELINE,
        severity=severity,
        title=f"First reading: the rules match wording in {watched} – {captured_at.date().isoformat()}",
        deliveries=tuple(
            each
            for each in everybody_over(audience, (channel,), token_of("summary", channel, captured_at))
            if each.recipient in recipients
        ),
    )


def plan_dead_delivery(failed: Delivery, alerts: int, now: datetime, audience: Audience) -> AlertPlan | None:
    """The word that a message about so many alerts could not be delivered.

    Over every other channel, else to the other recipients; None where nobody else is left to be told.
    """
    token = token_of("dead", str(failed.id), now)
    others = [name for name in audience.channels if name != failed.channel] or [failed.channel]
    planned = everybody_over(audience, others, token)
    told = tuple(
        delivery
        for delivery in planned
        if (delivery.channel, delivery.recipient) != (failed.channel, failed.recipient)
    )
    if not told:
        return None
    what = "An alert" if alerts == 1 else f"A message with {alerts} alerts"
    title = f"{what} could not be delivered to {failed.recipient} over {failed.channel}"
    return AlertPlan(
        kind=AlertKind.DELIVERY,
        severity=Severity.HIGH,
        title=f"{title} – {now.date().isoformat()}",
        deliveries=told,
    )


def plan_sight(
    kind: AlertKind, document: DocumentLabel, title: str, at: datetime, audience: Audience
) -> AlertPlan:
    """The alert that a document is not seen, is gone, or is seen again: over every channel it may be told on.

    `at` tells one outage of a document from the next.
    """
    return AlertPlan(
        kind=kind,
        severity=_SEVERITY_OF_SIGHT[kind],
        title=title,
        deliveries=told_of(document, None, (), audience, token_of(kind.value, document.key, at)),
    )


_SEVERITY_OF_SIGHT = {
    AlertKind.OUTAGE: Severity.MEDIUM,
    AlertKind.WITHDRAWN: Severity.HIGH,
    AlertKind.RECOVERY: Severity.INFO,
}


def plan_storage(at: datetime, audience: Audience) -> tuple[Planned, ...]:
    """Everybody, for what became of the database itself at a time; sent from memory and never stored."""
    return everybody_over(audience, audience.channels, token_of("storage", at))


def told_of(
    document: DocumentLabel,
    findings: Sequence[Finding] | None,
    flags: Collection[str],
    audience: Audience,
    token: str,
) -> tuple[Planned, ...]:
    """Whom some route leads to, each once, in the order of the routes.

    `findings` are None for what is about the document as a whole: then only that has to pass a route.
    """
    led: dict[tuple[str, str], list[tuple[Route, frozenset[str]]]] = {}
    for route in audience.routes:
        topics = passed_topics(route, document, findings, flags)
        if topics is not None:
            for addressee in addressees_of(route, audience):
                led.setdefault(addressee, []).append((route, topics))
    return tuple(
        Planned(
            channel,
            recipient,
            message_id_of(token, channel, recipient, audience),
            tuple(dict.fromkeys(route.timing for route, _ in ways)),
            frozenset().union(*(topics for _, topics in ways)),
        )
        for (channel, recipient), ways in led.items()
    )


def is_told_of(document: DocumentLabel, audience: Audience, to: tuple[str, str]) -> bool:
    """Whether some route would tell a channel and recipient of a document."""
    return any(
        to in addressees_of(route, audience) and passed_topics(route, document, None, ()) is not None
        for route in audience.routes
    )


def worth_telling(findings: Iterable[Finding], audience: Audience) -> tuple[Finding, ...]:
    """Without those that change nothing of what a service may do, unless a route asks for their effect."""
    asked = {effect for route in audience.routes for effect in route.effects}
    return tuple(each for each in findings if each.effect not in QUIET or each.effect in asked)


def leading(subjects: Iterable[Subject], audience: Audience, to: tuple[str, str]) -> tuple[int, ...]:
    """The numbers, from 1 on, of the routes by which any of these comes to a channel and recipient.

    No more subjects are asked for once all routes that lead there are found.
    """
    open_routes = {
        number: route
        for number, route in enumerate(audience.routes, start=1)
        if to in addressees_of(route, audience)
    }
    found: list[int] = []
    for each in subjects:
        for number, route in [*open_routes.items()]:
            if passed_topics(route, each.document, each.findings, each.flags) is not None:
                found.append(number)
                del open_routes[number]
        if not open_routes:
            break
    return tuple(sorted(found))


def passed_topics(
    route: Route, document: DocumentLabel, findings: Sequence[Finding] | None, flags: Collection[str]
) -> frozenset[str] | None:
    """The topics that a route lets through, none of them for a document as a whole; None if nothing passes."""
    if not route.passes_document(document.key.partition("/")[0], document.kind, document.region):
        return None
    if findings is None:
        return frozenset()
    return frozenset(each.topic for each in findings if route.passes_finding(each, flags)) or None


def addressees_of(route: Route, audience: Audience) -> list[tuple[str, str]]:
    """Channel and recipient of everybody whom a route tells."""
    return [
        (channel, recipient)
        for channel in route.to
        if channel in audience.channels
        for recipient in audience.channels[channel].addresses
        if route.tells(recipient)
    ]


def strongest(findings: Iterable[Finding]) -> Severity:
    return min((finding.severity for finding in findings), key=lambda severity: severity.rank)


def everybody_over(audience: Audience, channels: Iterable[str], token: str) -> tuple[Planned, ...]:
    """All recipients of these channels, told at once."""
    return tuple(
        Planned(channel, address, message_id_of(token, channel, address, audience))
        for channel in channels
        if channel in audience.channels
        for address in audience.channels[channel].addresses
    )


def message_id_of(token: str, channel: str, address: str, audience: Audience) -> str:
    return f"{token}.{_hash(channel, address)[:12]}@{audience.channels[channel].message_domain}"


def token_of(*parts: str | datetime) -> str:
    """The same event gives the same token, so that a decision made twice cannot send two different messages."""
    return _hash(*(part.isoformat() if isinstance(part, datetime) else part for part in parts))[:24]


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
