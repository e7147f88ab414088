"""Keeps people's attention on what waits for them: reminders, channels in trouble, silences that have ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor import followups, recording, timing
from monitor.alerting import AlertPlan, Audience, Planned
from monitor.reopening import OURSELVES
from monitor.retry import CHANNEL_FAILS_AFTER
from monitor.silencing import keeps_back, words_of
from storage import alerts, changes, channels, deliveries, documents, silences
from storage.alerts import Unanswered
from storage.database import Database, Transaction
from storage.records import (
    LIVE,
    AlertEntry,
    AlertKind,
    AlertStatus,
    ChannelTrouble,
    NewAlert,
    NewDelivery,
    Silence,
)

REMINDED = "reminded"


@dataclass(frozen=True, slots=True)
class Attended:
    """What one turn did: reminders of so many alerts, channels told of, silences that ended."""

    reminded: int = 0
    channels: tuple[str, ...] = ()
    silences: tuple[int, ...] = ()


def attend(database: Database, audience: Audience, now: datetime) -> Attended:
    """One turn; quick where there is nothing to do."""
    with database.read() as transaction:
        found = _found(transaction, audience, now)
    if not any(found):
        return Attended()
    with database.write() as transaction:  # asked again: another process may have done it
        unanswered, troubles, ended = _found(transaction, audience, now)
        return Attended(
            reminded=sum(_remind(transaction, each, audience, now) for each in unanswered),
            channels=tuple(
                each.channel for each in troubles if _tell_trouble(transaction, each, audience, now)
            ),
            silences=tuple(_tell_end(transaction, each, audience, now) for each in ended),
        )


def _found(
    transaction: Transaction, audience: Audience, now: datetime
) -> tuple[list[Unanswered], list[ChannelTrouble], list[Silence]]:
    after = followups.shortest_repeat(audience)
    unanswered = [] if after is None else alerts.unanswered(transaction, now - timedelta(seconds=after))
    troubles = [each for each in channels.every(transaction) if _is_news(each, audience, now)]
    reminders = [each for each in unanswered if each.reminders < followups.MOST_REMINDERS]
    return reminders, troubles, silences.ended_untold(transaction, now)


def _is_news(trouble: ChannelTrouble, audience: Audience, now: datetime) -> bool:
    return trouble.channel not in audience.channels or (
        not trouble.told and now - trouble.since >= CHANNEL_FAILS_AFTER
    )


def _remind(transaction: Transaction, unanswered: Unanswered, audience: Audience, now: datetime) -> int:
    alert = unanswered.alert
    if alert.document_id is None:
        return 0
    document = documents.get(transaction, alert.document_id)
    change = changes.get(transaction, alert.change_id) if alert.change_id is not None else None
    planned = followups.plan_reminder(
        alert.id,
        recording.label(document),
        change.findings if change else None,
        change.flags if change else (),
        unanswered.reminders,
        (now - unanswered.told_at).total_seconds(),
        audience,
    )
    silent = silences.in_force(transaction, now) if planned else []
    told = [each for each in planned if keeps_back(silent, document.key, each.topics) is None]
    number = unanswered.reminders + 1
    deliveries.add(transaction, alert.id, [_reminder(each, number) for each in told], now)
    if told:
        text = f"reminder {number}, to {', '.join(each.recipient for each in told)}"
        alerts.enter(transaction, alert.id, AlertEntry(now, OURSELVES, REMINDED, text))
    return int(bool(told))


def _reminder(planned: Planned, number: int) -> NewDelivery:
    return NewDelivery(
        planned.channel, planned.recipient, planned.message_id, grouping=timing.REMINDER, reminder=number
    )


def _tell_trouble(transaction: Transaction, trouble: ChannelTrouble, audience: Audience, now: datetime) -> bool:
    """Tell of a channel that does not work; one that the configuration no longer has is forgotten."""
    if trouble.channel not in audience.channels:
        channels.end(transaction, trouble.channel)
        return False
    channels.mark_told(transaction, trouble.channel)
    plan = followups.plan_channel(trouble, now, audience, works_again=False)
    if plan is not None:
        _save(transaction, plan, now, AlertStatus.NEW, **_told_of(trouble))
    return True


def tell_channel_works(
    transaction: Transaction, trouble: ChannelTrouble, audience: Audience, now: datetime
) -> None:
    """The trouble of a channel has ended; who was told of it is told of that."""
    channels.end(transaction, trouble.channel)
    plan = followups.plan_channel(trouble, now, audience, works_again=True) if trouble.told else None
    if plan is not None:
        _save(transaction, plan, now, AlertStatus.RESOLVED, **_told_of(trouble), until=now.isoformat())


def _told_of(trouble: ChannelTrouble) -> dict[str, str]:
    return {"channel": trouble.channel, "since": trouble.since.isoformat(), "error": trouble.error}


def _tell_end(transaction: Transaction, silence: Silence, audience: Audience, now: datetime) -> int:
    """Tell that a silence has ended to whom it kept alerts back; returns its id."""
    silences.mark_end_told(transaction, silence.id)
    kept_back = silences.kept_back_by(transaction, silence.id)
    ids = list(dict.fromkeys(alert_id for alert_id, _, _ in kept_back))
    told = {(channel, recipient) for _, channel, recipient in kept_back}
    plan = followups.plan_end_of_silence(silence, ids, told, audience)
    if plan is not None:
        _save(
            transaction, plan, now, AlertStatus.RESOLVED,
            silence=silence.id, covers=words_of(silence), author=silence.author, reason=silence.reason,
            since=silence.created_at.isoformat(), until=silence.ends_at.isoformat(),
            ended_by=silence.ended_by, members=ids,
        )  # fmt: skip
    return silence.id


def _save(
    transaction: Transaction, plan: AlertPlan, now: datetime, status: AlertStatus, **details: object
) -> None:
    new = NewAlert(plan.kind, LIVE, None, None, plan.severity, plan.title, now, now, status, details)
    recording.save_alert(transaction, plan, new)


WATCH_KINDS = frozenset({AlertKind.DELIVERY, AlertKind.CHANNEL, AlertKind.SILENCE})
"""What tells of the alerting itself; that such a word could not be delivered is not told in turn."""
