"""The plan of a long run: replayable from its seed, whole, with texts that mean what it believes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.detect.compile import compile_rule
from monitor.detect.judge import detect
from monitor.detect.rulebook import read_rulebook
from tests.monitor.detect.helpers import edit
from tests.soak.configuration import RULE
from tests.soak.model import CHAT_FAULTS, KILLS, MACHINE_FAULTS, MAIL_FAULTS, SITE_FAULTS, Place, Setting
from tests.soak.plan import count_faults, make_plan
from tests.soak.run import WHOLE_RUN
from tests.soak.texts import ALERTING, CALM, MARK, clauses, html, mark

RULES = [compile_rule(rule) for rule in read_rulebook("soak", RULE).rules]
seeds = st.integers(0, 2**32 - 1)


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_same_seed_gives_the_same_plan_and_another_seed_another(seed: int) -> None:
    assert make_plan(seed, WHOLE_RUN) == make_plan(seed, WHOLE_RUN)
    assert make_plan(seed, WHOLE_RUN) != make_plan(seed + 1, WHOLE_RUN)


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_every_kind_of_fault_and_all_kills_come_before_the_tail(seed: int) -> None:
    plan = make_plan(seed, WHOLE_RUN)
    assert all(count_faults(plan).values())
    assert sum(act.deed in KILLS for act in plan.acts) == WHOLE_RUN.kills == 50
    moments = [
        *(edit.at for edit in plan.edits),
        *(fault.end for fault in plan.faults),
        *(act.at for act in plan.acts),
    ]
    assert max(moments) <= WHOLE_RUN.busy


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_faults_of_one_page_or_receiver_never_overlap(seed: int) -> None:
    ends: dict[tuple[Place, int], float] = {}
    for fault in make_plan(seed, WHOLE_RUN).faults:
        if fault.place is Place.MACHINE:
            continue
        name = (fault.place, fault.document)
        assert fault.begin >= ends.get(name, 0.0)
        ends[name] = fault.end


def test_faults_that_a_run_may_not_use_are_left_out() -> None:
    calm = Setting(seconds=600, tail=100, day=60, documents=3, kills=2, faults=("down",))
    kinds = {fault.kind for fault in make_plan(7, calm).faults}
    assert kinds <= {*SITE_FAULTS, "down"}
    assert not kinds & ({*MAIL_FAULTS, *CHAT_FAULTS, *MACHINE_FAULTS} - {"down"})


def test_rules_alert_on_the_wordings_that_the_plan_calls_alerting_and_on_no_other() -> None:
    for wordings, expected in ((ALERTING, True), (CALM, False)):
        for number in range(len(wordings)):
            told = clauses(number, [expected] * 6, 6)[-6:]
            assert all(bool(detect(edit(None, clause), RULES, "en")) is expected for clause in told), told


def test_page_holds_its_clauses_and_each_mark_once() -> None:
    page = html(12, (True, False, True), 2)
    assert all(clause in page for clause in clauses(12, (True, False, True), 2))
    assert MARK.findall(page) == [mark(12, 1), mark(12, 2)]
