"""No silent blindness: told once beyond the limit, once on recovery, over real failing servers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from monitor import agenda, notices
from monitor.alerting import Audience, Recipients
from monitor.cadence import Moment
from monitor.cli.commands import app
from monitor.config import Target
from monitor.looks import Report
from monitor.messages.model import OutageNotice, RecoveryNotice
from monitor.routes import Route
from storage.database import Database
from storage.records import AlertKind, AlertStatus, CheckOutcome, Severity
from tests.monitor.stage import FIRST_TEXT, KEY, NOON, TEAM, TRAINING, Stage, audience, watch
from tests.servers.http import Page, RawServer, response

HOUR = 3600.0
SIGHT = (AlertKind.OUTAGE, AlertKind.WITHDRAWN, AlertKind.RECOVERY)


def now(stage: Stage) -> Moment:
    return Moment(stage.clock(), (stage.clock() - NOON).total_seconds())


def begin(stage: Stage, *targets: Target) -> None:
    agenda.begin(stage.database, targets, TEAM, now(stage), lambda: 0.0)


def sweep(stage: Stage, *targets: Target, heard: Audience = TEAM, overdue: Sequence[Target] = ()) -> list[str]:
    return agenda.tell_unseen(stage.database, targets or [stage.target()], overdue, heard, stage.clock())


async def look(stage: Stage, target: Target | None = None, *, hours: float = 6, **options: Any) -> Report:
    """A look as the daemon makes it: the next is planned, then it asks what went unseen."""
    target = target or stage.target()
    stage.clock.advance(hours=hours)
    return await stage.pipeline(**options).check(target, next_look(stage, target))


def next_look(stage: Stage, target: Target) -> agenda.Appointment:
    return agenda.Appointment(target, TEAM, lambda: now(stage), 0.0)


def told(stage: Stage) -> list[AlertKind]:
    return [each.alert.kind for each in stage.alerts(*SIGHT)]


def vanish(stage: Stage) -> None:
    """The site answers with an error from now on."""
    stage.site.pages["/privacy"] = Page("busy", "text/plain", status=500)


async def seen_then_lost(stage: Stage) -> None:
    begin(stage, stage.target())
    stage.show(FIRST_TEXT)
    await look(stage)
    vanish(stage)


async def test_an_outage_is_told_once_beyond_the_limit_and_once_when_it_ends(stage: Stage) -> None:
    await seen_then_lost(stage)
    for _ in range(3):
        await look(stage)
        assert sweep(stage) == []
    stage.clock.advance(hours=6)
    assert sweep(stage) == [KEY]
    for _ in range(20):
        await look(stage)
        assert sweep(stage) == []
    stage.show(FIRST_TEXT)
    for _ in range(3):
        await look(stage)
        assert sweep(stage) == []
    outage, recovery = stage.alerts(*SIGHT)
    assert outage.alert.title == "Acme – Privacy Policy: not readable since 2026-03-03 (http_500)"
    assert (outage.alert.severity, outage.alert.created_at) == (Severity.MEDIUM, NOON + timedelta(hours=30))
    assert recovery.alert.title == "Acme – Privacy Policy: readable again since 2026-03-09"
    assert {outage.alert.status, recovery.alert.status} == {AlertStatus.RESOLVED}
    assert [made.recipient for made in outage.deliveries] == ["ann@team.test", "bob@team.test"]
    assert [made.recipient for made in recovery.deliveries] == ["ann@team.test", "bob@team.test"]


async def test_a_second_outage_is_told_anew(stage: Stage) -> None:
    for _ in range(2):
        await seen_then_lost(stage)
        for _ in range(6):
            await look(stage)
            sweep(stage)
    stage.show(FIRST_TEXT)
    await look(stage)
    assert told(stage) == [AlertKind.OUTAGE, AlertKind.RECOVERY] * 2
    message_ids = [made.message_id for each in stage.alerts(*SIGHT) for made in each.deliveries]
    assert len(set(message_ids)) == 8


async def test_an_outage_outlives_a_restart_untold_twice(stage: Stage) -> None:
    await seen_then_lost(stage)
    for _ in range(5):
        await look(stage)
        sweep(stage)
    stage.database.close()
    again = replace(stage, database=Database.open(stage.database.path))
    begin(again, again.target())
    for _ in range(3):
        await look(again)
        assert sweep(again) == []
    again.show(FIRST_TEXT)
    await look(again)
    assert told(again) == [AlertKind.OUTAGE, AlertKind.RECOVERY]
    again.database.close()


async def test_an_outage_is_not_told_before_the_first_look_after_a_long_stop(stage: Stage) -> None:
    await seen_then_lost(stage)
    await look(stage)
    await look(stage)
    stage.clock.advance(days=5)
    begin(stage, stage.target())
    assert sweep(stage) == []
    stage.show(FIRST_TEXT)
    await look(stage)
    assert (sweep(stage), told(stage)) == ([], [])


async def test_a_page_that_is_held_is_not_seen(stage: Stage) -> None:
    begin(stage, stage.target())
    stage.show(FIRST_TEXT)
    await look(stage)
    stage.site.pages["/privacy"] = Page(b"\x89PNG\r\n\x1a\n\x00\x00", "image/png")
    for _ in range(4):
        assert (await look(stage)).outcome is CheckOutcome.HELD
    assert sweep(stage) == [KEY]
    stage.show(FIRST_TEXT, TRAINING)
    await look(stage)
    outage, recovery = stage.alerts(*SIGHT)
    assert outage.alert.title.endswith("(held)")
    assert recovery.alert.details["version"] == 2
    assert [each.alert.kind for each in stage.alerts()] == [
        AlertKind.OUTAGE, AlertKind.CHANGE, AlertKind.RECOVERY,
    ]  # fmt: skip


async def test_a_document_never_read_is_told_and_its_first_text_as_well(stage: Stage) -> None:
    begin(stage, stage.target())
    vanish(stage)
    for _ in range(4):
        await look(stage)
        assert sweep(stage) == []
    await look(stage)
    assert sweep(stage) == [KEY]
    stage.show(FIRST_TEXT)
    await look(stage)
    outage, recovery = (notices.load(stage.database, each.alert.id) for each in stage.alerts(*SIGHT))
    assert isinstance(outage, OutageNotice)
    assert isinstance(recovery, RecoveryNotice)
    assert (outage.last_good, outage.looks, outage.since) == (None, 5, NOON + timedelta(hours=6))
    assert (recovery.version, recovery.previous) == (1, None)


async def test_a_document_that_is_no_longer_scheduled_is_nobodys_worry(stage: Stage) -> None:
    await seen_then_lost(stage)
    for _ in range(5):
        await look(stage)
    begin(stage)
    assert sweep(stage) == []


async def test_an_outage_reaches_every_channel_of_the_document_whatever_the_finding(stage: Stage) -> None:
    routes = (
        Route(to=("legal",), topics=frozenset({"biometric"}), severity=Severity.HIGH),
        Route(to=("acme",), services=frozenset({"acme"})),
        Route(to=("bolt",), services=frozenset({"bolt"})),
    )
    heard = Audience(routes, {name: Recipients(("x",), "x.test") for name in ("legal", "acme", "bolt")})
    await seen_then_lost(stage)
    for _ in range(5):
        await look(stage)
    sweep(stage, heard=heard)
    (outage,) = stage.alerts(*SIGHT)
    assert [made.channel for made in outage.deliveries] == ["legal", "acme"]


async def test_an_outage_that_nobody_can_be_told_of_is_recorded_all_the_same(stage: Stage) -> None:
    await seen_then_lost(stage)
    for _ in range(5):
        await look(stage)
    assert sweep(stage, heard=audience()) == [KEY]
    assert stage.alerts(*SIGHT)[0].deliveries == ()


async def test_a_look_that_never_ends_is_an_outage_of_its_own_kind(stage: Stage) -> None:
    begin(stage, stage.target())
    stage.show(FIRST_TEXT)
    await look(stage)
    stage.clock.advance(days=2)
    assert sweep(stage) == []
    for _ in range(3):
        stage.clock.advance(minutes=1)
        sweep(stage, overdue=[stage.target()])
    await look(stage)
    assert told(stage) == [AlertKind.OUTAGE, AlertKind.RECOVERY]
    assert stage.alerts(*SIGHT)[0].alert.title.endswith("(overdue)")
    assert [check.error_class for check in stage.checks()] == [None, "overdue", None]


async def test_a_document_gone_twice_is_withdrawn_and_its_return_is_told(stage: Stage) -> None:
    begin(stage, stage.target())
    stage.show(FIRST_TEXT)
    await look(stage)
    del stage.site.pages["/privacy"]
    assert (await look(stage)).to_confirm
    assert told(stage) == []
    assert not (await look(stage, hours=0.1)).to_confirm
    for _ in range(20):
        await look(stage)
        assert sweep(stage) == []
    stage.show(FIRST_TEXT)
    await look(stage)
    withdrawn, recovery = stage.alerts(*SIGHT)
    assert withdrawn.alert.kind is AlertKind.WITHDRAWN
    assert withdrawn.alert.title == "Acme – Privacy Policy: withdrawn (http_404) – 2026-03-03"
    assert (withdrawn.alert.severity, len(withdrawn.deliveries)) == (Severity.HIGH, 2)
    assert recovery.alert.title.startswith("Acme – Privacy Policy: back since")


async def test_404_then_410_are_two_in_a_row_and_a_failure_between_begins_anew(stage: Stage) -> None:
    begin(stage, stage.target())
    stage.show(FIRST_TEXT)
    await look(stage)
    for status in (404, 500, 410):
        stage.site.pages["/privacy"] = Page("gone", "text/plain", status=status)
        await look(stage, hours=1)
        assert told(stage) == []
    stage.site.pages["/privacy"] = Page("gone", "text/plain", status=404)
    await look(stage, hours=1)
    assert told(stage) == [AlertKind.WITHDRAWN]


async def test_the_second_look_at_a_missing_page_comes_soon_after_however_many_failures(stage: Stage) -> None:
    await seen_then_lost(stage)
    for _ in range(8):
        await look(stage, hours=1)
    del stage.site.pages["/privacy"]
    appointment = next_look(stage, stage.target())
    await stage.pipeline().check(stage.target(), appointment)
    assert appointment.due is not None
    assert (appointment.due.wall - stage.clock()).total_seconds() == 300


async def test_an_outage_that_turns_out_to_be_a_withdrawal_is_told_as_one(stage: Stage) -> None:
    await seen_then_lost(stage)
    for _ in range(5):
        await look(stage)
        sweep(stage)
    del stage.site.pages["/privacy"]
    for _ in range(3):
        await look(stage)
        sweep(stage)
    stage.show(FIRST_TEXT)
    await look(stage)
    assert told(stage) == [AlertKind.OUTAGE, AlertKind.WITHDRAWN, AlertKind.RECOVERY]
    assert all(each.alert.status is AlertStatus.RESOLVED for each in stage.alerts(*SIGHT))


async def test_a_page_that_was_never_there_is_not_withdrawn(stage: Stage) -> None:
    begin(stage, stage.target())
    for _ in range(5):
        assert not (await look(stage)).to_confirm
    assert sweep(stage) == [KEY]
    assert told(stage) == [AlertKind.OUTAGE]


CUT = response("<p>half", headers={"Content-Length": "100000"})


@pytest.mark.parametrize(
    ("answer", "error_class"),
    [
        (response("no", status="451 Unavailable For Legal Reasons"), "http_451"),
        (CUT, "truncated"),
        (b"SSH-2.0-server\r\n", "protocol"),
        (response("x", headers={"Content-Encoding": "br"}), "encoding"),
    ],
)
async def test_the_alert_says_what_is_wrong(stage: Stage, answer: bytes, error_class: str) -> None:
    with RawServer({"*": answer}) as server:
        target = stage.target(urls=(server.url("/privacy"),))
        begin(stage, target)
        for _ in range(5):
            await look(stage, target)
        sweep(stage, target)
    (outage,) = stage.alerts(*SIGHT)
    assert outage.alert.title.endswith(f"({error_class})")
    assert outage.alert.details["error"] == stage.checks()[-1].reason


async def test_the_notice_says_when_the_next_try_is_made(stage: Stage) -> None:
    await seen_then_lost(stage)
    for _ in range(5):
        await look(stage)
    sweep(stage)
    notice = notices.load(stage.database, 1)
    assert isinstance(notice, OutageNotice)
    assert notice.next_try == stage.clock() + timedelta(hours=1)
    assert (notice.last_good, notice.since) == (NOON + timedelta(hours=6), NOON + timedelta(hours=12))


async def test_a_failing_page_raises_no_change_alert(stage: Stage) -> None:
    begin(stage, stage.target())
    stage.show(FIRST_TEXT)
    await look(stage)
    stage.site.pages["/privacy"] = Page(TRAINING, "text/plain", status=500)
    for _ in range(6):
        await look(stage, watching=watch())
        sweep(stage)
    assert [each.alert.kind for each in stage.alerts()] == [AlertKind.OUTAGE]


async def test_status_and_documents_show_what_is_stale_or_withdrawn_and_why(stage: Stage) -> None:
    gone = stage.target("/gone", key="acme/terms")
    begin(stage, stage.target(), gone)
    stage.show(FIRST_TEXT)
    stage.show(FIRST_TEXT, path="/gone")
    await look(stage)
    await look(stage, gone)
    vanish(stage)
    del stage.site.pages["/gone"]
    for _ in range(5):
        await look(stage, hours=3)
        await look(stage, gone, hours=3)
    sweep(stage, stage.target(), gone)
    database = ["--database", str(stage.database.path)]
    listed = CliRunner().invoke(app, [*database, "documents", "--format", "jsonl"])
    rows = [json.loads(line) for line in listed.output.splitlines()]
    assert [(row["state"], row["error_class"]) for row in rows] == [
        ("stale", "http_500"), ("withdrawn", "http_404"),
    ]  # fmt: skip
    assert "status 500" in rows[0]["reason"]
    status = CliRunner().invoke(app, [*database, "status"])
    assert status.exit_code == 1
    assert "1 stale, 1 withdrawn" in status.output
    explained = CliRunner().invoke(app, [*database, "explain", "2"])
    assert "last good look 2026-03-02" in explained.output
