"""The daemon's numbers go on over a restart and a kill, and are there while it runs and when it does not."""

from __future__ import annotations

import re
import signal

from tests.acceptance.world import AFTER, World, wait_until
from tests.servers.slack import Answer


def numbers(world: World) -> dict[str, float]:
    lines = world.run("metrics").stdout.splitlines()
    samples = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in samples}


def test_numbers_tell_what_the_daemon_did_and_go_on_over_a_restart(world: World) -> None:
    world.slack.script = [Answer(503, "busy")]
    with world.daemon():
        wait_until(lambda: world.log().count("event=delivery_sent") == 2, "the summary of first readings")
        assert numbers(world)["policywatch_daemon_running"] == 1
    first = numbers(world)
    assert first["policywatch_daemon_running"] == 0
    assert first['policywatch_checks_total{result="first"}'] == 2
    assert first['policywatch_documents{state="ok"}'] == 2
    assert first['policywatch_notifications_total{channel="mail"}'] == 1
    assert first['policywatch_notifications_total{channel="chat"}'] == 2
    assert first['policywatch_notifications_failed_total{channel="chat",reason="channel"}'] == 1
    assert first["policywatch_versions_total"] == 2
    assert first["policywatch_config_last_reload_successful"] == 1
    world.site.pages |= AFTER
    with world.daemon() as process:
        wait_until(lambda: world.log().count("event=delivery_sent") == 6, "the alerts")
        world.config.write_text("nonsense = 1", encoding="utf-8")
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: "event=reload_failed" in world.log(), "the refusal")
    world.write_config()
    then = numbers(world)
    assert then['policywatch_checks_total{result="first"}'] == 2
    assert then['policywatch_checks_total{result="changed"}'] == 2
    assert then['policywatch_notifications_total{channel="mail"}'] == 3
    assert then["policywatch_config_last_reload_successful"] == 0
    assert then["policywatch_outbox_pending"] == then["policywatch_outbox_dead"] == 0
    ended = sum(value for name, value in then.items() if name.startswith("policywatch_checks_total"))
    assert then["policywatch_check_duration_seconds_count"] == ended
    assert re.search(r'policywatch_build_info\{.*version="\d', "\n".join(then))
    with world.daemon() as process:
        wait_until(lambda: world.log().count("event=started") == 3, "the third start")
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=15)
    assert numbers(world)['policywatch_checks_total{result="changed"}'] == 2


def test_numbers_hold_no_address_and_no_secret(world: World) -> None:
    world.run("check")
    text = world.run("metrics").stdout
    assert "http" not in text
    assert "canary" not in text
