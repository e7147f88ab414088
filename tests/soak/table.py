"""PURE: the report of a long run: what was done to the daemon, and how each promise fared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from tests.soak.evidence import Evidence, Verdict
from tests.soak.ledger import SEEN
from tests.soak.model import FULL
from tests.soak.plan import count_faults

_VIOLATIONS_SHOWN = 20


def report(evidence: Evidence, verdicts: Sequence[Verdict], *, can_fill: bool) -> str:
    return "\n".join([*_head(evidence), "", *_faults(evidence, can_fill=can_fill), "", *_promises(verdicts)])


def _head(evidence: Evidence) -> Iterator[str]:
    plan, ledger = evidence.plan, evidence.ledger
    setting = plan.setting
    looks = Counter(each.what in SEEN for each in ledger.answered)
    yield (
        f"seed {plan.seed}: {setting.seconds / 60:.1f} minutes, {setting.day:g} s for a day,"
        f" {setting.documents} documents"
    )
    yield (
        f"{len(plan.edits)} edits of pages; {looks[True]} looks that saw the page,"
        f" {looks[False]} that met a fault; {len(evidence.archive.appeared)} texts recorded;"
        f" {len(evidence.archive.alerts)} alerts, {len(ledger.accepted)} messages accepted"
    )
    yield f"the plan was kept to within {ledger.lag:.1f} seconds"


def _faults(evidence: Evidence, *, can_fill: bool) -> Iterator[str]:
    yield f"{'fault':<46}{'times':>7}{'seconds':>9}{'documents':>11}"
    for (place, kind), found in count_faults(evidence.plan).items():
        seconds = sum(fault.end - fault.begin for fault in found)
        hit = len({fault.document for fault in found if fault.document >= 0})
        if kind == FULL and not can_fill:
            yield f"{f'{place}: {kind}':<46}    not on this machine: mounting a small disk needs root"
        else:
            yield f"{f'{place}: {kind}':<46}{len(found):>7}{seconds:>9.0f}{hit or '':>11}"
    ledger = evidence.ledger
    for deed, count in sorted(Counter([*ledger.kills, *ledger.reloads]).items()):
        yield f"{deed:<46}{count:>7}"
    for command, count in sorted(Counter(ran.command for ran in ledger.ran).items()):
        codes = Counter(ran.code for ran in ledger.ran if ran.command == command)
        ended = ", ".join(f"{times} with {code}" for code, times in sorted(codes.items()))
        yield f"{f'{command} beside the daemon':<46}{count:>7}  ended: {ended}"


def _promises(verdicts: Sequence[Verdict]) -> Iterator[str]:
    yield f"{'promise':<46}{'cases':>7}{'broken':>9}"
    for verdict in verdicts:
        measured = f"  {verdict.measured}" if verdict.measured else ""
        yield f"{verdict.promise:<46}{verdict.cases:>7}{len(verdict.violations):>9}{measured}"
    for verdict in verdicts:
        for violation in verdict.violations[:_VIOLATIONS_SHOWN]:
            where = f" page-{violation.document:03}" if violation.document >= 0 else ""
            when = f" at second {violation.at:g}" if violation.at is not None else ""
            yield f"BROKEN {verdict.promise}:{where}{when}: {violation.words}"
