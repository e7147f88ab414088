"""The daemon as a service: it says how it stands, takes over new settings, and ends and restarts in order."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.world import AFTER, BEFORE, COMMAND, World, wait_until
from tests.servers.http import RawConnection, RawServer, response
from tests.servers.manager import Manager
from tests.servers.program import Command


@pytest.fixture
def manager(world: World, tmp_path: Path) -> Iterator[Manager]:
    with Manager(str(tmp_path / "notify")) as manager:
        world.environment["NOTIFY_SOCKET"] = manager.address
        yield manager


def document(world: World, kind: str, path: str, every: str = "1s") -> str:
    return f'[[services.documents]]\nkind = "{kind}"\nurl = "{world.site.url(path)}"\nevery = "{every}"\n'


def reload(world: World, process: Command, manager: Manager) -> None:
    """Send SIGHUP and wait for the end of the reload, whichever it is."""
    ready = manager.states.count("READY")
    process.send_signal(signal.SIGHUP)
    manager.wait_for(lambda manager: manager.states.count("READY") > ready, "the end of the reload")


def test_service_says_when_it_is_ready_how_things_stand_and_when_it_stops(
    world: World, manager: Manager
) -> None:
    with world.daemon() as process:
        manager.wait_for(lambda manager: "READY" in manager.states, "readiness")
        assert "event=started" in world.log()
        manager.wait_for(lambda manager: "Watching 2 documents; nothing to deliver" in manager.status, "status")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 0
    assert manager.states == ["READY", "STOPPING"]
    assert manager.count("WATCHDOG=1") == 0


def test_service_that_cannot_start_is_never_ready_and_leaves_its_reason_without_telling_anybody(
    world: World, manager: Manager
) -> None:
    world.write_config(extra='[[rules]]\nid = "r"\npattern = "("\n')
    for _ in range(5):
        world.run("run", expect=78)
    manager.wait_for(lambda manager: "config.toml:" in manager.status, "the reason")
    assert manager.states == []
    assert not world.smtp.messages
    assert not world.slack.accepted


def test_watchdog_starves_while_the_daemon_hangs_and_nothing_is_lost(world: World, manager: Manager) -> None:
    world.environment["WATCHDOG_USEC"] = "400000"
    with world.daemon() as process:
        manager.wait_for(lambda manager: manager.count("WATCHDOG=1") >= 3, "signs of life")
        wait_until(lambda: world.log().count("event=check_finished") >= 2, "the baseline")
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.3)
        fed = manager.count("WATCHDOG=1")
        world.site.pages |= AFTER
        time.sleep(1.5)
        assert manager.count("WATCHDOG=1") == fed
        process.kill()  # what the service manager does then
        process.wait(timeout=15)
    with world.daemon():
        wait_until(lambda: world.log().count("event=delivery_sent channel=mail") >= 3, "the alerts")
    told = [str(mail.mail["Subject"]) for mail in world.smtp.messages]
    assert len(told) == len(set(told))


def test_watchdog_of_another_process_is_left_alone(world: World, manager: Manager) -> None:
    world.environment |= {"WATCHDOG_USEC": "200000", "WATCHDOG_PID": "1"}
    with world.daemon():
        manager.wait_for(lambda manager: "READY" in manager.states, "readiness")
        time.sleep(1.0)
    assert manager.count("WATCHDOG=1") == 0


def test_reload_takes_over_documents_rules_and_channels_and_keeps_what_is_under_way(
    world: World, manager: Manager
) -> None:
    world.site.pages["/terms"] = AFTER["/faq"]
    world.write_config(documents=document(world, "privacy-policy", "/privacy"), recipients=["old@example.com"])
    with world.daemon() as process:
        wait_until(lambda: "document=acme/privacy-policy outcome=first" in world.log(), "the baseline")
        world.write_config(
            documents=document(world, "privacy-policy", "/privacy") + document(world, "terms", "/terms"),
            extra='[[rules]]\nid = "own"\ntitle = "Own rule"\nphrases = ["post to develop"]\n',
            recipients=["new@example.com"],
        )
        reload(world, process, manager)
        wait_until(lambda: "document=acme/terms outcome=first" in world.log(), "the new document", seconds=10)
        sent = len(world.smtp.messages)
        world.site.pages |= {"/privacy": AFTER["/privacy"]}
        world.smtp.wait_for(sent + 1)
        wait_until(lambda: "outcome=changed" in world.log(), "the change")
    assert process.returncode == 0
    assert "event=reloaded documents=2 added=1 removed=0" in world.log()
    assert manager.states == ["READY", "RELOADING", "READY", "STOPPING"]
    (reloading,) = (lines for lines in manager.messages if lines[0] == "RELOADING=1")
    assert reloading[1].startswith("MONOTONIC_USEC=")
    assert world.smtp.messages[-1].recipients == ("new@example.com",)
    findings = world.run("changes", "--format", "jsonl").stdout
    assert '"rule": "own"' in findings or '"rule":"own"' in findings


def test_check_under_way_during_a_reload_ends_as_it_began_though_fetching_is_set_otherwise(
    world: World, manager: Manager
) -> None:
    asked, answer = threading.Event(), threading.Event()

    def slow(connection: RawConnection) -> None:
        asked.set()
        assert answer.wait(20)
        connection.send(response(BEFORE["/faq"]))

    with RawServer({"/slow": slow, "*": response(status="404 Not Found")}) as site:
        slow_one = f'[[services.documents]]\nkind = "terms"\nurl = "{site.url("/slow")}"\nevery = "1h"\n'
        world.write_config(documents=slow_one)
        with world.daemon() as process:
            assert asked.wait(20)
            text = world.config.read_text(encoding="utf-8")
            world.config.write_text(text.replace("retries = 0", "retries = 1"), encoding="utf-8")
            reload(world, process, manager)
            answer.set()
            wait_until(lambda: "document=acme/terms outcome=first" in world.log(), "the check's end")
    assert "event=reloaded" in world.log()
    assert [request.path for request in site.requests].count("/slow") == 1


def test_document_that_is_watched_no_more_is_fetched_no_more(world: World, manager: Manager) -> None:
    with world.daemon() as process:
        wait_until(lambda: "document=acme/faq outcome=first" in world.log(), "the baseline")
        world.write_config(documents=document(world, "privacy-policy", "/privacy"))
        reload(world, process, manager)
        time.sleep(0.5)  # a check that was under way
        before = len(world.site.requests_for("/faq"))
        time.sleep(2.5)
        assert len(world.site.requests_for("/faq")) == before
        manager.wait_for(lambda manager: "Watching 1 document;" in manager.status, "the status")


@pytest.mark.parametrize(
    "broken",
    [
        '[[rules]]\nid = "r"\npattern = "("\n',
        pytest.param("[fetchh]\nx = 1\n", marks=pytest.mark.soak),
        pytest.param('[[routes\nto = ["mail"]\n', marks=pytest.mark.soak),
    ],
)
def test_reload_of_a_bad_configuration_changes_nothing_and_says_where_it_is_wrong(
    world: World, manager: Manager, broken: str
) -> None:
    with world.daemon() as process:
        wait_until(lambda: world.log().count("outcome=first") == 2, "the baseline")
        good = world.config.read_text(encoding="utf-8")
        world.config.write_text(good + broken, encoding="utf-8")
        reload(world, process, manager)
        (line,) = (line for line in world.log().splitlines() if "reload_failed" in line)
        assert "config.toml:" in line
        manager.wait_for(lambda manager: "the last reload failed: " in manager.status, "the status")
        world.site.pages |= AFTER
        wait_until(lambda: world.log().count("outcome=changed") == 2, "the changes, by the old configuration")
        assert process.poll() is None
        world.config.write_text(good, encoding="utf-8")
        reload(world, process, manager)
        manager.wait_for(lambda manager: "reload" not in manager.status, "the status")
    assert "Traceback" not in world.log()


def test_reload_cannot_move_the_database(world: World, manager: Manager) -> None:
    with world.daemon() as process:
        manager.wait_for(lambda manager: "READY" in manager.states, "readiness")
        text = world.config.read_text(encoding="utf-8")
        world.config.write_text(text.replace("policywatch.db", "other.db"), encoding="utf-8")
        reload(world, process, manager)
    assert "restart to change it" in world.log()
    assert not (world.folder / "other.db").exists()


def test_second_daemon_ends_at_once_and_names_the_first(world: World, manager: Manager) -> None:
    with world.daemon() as process:
        manager.wait_for(lambda manager: "READY" in manager.states, "readiness")
        refused = world.run("run", expect=75)
        assert f"process {process.pid}" in refused.stderr
        assert process.poll() is None
    assert manager.states == ["READY", "STOPPING"]


def test_journal_gets_priorities_and_no_secret(world: World) -> None:
    log = world.folder / "journal"
    with log.open("w") as stream:
        found = os.fstat(stream.fileno())
        environ = world.environ() | {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        command = [*COMMAND, "--config", str(world.config), "-v", "run"]
        process = subprocess.Popen(command, stderr=stream, text=True, env=environ)
        wait_until(lambda: "delivery_sent" in log.read_text(), "a delivery")
        process.terminate()
        assert process.wait(timeout=15) == 0
    lines = log.read_text().splitlines()
    assert all(line[:3] in ("<3>", "<4>", "<6>", "<7>") for line in lines)
    assert "canary" not in log.read_text()
    assert not any("timestamp=" in line for line in lines)
