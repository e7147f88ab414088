"""PURE: from findings to an alert: its severity and title, and through the routes to its recipients."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from monitor.detect.topics.model import QUIET
from monitor.messages import title_of_change, title_of_return
from monitor.messages.model import DocumentLabel
from monitor.returns import Told
from monitor.routes import Route
from storage.records import AlertKind, Delivery, Finding, NewDelivery, Severity


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
class AlertPlan:
    """An alert and the deliveries that go with it; none for a baseline that waits for its summary.

    `details` are what its kind needs beyond that.
    """

    kind: AlertKind
    severity: Severity
    title: str
    deliveries: tuple[NewDelivery, ...]
    details: dict[str, Any] = field(default_factory=dict)


def plan_change(
    document: DocumentLabel, findings: Sequence[Finding], captured_at: datetime, audience: Audience
) -> AlertPlan:
    """The alert for a change on which rules fired."""
    return AlertPlan(
        kind=AlertKind.CHANGE,
        severity=strongest(findings),
        title=title_of_change(document, findings, captured_at.date()),
        deliveries=_deliveries(
            audience, channels_for(document, findings, audience), _token("change", document.key, captured_at)
        ),
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
    token = _token("returned", document.key, captured_at)
    told = dict.fromkeys(recipient for alert in undone for recipient in alert.recipients)
    planned = _deliveries(audience, dict.fromkeys(channel for channel, _ in told), token)
    reached = tuple(delivery for delivery in planned if (delivery.channel, delivery.recipient) in told)
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
    channels = channels_for(document, findings, audience) if at_once else ()
    return AlertPlan(
        kind=AlertKind.BASELINE,
        severity=strongest(findings),
        title=title_of_change(document, findings, captured_at.date(), baseline=True),
        deliveries=_deliveries(audience, channels, _token("baseline", document.key, captured_at)),
    )


def plan_summary(
    channel: str, documents: int, severity: Severity, captured_at: datetime, audience: Audience
) -> AlertPlan:
    """One message for a channel on everything that first versions already say."""
    watched = "1 document" if documents == 1 else f"{documents} documents"
    return AlertPlan(
        kind=AlertKind.BASELINE,
        severity=severity,
        title=f"First reading: the rules match wording in {watched} – {captured_at.date().isoformat()}",
        deliveries=_deliveries(audience, (channel,), _token("summary", channel, captured_at)),
    )


def plan_dead_delivery(failed: Delivery, now: datetime, audience: Audience) -> AlertPlan | None:
    """The alert that a message could not be delivered: over every other channel, else to the other recipients.

    None where nobody else is left to be told.
    """
    token = _token("dead", str(failed.id), now)
    others = [name for name in audience.channels if name != failed.channel] or [failed.channel]
    planned = _deliveries(audience, others, token)
    told = tuple(
        delivery
        for delivery in planned
        if (delivery.channel, delivery.recipient) != (failed.channel, failed.recipient)
    )
    if not told:
        return None
    title = f"An alert could not be delivered to {failed.recipient} over {failed.channel}"
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
        deliveries=_deliveries(audience, channels_of(document, audience), _token(kind.value, document.key, at)),
    )


_SEVERITY_OF_SIGHT = {
    AlertKind.OUTAGE: Severity.MEDIUM,
    AlertKind.WITHDRAWN: Severity.HIGH,
    AlertKind.RECOVERY: Severity.INFO,
}


def channels_of(document: DocumentLabel, audience: Audience) -> tuple[str, ...]:
    """The channels that some route may lead to from this document, whatever the finding."""
    service_id = document.key.partition("/")[0]
    chosen = [
        channel
        for route in audience.routes
        if route.passes_document(service_id, document.kind, document.region)
        for channel in route.to
    ]
    return tuple(dict.fromkeys(chosen))


def plan_storage(at: datetime, audience: Audience) -> tuple[NewDelivery, ...]:
    """Everybody, for what became of the database itself at a time; sent from memory and never stored."""
    return _deliveries(audience, audience.channels, _token("storage", at))


def channels_for(document: DocumentLabel, findings: Iterable[Finding], audience: Audience) -> tuple[str, ...]:
    """The channels that some route leads to, each once, in the order of the routes."""
    service_id = document.key.partition("/")[0]
    found = list(findings)
    chosen = [
        channel
        for route in audience.routes
        if route.passes_document(service_id, document.kind, document.region)
        and any(passes_finding(route, finding) for finding in found)
        for channel in route.to
    ]
    return tuple(dict.fromkeys(chosen))


def passes_finding(route: Route, finding: Finding) -> bool:
    return (
        (not route.topics or finding.topic in route.topics)
        and (not route.rules or finding.rule in route.rules)
        and finding.severity.rank <= route.severity.rank
    )


def worth_telling(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Without those that change nothing of what a service may do: they are kept with the change."""
    return tuple(finding for finding in findings if finding.effect not in QUIET)


def strongest(findings: Iterable[Finding]) -> Severity:
    return min((finding.severity for finding in findings), key=lambda severity: severity.rank)


def _deliveries(audience: Audience, channels: Iterable[str], token: str) -> tuple[NewDelivery, ...]:
    return tuple(
        NewDelivery(channel, address, _message_id(token, channel, address, audience.channels[channel]))
        for channel in channels
        if channel in audience.channels
        for address in audience.channels[channel].addresses
    )


def _message_id(token: str, channel: str, address: str, recipients: Recipients) -> str:
    return f"{token}.{_hash(channel, address)[:12]}@{recipients.message_domain}"


def _token(*parts: str | datetime) -> str:
    """The same event gives the same token, so that a decision made twice cannot send two different messages."""
    return _hash(*(part.isoformat() if isinstance(part, datetime) else part for part in parts))[:24]


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
