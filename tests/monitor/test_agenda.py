"""What is due when, across restarts and failures; and first versions told once, when all are read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from monitor import agenda, looks
from monitor.alerting import Audience, Recipients
from monitor.cadence import Due, Every, Moment
from monitor.config import Target
from monitor.looks import Report
from monitor.pipeline import Pipeline
from monitor.routes import Route
from storage import checks
from storage.records import AlertKind, CheckOutcome, Severity
from tests.monitor.stage import FIRST_TEXT, NOON, TEAM, TRAINING, Stage, audience, watch

HOUR = 3600.0


def moment(stage: Stage) -> Moment:
    return Moment(stage.clock(), (stage.clock() - NOON).total_seconds())


def begin(stage: Stage, *targets: Target) -> dict[str, Due]:
    return agenda.begin(stage.database, targets, TEAM, moment(stage), lambda: 0.0)


def move_on(stage: Stage, target: Target, report: Report, heard: Audience = TEAM) -> Due:
    appointment = agenda.Appointment(target, heard, lambda: moment(stage), 0.0)
    with stage.database.write() as transaction:
        appointment(transaction, looks.ensure_document(transaction, target, stage.clock()).id, report)
    assert appointment.due is not None
    return appointment.due


def seconds_until(stage: Stage, due: Due) -> float:
    now = moment(stage)
    assert (due.wall - now.wall).total_seconds() == due.monotonic - now.monotonic
    return due.monotonic - now.monotonic


def report(outcome: CheckOutcome, **more: float) -> Report:
    return Report("acme/privacy-policy", outcome, "because", **more)  # type: ignore[arg-type]


async def test_what_was_never_checked_is_due_at_once_and_then_by_its_cadence(stage: Stage) -> None:
    target = stage.target()
    assert seconds_until(stage, begin(stage, target)[target.key]) == 0
    assert seconds_until(stage, move_on(stage, target, report(CheckOutcome.UNCHANGED))) == HOUR


async def test_a_restart_keeps_the_cadence(stage: Stage) -> None:
    target = stage.target()
    begin(stage, target)
    move_on(stage, target, report(CheckOutcome.UNCHANGED))
    stage.clock.advance(minutes=20)
    assert seconds_until(stage, begin(stage, target)[target.key]) == HOUR - 20 * 60
    stage.clock.advance(days=3)
    assert seconds_until(stage, begin(stage, target)[target.key]) <= 0


async def test_failures_are_tried_again_sooner_then_at_the_cadence_and_recover(stage: Stage) -> None:
    target = stage.target()
    begin(stage, target)
    failed = report(CheckOutcome.FAILED)
    waits = [seconds_until(stage, move_on(stage, target, failed)) for _ in range(6)]
    assert waits == [300, 600, 1200, 2400, HOUR, HOUR]
    move_on(stage, target, report(CheckOutcome.UNCHANGED))
    assert seconds_until(stage, move_on(stage, target, failed)) == 300


async def test_the_backoff_of_a_failing_document_outlives_a_restart(stage: Stage) -> None:
    target = stage.target()
    begin(stage, target)
    for _ in range(2):
        move_on(stage, target, report(CheckOutcome.FAILED))
    assert seconds_until(stage, begin(stage, target)[target.key]) == 600
    assert seconds_until(stage, move_on(stage, target, report(CheckOutcome.FAILED))) == 1200


async def test_a_server_that_asks_for_patience_gets_it(stage: Stage) -> None:
    target = stage.target()
    begin(stage, target)
    due = move_on(stage, target, report(CheckOutcome.FAILED, retry_after=2 * HOUR))
    assert seconds_until(stage, due) == 2 * HOUR


async def test_a_held_page_keeps_its_cadence(stage: Stage) -> None:
    target = stage.target()
    begin(stage, target)
    assert seconds_until(stage, move_on(stage, target, report(CheckOutcome.HELD))) == HOUR


async def test_documents_that_are_no_targets_any_more_are_due_no_more(stage: Stage) -> None:
    kept, dropped = stage.target(), stage.target("/old", key="acme/old")
    begin(stage, kept, dropped)
    assert list(begin(stage, kept)) == [kept.key]
    with stage.database.read() as transaction:
        assert len(checks.schedule_entries(transaction)) == 1
        assert checks.first_checks_outstanding(transaction)


async def test_a_look_that_ends_after_its_document_was_dropped_makes_it_due_no_more(stage: Stage) -> None:
    begin(stage, stage.target())
    begin(stage)
    move_on(stage, stage.target(), report(CheckOutcome.UNCHANGED))
    with stage.database.read() as transaction:
        assert checks.schedule_entries(transaction) == {}


async def look_and_move_on(stage: Stage, pipeline: Pipeline, target: Target) -> CheckOutcome:
    """A look whose next one is written in its transaction, as the daemon has it."""
    appointment = agenda.Appointment(target, pipeline.watch.audience, lambda: moment(stage), 0.0)
    stage.clock.advance(hours=0.01)
    found = await pipeline.check(target, appointment)
    assert appointment.due is not None
    return found.outcome


def documents(stage: Stage, *services: str) -> list[Target]:
    return [stage.target(f"/{service}", key=f"{service}/terms") for service in services]


async def test_baselines_are_told_in_one_summary_a_channel_once_every_document_was_looked_at(
    stage: Stage,
) -> None:
    heard = audience(mail=("ann@team.test", "bob@team.test"), chat=("webhook",))
    pipeline = stage.pipeline(watch(heard))
    targets = documents(stage, "acme", "bolt", "missing", "calm")
    begin(stage, *targets)
    stage.show(FIRST_TEXT, TRAINING, path="/acme")
    stage.show(TRAINING, path="/bolt")
    stage.show(FIRST_TEXT, path="/calm")
    for target in targets[:3]:
        await look_and_move_on(stage, pipeline, target)
        assert not any(each.deliveries for each in stage.alerts())
    await look_and_move_on(stage, pipeline, targets[3])
    told = [each for each in stage.alerts(AlertKind.BASELINE) if each.deliveries]
    assert [[made.channel for made in each.deliveries] for each in told] == [["mail", "mail"], ["chat"]]
    assert all("2 documents" in each.alert.title for each in told)
    for target in targets:
        await look_and_move_on(stage, pipeline, target)
    assert len([each for each in stage.alerts() if each.deliveries]) == 2


async def test_a_single_check_of_some_documents_tells_their_baselines_in_one_summary(stage: Stage) -> None:
    pipeline = stage.pipeline()
    targets = documents(stage, "acme", "bolt")
    agenda.enrol(stage.database, targets, stage.clock())
    for target, path in zip(targets, ("/acme", "/bolt"), strict=True):
        stage.show(TRAINING, path=path)
        await look_and_move_on(stage, pipeline, target)
    assert [len(each.deliveries) for each in stage.alerts() if each.deliveries] == [2]


async def test_a_document_added_later_has_a_summary_of_its_own(stage: Stage) -> None:
    pipeline = stage.pipeline()
    first, second = documents(stage, "acme", "bolt")
    stage.show(TRAINING, path="/acme")
    stage.show(TRAINING, path="/bolt")
    begin(stage, first)
    await look_and_move_on(stage, pipeline, first)
    begin(stage, first, second)
    await look_and_move_on(stage, pipeline, second)
    told = [each.alert for each in stage.alerts() if each.deliveries]
    assert [len(alert.details["members"]) for alert in told] == [1, 1]
    assert told[0].details["members"] != told[1].details["members"]


async def test_a_channel_is_told_only_of_baselines_that_its_routes_let_through(stage: Stage) -> None:
    routes = (
        Route(to=("legal",), services=frozenset({"acme"})),
        Route(to=("quiet",), topics=frozenset({"biometric"})),
        Route(to=("urgent",), severity=Severity.HIGH),
    )
    channels = {name: Recipients(("x",), f"{name}.test") for name in ("legal", "quiet", "urgent")}
    pipeline = stage.pipeline(watch(Audience(routes, channels)))
    targets = documents(stage, "acme", "bolt")
    begin(stage, *targets)
    for target, path in zip(targets, ("/acme", "/bolt"), strict=True):
        stage.show(TRAINING, path=path)
        await look_and_move_on(stage, pipeline, target)
    told = {
        made.channel: len(each.alert.details["members"]) for each in stage.alerts() for made in each.deliveries
    }
    assert told == {"legal": 1, "urgent": 2}


async def test_a_baseline_can_be_told_at_once(stage: Stage) -> None:
    pipeline = stage.pipeline(watch(baseline="alert"))
    targets = documents(stage, "acme", "never-looked-at")
    begin(stage, *targets)
    stage.show(TRAINING, path="/acme")
    await look_and_move_on(stage, pipeline, targets[0])
    (alert,) = stage.alerts()
    assert (alert.alert.kind, len(alert.deliveries)) == (AlertKind.BASELINE, 2)


async def test_a_baseline_that_is_off_is_not_even_looked_for(stage: Stage) -> None:
    pipeline = stage.pipeline(watch(baseline="off"))
    (target,) = documents(stage, "acme")
    begin(stage, target)
    stage.show(TRAINING, path="/acme")
    await look_and_move_on(stage, pipeline, target)
    assert stage.alerts() == []


async def test_a_changed_cadence_holds_from_the_next_start(stage: Stage) -> None:
    target = stage.target()
    begin(stage, target)
    move_on(stage, target, report(CheckOutcome.UNCHANGED))
    sooner = replace(target, cadence=Every(60.0))
    assert begin(stage, sooner)[target.key].wall == stage.clock() + timedelta(seconds=60)
