"""PURE: of what changed, was nobody left out, was nothing told without cause, was nothing told too often?"""

from __future__ import annotations

import re
from collections import Counter, defaultdict

from tests.soak.evidence import MARK_SECONDS, TROUBLES, Evidence, Verdict, Violation
from tests.soak.ledger import SEEN, Accepted
from tests.soak.model import DOWN, FROZEN, READERS, Watched
from tests.soak.texts import MARK, mark

_NAMED = re.compile(r"\(alert (\d+)\)")
_NOT_ALL_NAMED = "not listed here"


def lost_changes(evidence: Evidence) -> Verdict:
    """Every notice that the rules alert on and that was looked at for certain reached everybody.

    Looked at for certain: the page was handed over with it and nothing hindered the daemon then or shortly
    after; or it stands in a version of the archive; or it stood at the end.
    """
    heard = _heard(evidence)
    cases, violations = 0, []
    for document in evidence.plan.setting.watched:
        for number, alerting in enumerate(evidence.plan.notices[document.number], 1):
            since = _looked_at(evidence, document, number) if alerting else None
            if since is None:
                continue
            cases += len(READERS)
            sign = mark(document.number, number)
            violations += [
                Violation(f"{sign} never reached {recipient}", document.number, evidence.second(since))
                for channel, recipient in READERS
                if sign not in heard[channel, recipient]
            ]
    return Verdict("lost changes", cases, tuple(violations))


def _heard(evidence: Evidence) -> dict[tuple[str, str], set[str]]:
    """The notices that were shown to each recipient, or whose alert was named among several."""
    marks = {alert.id: alert.marks for alert in evidence.archive.alerts}
    carried = _carried(evidence)
    heard: dict[tuple[str, str], set[str]] = defaultdict(set)
    for message in evidence.ledger.accepted:
        reader = message.channel, message.recipient
        heard[reader] |= set(MARK.findall(message.text))
        named = {int(number) for number in _NAMED.findall(message.text)}
        if _NOT_ALL_NAMED in message.text:  # the command that it gives lists all
            named |= carried[*reader, message.identity]
        heard[reader].update(*(marks.get(each, frozenset()) for each in named))
    return heard


def _carried(evidence: Evidence) -> dict[tuple[str, str, str], set[int]]:
    """The alerts in each message."""
    found: dict[tuple[str, str, str], set[int]] = defaultdict(set)
    for sent in evidence.archive.deliveries:
        found[sent.channel, sent.recipient, sent.identity].add(sent.alert)
    return found


def _planned(evidence: Evidence) -> Counter[tuple[str, str, str]]:
    """How many messages of each identity there are to be."""
    sent = {(each.channel, each.recipient, each.identity, each.message) for each in evidence.archive.deliveries}
    return Counter((channel, recipient, identity) for channel, recipient, identity, _ in sent)


def _looked_at(evidence: Evidence, document: Watched, notice: int) -> float | None:
    """When a notice was looked at for certain, None if that cannot be said."""
    sign = mark(document.number, notice)
    answers = [
        each
        for each in evidence.ledger.answered
        if each.document == document.number and each.what in SEEN and each.revision >= notice
    ]
    stands = bool(answers) and _last_revision(evidence, document.number) >= notice
    sure = [each.at for each in answers if evidence.is_sure(each.at)]
    known = [
        each.begin
        for each in evidence.archive.appeared
        if each.document == document.number and any(sign in clause for clause in each.clauses)
    ]
    return min([*sure, *known, *([answers[-1].at] if stands else [])], default=None)


def _last_revision(evidence: Evidence, document: int) -> int:
    said = [each.revision for each in evidence.ledger.said if each.document == document]
    return said[-1] if said else 0


def lost_alerts(evidence: Evidence) -> Verdict:
    """Every alert of the archive was sent to everybody; what is marked so was accepted by its receiver."""
    accepted = Counter((each.channel, each.recipient, each.identity) for each in evidence.ledger.accepted)
    planned = _planned(evidence)
    of_alert: dict[int, set[tuple[str, str]]] = defaultdict(set)
    violations = []
    for sent in evidence.archive.deliveries:
        of_alert[sent.alert].add((sent.channel, sent.recipient))
        who = f"alert {sent.alert} to {sent.recipient}"
        if sent.state != "sent":
            violations.append(Violation(f"{who} is {sent.state}"))
        name = (sent.channel, sent.recipient, sent.identity)
        if accepted[name] < planned[name]:
            violations.append(Violation(f"{who} was never accepted by its receiver"))
    violations += [
        Violation(f"alert {alert.id} ({alert.kind}) was not addressed to everybody", alert.document)
        for alert in evidence.archive.alerts
        if of_alert[alert.id] != set(READERS)
    ]
    return Verdict("lost alerts", len(evidence.archive.deliveries), tuple(violations))


def alerts_without_cause(evidence: Evidence) -> Verdict:
    """Every alert of a change shows notices of its own document; beside that, returns and sights are told."""
    shown: dict[str, set[str]] = defaultdict(set)
    for message in evidence.ledger.accepted:
        shown[message.identity] |= set(MARK.findall(message.text))
    changes = {alert.id: alert for alert in evidence.archive.alerts if alert.kind == "change"}
    carried = _carried(evidence)
    violations = [
        Violation(f"alert {alert.id} is a {alert.kind}", alert.document, evidence.second(alert.at))
        for alert in evidence.archive.alerts
        if alert.kind not in ("change", "returned", "recovery", *TROUBLES)
    ]
    for sent in evidence.archive.deliveries:
        alert = changes.get(sent.alert)
        if alert is None or not shown[sent.identity]:
            continue
        others = carried[sent.channel, sent.recipient, sent.identity]
        documents = {alert.document for alert in evidence.archive.alerts if alert.id in others}
        own = {mark(document, number) for document in documents for number in range(1, 100)}
        if not shown[sent.identity] <= own:
            violations.append(Violation(f"alert {alert.id} shows {shown[sent.identity] - own}", alert.document))
    named = {sent.alert for sent in evidence.archive.deliveries if shown[sent.identity]}
    violations += [
        Violation(f"alert {each} shows no notice", changes[each].document)
        for each in changes
        if each not in named
    ]
    return Verdict("alerts without cause", len(changes), tuple(violations))


def copies(evidence: Evidence) -> Verdict:
    """A second copy only where the reply was unknown or a kill came before the mark, one for each of these."""
    planned = _planned(evidence)
    groups: dict[tuple[str, str, str], list[Accepted]] = defaultdict(list)
    for message in evidence.ledger.accepted:
        groups[message.channel, message.recipient, message.identity].append(message)
    violations, more = [], 0
    for name, messages in groups.items():
        extra = len(messages) - planned[name]
        excused = sum(_is_excused(evidence, message) for message in messages)
        more += max(0, extra)
        if extra > excused:
            words = (
                f"{name[2]} reached {name[1]} {len(messages)} times, {excused} times with a reason for another"
            )
            violations.append(Violation(words, at=evidence.second(messages[-1].at)))
    lost_replies = sum(not each.answered for each in evidence.ledger.accepted)
    measured = f"{more} copies; {len(evidence.ledger.kills)} kills, {lost_replies} replies lost"
    return Verdict("copies without reason", len(groups), tuple(violations), measured)


def _is_excused(evidence: Evidence, message: Accepted) -> bool:
    if not message.answered:
        return True
    for window in evidence.ledger.hindered:
        if window.kind == FROZEN and window.begin < message.at + MARK_SECONDS and window.end > message.at - 1:
            return True
        if window.kind == DOWN and window.begin > message.at - 0.5:
            idle = evidence.hindered(message.at, window.begin)
            if window.begin - message.at - idle <= MARK_SECONDS:
                return True
    return False
