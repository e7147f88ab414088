"""A small run in which every promise was kept, for tests to break one."""

from __future__ import annotations

from dataclasses import replace

from tests.soak.archive import Alert, Appeared, Archive, Sent
from tests.soak.evidence import Evidence
from tests.soak.ledger import WHOLE, Accepted, Answered, Ending, Exit, Ledger, Said, Window
from tests.soak.model import CHAT, READERS, Edit, Plan, Setting
from tests.soak.receivers import alert_identity, recovery_identity
from tests.soak.texts import clauses, mark

BEGIN = 1_000_000.0
SETTING = Setting(seconds=600, tail=120, day=60, documents=1, kills=1)
"""One document: looked at every 15 seconds, blind after 60."""

NOTICES = (True,)
KEY = SETTING.watched[0].key
CHANGED = 100.0
BLIND, SEES = 200.0, 350.0
TOLD, RECOVERED = BLIND + 60, SEES + 1


def kept() -> Evidence:
    """The page gains an alerting notice, is not to be read from `BLIND` to `SEES`, and all of it is told."""
    plan = Plan(1, SETTING, (NOTICES,), (Edit(CHANGED, 0, 1),), ())
    alerts = (
        Alert(1, "change", 0, BEGIN + CHANGED + 1),
        Alert(2, "outage", 0, BEGIN + TOLD),
        Alert(3, "recovery", 0, BEGIN + RECOVERED),
    )
    deliveries = tuple(
        Sent(alert.id, channel, recipient, identity(alert, channel, recipient), "sent", alert.id)
        for alert in alerts
        for channel, recipient in READERS
    )
    return Evidence(plan, _ledger(alerts), Archive(_appeared(), alerts, deliveries), good_end())


def good_end() -> Ending:
    return Ending(0, 1.0, 90_000, 0, 0, "ok", ())


def identity(alert: Alert, channel: str, recipient: str) -> str:
    if channel != CHAT:
        return f"<{alert.id}.{recipient}>"
    return recovery_identity(KEY) if alert.kind == "recovery" else alert_identity(alert.id)


def message(alert: Alert, channel: str, recipient: str, after: float = 1.0) -> Accepted:
    text = f"news of {mark(0, 1)}" if alert.kind == "change" else f"{alert.kind} of {KEY}"
    return Accepted(
        alert.at + after, channel, recipient, identity(alert, channel, recipient), text, answered=True
    )


def without(evidence: Evidence, unwanted: Accepted) -> Evidence:
    accepted = [each for each in evidence.ledger.accepted if each != unwanted]
    return replace(evidence, ledger=replace(evidence.ledger, accepted=accepted))


def _ledger(alerts: tuple[Alert, ...]) -> Ledger:
    moments = [float(at) for at in range(-5, 600, 15)]
    seen = [at for at in moments if not BLIND <= at < SEES]
    return Ledger(
        begin=BEGIN,
        end=BEGIN + SETTING.seconds,
        said=[Said(BEGIN + CHANGED, 0, 1)],
        answered=[Answered(BEGIN + at, 0, WHOLE, int(at >= CHANGED)) for at in seen],
        accepted=[message(alert, *reader) for alert in alerts for reader in READERS],
        broken=[Window("refused", BEGIN + BLIND, BEGIN + SEES, 0)],
        exits=[Exit(BEGIN + SETTING.seconds, 0, killed=False)],
        kills=["kill -9"],
        most_memory=90_000,
    )


def _appeared() -> tuple[Appeared, ...]:
    first, last = BEGIN - 5, BEGIN + 595
    return (
        Appeared(0, 1, clauses(0, NOTICES, 0), first, BEGIN + 85),
        Appeared(0, 2, clauses(0, NOTICES, 1), BEGIN + CHANGED, last),
    )
