"""From an alert to its end, as people work on it; and what is silenced meanwhile."""

from __future__ import annotations

import json
from typing import Any

from typer.testing import CliRunner

from monitor.cli.commands import app
from monitor.history import History
from storage.records import RecordFilter
from tests.acceptance.world import AFTER, World, wait_until


def say(world: World, *words: str, code: int = 0) -> str:
    """A command in this process; what it prints."""
    done = CliRunner(env=world.environ()).invoke(app, ["--config", str(world.config), *words])
    if code < 64:
        assert done.exit_code == code, (done.output, done.exception)
    else:
        assert getattr(done.exception, "exit_code", None) == code, done.output
    return done.stdout


def alerts(world: World, *words: str) -> list[dict[str, Any]]:
    found = (json.loads(line) for line in say(world, "alerts", *words, "--format", "jsonl").splitlines())
    return [alert for alert in found if alert["kind"] == "change"]


def raised(world: World) -> int:
    with History.open(world.database) as history:
        return len(history.alerts(RecordFilter()))


def quiet_baseline(world: World) -> None:
    text = world.config.read_text(encoding="utf-8")
    world.config.write_text('baseline = "off"\n' + text, encoding="utf-8")
    world.run("check")


def test_an_alert_is_tried_told_acknowledged_assigned_and_resolved_and_its_history_says_so(
    world: World,
) -> None:
    quiet_baseline(world)
    world.site.pages["/privacy"] = AFTER["/privacy"]
    world.run("check")
    (alert,) = alerts(world)
    number = str(alert["id"])
    rehearsed = json.loads(say(world, "route", "test", number, "--format", "json"))
    assert [(each["channel"], each["recipient"]) for each in rehearsed["told"]] == [
        (each["channel"], each["recipient"]) for each in alert["deliveries"]
    ]
    assert "route 1 to mail, chat: passes" in say(world, "route", "test", number)
    assert "1 high ones not acknowledged" in say(world, "status")
    assert f"alert {number} acknowledged" in say(
        world, "ack", number, "--by", "ann", "--note", "reading \x1b[31m it"
    )
    assert f"alert {number} already acknowledged" in say(world, "ack", number)
    assert f"alert {number} assigned to bob" in say(world, "assign", number, "bob", "--by", "ann")
    say(world, "note", number, "asked them", "--by", "bob")
    say(world, "resolve", number, "--by", "bob")
    say(world, "ack", number, code=64)
    (alert,) = alerts(world)
    assert (alert["status"], alert["assignee"]) == ("resolved", "bob")
    assert [(entry["author"], entry["action"]) for entry in alert["history"]] == [
        ("ann", "acknowledged"), ("ann", "assigned"), ("bob", "noted"), ("bob", "resolved"),
    ]  # fmt: skip
    explained = say(world, "explain", number)
    assert "noted by bob: asked them" in explained
    assert "\x1b" not in explained
    say(world, "reopen", number)
    assert alerts(world)[0]["status"] == "new"


def test_what_a_silence_keeps_back_is_recorded_counted_and_told_at_its_end(world: World) -> None:
    quiet_baseline(world)
    say(world, "silence", "add", "--service", "Acme", "--for", "3d", code=64)  # no reason
    say(world, "silence", "add", "--reason", "they move", "--for", "3d", code=64)  # of what
    made = say(
        world, "silence", "add", "--service", "Acme", "--for", "3d", "--reason", "they move", "--by", "ann"
    )
    assert made.startswith("silence 1 until ")
    world.site.pages |= AFTER
    world.run("check")
    assert world.smtp.messages == []
    assert {each["state"] for alert in alerts(world) for each in alert["deliveries"]} == {"suppressed"}
    assert "kept back by silence 1" in say(world, "explain", str(alerts(world)[0]["id"]))
    assert "not told, silence 1 by ann" in say(world, "route", "test", str(alerts(world)[0]["id"]), code=1)
    assert 'policywatch_notifications_suppressed_total{reason="silence"} 4' in say(world, "metrics")
    say(world, "silence", "end", "1", "--by", "bob")
    (row,) = (json.loads(line) for line in say(world, "silence", "list", "--format", "jsonl").splitlines())
    assert (row["state"], row["ended_by"], row["kept_back"]) == ("ended", "bob", 2)
    world.run("check")
    (mail,) = world.smtp.messages
    assert "A silence has ended: service acme; 2 alerts kept back" in str(mail.mail["Subject"])
    for alert in alerts(world):
        assert alert["title"] in mail.part("plain")


def test_what_the_daemon_gathers_survives_a_kill_and_is_told_once_in_one_message(world: World) -> None:
    world.write_config(extra='group_wait = "8s"')
    quiet_baseline(world)
    world.site.pages |= AFTER
    with world.daemon() as process:
        wait_until(lambda: raised(world) == 2, "both alerts")
        process.kill()
        process.wait(timeout=15)
    assert world.smtp.messages == []
    with world.daemon():
        wait_until(lambda: world.log().count("delivery_sent") == 2, "one message for each recipient")
    (mail,) = world.smtp.messages
    assert "2 alerts" in str(mail.mail["Subject"])
    assert len(world.slack.accepted) == 1
    number = alerts(world)[0]["deliveries"][0]["message"]
    assert len(alerts(world, "--message", str(number))) == 2
