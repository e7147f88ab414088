"""PURE: who is told again, or of something that ended: reminders, channels in trouble, silences."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from monitor.alerting import (
    AlertPlan,
    Audience,
    Planned,
    addressees_of,
    everybody_over,
    message_id_of,
    passed_topics,
    token_of,
)
from monitor.messages.model import DocumentLabel
from monitor.routes import Route
from monitor.silencing import words_of
from storage.records import AlertKind, ChannelTrouble, Finding, Severity, Silence

MOST_REMINDERS = 3


def shortest_repeat(audience: Audience) -> float | None:
    """After how many seconds the first reminder may be due at all; None where no route repeats anything."""
    return min((route.repeat.after for route in audience.routes if route.repeat is not None), default=None)


def plan_reminder(
    alert_id: int,
    document: DocumentLabel,
    findings: Sequence[Finding] | None,
    flags: Collection[str],
    reminders: int,
    waited: float,
    audience: Audience,
) -> tuple[Planned, ...]:
    """Who is reminded of an alert that nobody acknowledged, so many seconds after it was told last."""
    if reminders >= MOST_REMINDERS:
        return ()
    token = token_of("reminder", str(alert_id), str(reminders + 1))
    told: dict[tuple[str, str], frozenset[str]] = {}
    for route in audience.routes:
        topics = passed_topics(route, document, findings, flags)
        if topics is None or route.repeat is None or waited < route.repeat.after:
            continue
        for addressee in _reminded_by(route, route.repeat.to, audience):
            told[addressee] = told.get(addressee, frozenset()) | topics
    return tuple(
        Planned(channel, recipient, message_id_of(token, channel, recipient, audience), topics=topics)
        for (channel, recipient), topics in told.items()
    )


def _reminded_by(route: Route, channels: Sequence[str], audience: Audience) -> list[tuple[str, str]]:
    """Over its own channels a route reminds whom it tells, over others everybody."""
    own = [each for each in addressees_of(route, audience) if each[0] in channels]
    others = everybody_over(audience, [name for name in channels if name not in route.to], token="")
    return own + [(each.channel, each.recipient) for each in others]


def plan_channel(
    trouble: ChannelTrouble, now: datetime, audience: Audience, *, works_again: bool
) -> AlertPlan | None:
    """The alert that a channel does not work, or works again, over every other; None where there is none."""
    token = token_of("channel", trouble.channel, trouble.since, "works" if works_again else "fails")
    told = everybody_over(audience, [name for name in audience.channels if name != trouble.channel], token)
    if not told:
        return None
    what = "delivers again" if works_again else f"has not delivered since {trouble.since.date().isoformat()}"
    return AlertPlan(
        kind=AlertKind.CHANNEL,
        severity=Severity.INFO if works_again else Severity.HIGH,
        title=f"The channel {trouble.channel} {what} – {now.date().isoformat()}",
        deliveries=told,
    )


def plan_end_of_silence(
    silence: Silence, kept_back: Collection[int], told: Collection[tuple[str, str]], audience: Audience
) -> AlertPlan | None:
    """The word that a silence has ended, to whom it kept alerts back; None where nobody can be told."""
    token = token_of("silence", str(silence.id))
    planned = everybody_over(audience, dict.fromkeys(channel for channel, _ in told), token)
    reached = tuple(each for each in planned if (each.channel, each.recipient) in told)
    if not reached:
        return None
    alerts = "1 alert" if len(kept_back) == 1 else f"{len(kept_back)} alerts"
    return AlertPlan(
        kind=AlertKind.SILENCE,
        severity=Severity.INFO,
        title=f"A silence has ended: {words_of(silence)}; {alerts} kept back",
        deliveries=reached,
    )
