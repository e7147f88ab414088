"""PURE: was every page looked at in time, and was every blindness told, once, and none that was not?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from tests.soak.archive import Alert
from tests.soak.evidence import SURE_AFTER, TROUBLES, Evidence, Verdict, Violation
from tests.soak.ledger import SEEN
from tests.soak.model import NOT_FOUND, Watched


def late_looks(evidence: Evidence) -> Verdict:
    """Where nothing is wrong with a page it is looked at as often as it should be, but for what hinders us."""
    cases, violations, worst = 0, [], 0.0
    answers = evidence.answers()
    for document in evidence.plan.setting.watched:
        moments = [each.at for each in answers.get(document.number, ())]
        moments = [at for at in moments if evidence.ledger.begin <= at <= evidence.ledger.end]
        for before, after in pairwise([*moments, evidence.ledger.end]):
            if _is_broken(evidence, document.number, before - 30, after):
                continue
            cases += 1
            late = after - before - 1.1 * document.every - evidence.hindered(before, after)
            worst = max(worst, late)
            if after - before > 1.1 * document.every + evidence.allowance(before, after):
                words = f"not looked at for {after - before:.0f} s"
                violations.append(Violation(words, document.number, evidence.second(before)))
    return Verdict("late looks", cases, tuple(violations), f"at most {worst:.1f} s late")


def _is_broken(evidence: Evidence, document: int, begin: float, end: float) -> bool:
    return any(
        window.document == document and window.begin < end and window.end > begin
        for window in evidence.ledger.broken
    )


def untold_blindness(evidence: Evidence) -> Verdict:
    """Unseen for a limit and an interval, and for what hindered us: told once; seen again: told once more."""
    cases, violations, worst = 0, [], 0.0
    looks = evidence.looks()
    for document in evidence.plan.setting.watched:
        told = evidence.troubles(document.number)
        for before, after in pairwise([*looks.get(document.number, ()), evidence.ledger.end]):
            bound = document.limit + document.every + evidence.allowance(before, after)
            if after - before <= bound:
                continue
            cases += 1
            opened = _opened(told, before, after)
            if opened is None or opened.at > before + bound:
                words = f"unseen for {after - before:.0f} s and nobody was told within {bound:.0f} s"
                violations.append(Violation(words, document.number, evidence.second(before)))
            else:
                worst = max(worst, opened.at - before - document.limit)
        violations += _wrongly_told(evidence, document, told)
    return Verdict("blindness not told", cases, tuple(violations), f"at most {worst:.0f} s after the limit")


def _opened(told: Sequence[Alert], before: float, after: float) -> Alert | None:
    """The trouble that was open at some time between these two, the first of them."""
    ends_at = [following.at for following in told[1:]] + [after]
    for alert, ends in zip(told, ends_at, strict=False):
        if alert.kind in TROUBLES and alert.at <= after and ends > before:
            return alert
    return None


def _wrongly_told(evidence: Evidence, document: Watched, told: Sequence[Alert]) -> Iterator[Violation]:
    """Trouble and recovery take turns; only a withdrawal may follow an outage; what is seen has recovered."""
    previous = "recovery"
    for alert in told:
        turn = (previous in TROUBLES) if alert.kind == "recovery" else (previous == "recovery")
        upgrade = (previous, alert.kind) == ("outage", "withdrawn")
        if not turn and not upgrade:
            yield Violation(f"{alert.kind} after {previous}", document.number, evidence.second(alert.at))
        previous = alert.kind
    if previous == "recovery":
        return
    since = told[-1].at
    for at in evidence.looks().get(document.number, ()):
        if at > since and evidence.is_sure(at) and at + SURE_AFTER < evidence.ledger.end:
            yield Violation("seen again and no recovery was told", document.number, evidence.second(at))
            return


def false_alarms(evidence: Evidence) -> Verdict:
    """No outage is told of a page that was seen within its limit, no withdrawal of one that was not gone."""
    violations = []
    answers = evidence.answers()
    watched = evidence.plan.setting.watched
    troubles = [alert for alert in evidence.archive.alerts if alert.kind in TROUBLES]
    for alert in troubles:
        of_page = [each for each in answers.get(alert.document, ()) if each.at < alert.at]
        seen = [each.at for each in of_page if each.what in SEEN and evidence.is_sure(each.at)]
        last = max(seen, default=0.0)
        if alert.kind == "outage" and alert.at - last < watched[alert.document].limit - 1:
            words = f"told of an outage {alert.at - last:.0f} s after it was seen"
            violations.append(Violation(words, alert.document, evidence.second(alert.at)))
        missing = sum(each.what in NOT_FOUND and each.at > last for each in of_page)
        if alert.kind == "withdrawn" and missing < 2:
            words = f"told of a withdrawal after {missing} such answers"
            violations.append(Violation(words, alert.document, evidence.second(alert.at)))
    return Verdict("false alarms", len(troubles), tuple(violations))
