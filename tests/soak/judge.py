"""PURE: holds every promise against what happened in a long run and what the daemon made of it."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator

from tests.soak.evidence import Evidence, Verdict, Violation
from tests.soak.judge_news import alerts_without_cause, copies, lost_alerts, lost_changes
from tests.soak.judge_sight import false_alarms, late_looks, untold_blindness
from tests.soak.ledger import SEEN, Answered, Exit, Ledger, Ran, Window
from tests.soak.model import DOWN
from tests.soak.texts import clauses

CLOCK_SECONDS = 0.5
"""An answer is noted once it is handed over, by when the daemon may have read it."""

ANSWER_SECONDS = 5.0
"""From an answer's end to the time that the daemon writes down for it."""

STOP_SECONDS = 10.0
MOST_MEMORY = 256 * 1024
"""Kilobytes of the daemon's own process, with at most eight pages of 2 MB under way."""


def judge(evidence: Evidence) -> list[Verdict]:
    return [
        lost_changes(evidence),
        lost_alerts(evidence),
        alerts_without_cause(evidence),
        copies(evidence),
        false_versions(evidence),
        late_looks(evidence),
        untold_blindness(evidence),
        false_alarms(evidence),
        *after_the_end(evidence),
    ]


def false_versions(evidence: Evidence) -> Verdict:
    """Each version is what the page said as a whole, both when it was first seen and when it was last seen."""
    violations = []
    given: dict[int, list[Answered]] = defaultdict(list)
    for answered in evidence.ledger.answered:
        if answered.what in SEEN:
            given[answered.document].append(answered)
    for appeared in evidence.archive.appeared:
        notices = evidence.plan.notices[appeared.document]
        true_at = [
            each.at
            for each in given[appeared.document]
            if clauses(appeared.document, notices, each.revision) == appeared.clauses
        ]
        for when, at in (("first", appeared.begin), ("last", appeared.end)):
            if not _was_true(evidence, true_at, at):
                words = f"version {appeared.number} was not what the page said when it was {when} seen"
                violations.append(Violation(words, appeared.document, evidence.second(at)))
    return Verdict("false versions", len(evidence.archive.appeared), tuple(violations))


def _was_true(evidence: Evidence, true_at: list[float], at: float) -> bool:
    """Whether one of these answers may be the one that was read as of `at`."""
    before = bisect_right(true_at, at + CLOCK_SECONDS)
    if not before:
        return False
    last = true_at[before - 1]
    return at - last <= ANSWER_SECONDS + evidence.hindered(last, at)


def after_the_end(evidence: Evidence) -> Iterator[Verdict]:
    ending, ledger = evidence.ending, evidence.ledger
    planned, done = evidence.plan.setting.kills, len(ledger.kills)
    yield _one("kills that did not come about", planned == done, f"{done} of {planned}")
    sound = ending.integrity == "ok"
    yield _one("damage in the database", sound, ending.integrity)
    yield Verdict(
        "bad backups",
        sum(each.command == "backup" and each.code == 0 for each in ledger.ran),
        tuple(Violation(path) for path in ending.bad_backups),
    )
    yield _one(
        "late stop",
        ending.code == 0 and ending.seconds <= STOP_SECONDS,
        f"{ending.code} after {ending.seconds:.1f} s",
    )
    most = max(ledger.most_memory, ending.memory)
    words = f"at most {most // 1024} MiB, {ending.memory // 1024} MiB at the end"
    yield _one("memory beyond the bound", most <= MOST_MEMORY, words)
    yield _one("tracebacks in the log", ending.tracebacks == 0, str(ending.tracebacks))
    yield _one("processes left behind", ending.left_processes == 0, str(ending.left_processes))
    ends = [each for each in ledger.exits if not each.killed][:-1]
    yield Verdict(
        "ends without a reason",
        len(ledger.exits),
        tuple(
            Violation(f"ended with {each.code}", at=evidence.second(each.at))
            for each in ends
            if not _has_reason(each, ledger)
        ),
    )


def _has_reason(ended: Exit, ledger: Ledger) -> bool:
    """It may refuse to start without room, with a bad configuration, or while `check` delivers in its place."""
    around: list[Window | Ran] = [window for window in ledger.hindered if window.kind != DOWN]
    if ended.code == 75:
        around += [ran for ran in ledger.ran if ran.command == "check"]
    return any(each.begin - 1 <= ended.at <= each.end + 1 for each in around)


def _one(promise: str, kept: bool, measured: str) -> Verdict:
    return Verdict(promise, 1, () if kept else (Violation(measured),), measured)
