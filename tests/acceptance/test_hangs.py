"""Rows A7, A8 and A10: what hangs or dies inside the service costs a look or a restart, and never an alert."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.world import AFTER, COMMAND, World, wait_until
from tests.servers.manager import Manager

WATCHDOG_SECONDS = 2.0
RESTART_SECONDS = 0.3


@pytest.fixture
def manager(world: World, tmp_path: Path) -> Iterator[Manager]:
    with Manager(str(tmp_path / "notify")) as manager:
        world.environment["NOTIFY_SOCKET"] = manager.address
        yield manager


class Supervised:
    """The daemon under `WatchdogSec=` and `Restart=on-failure`, its standard error a pipe of the journal's."""

    def __init__(self, world: World, manager: Manager) -> None:
        self._command = [*COMMAND, "--config", str(world.config), "--verbose", "run"]
        self._environment = world.environ() | {"WATCHDOG_USEC": str(int(WATCHDOG_SECONDS * 1e6))}
        self._manager = manager

    def start(self) -> None:
        self.journal, journal = os.pipe()
        self.process = subprocess.Popen(self._command, stderr=journal, env=self._environment)
        self._keep = journal

    def restart_when_silent(self) -> float:
        """Wait for the watchdog to starve, kill and start again; returns the seconds since the last sign."""
        fed, at = self._manager.count("WATCHDOG=1"), time.monotonic()
        while time.monotonic() - at < WATCHDOG_SECONDS:
            if self._manager.count("WATCHDOG=1") != fed:
                fed, at = self._manager.count("WATCHDOG=1"), time.monotonic()
            time.sleep(0.02)
        self.end(signal.SIGABRT)
        time.sleep(RESTART_SECONDS)
        self.start()
        return time.monotonic() - at

    def fill_the_journal(self) -> None:
        """Whoever writes another line waits from now on."""
        end = os.open(f"/proc/self/fd/{self._keep}", os.O_WRONLY | os.O_NONBLOCK)
        try:
            while True:
                os.write(end, b"x")
        except BlockingIOError:
            os.close(end)

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(signal.SIGCONT)
        self.process.send_signal(number)
        code = self.process.wait(timeout=20)
        os.close(self.journal)
        os.close(self._keep)
        return code


def worker_of(daemon: int) -> int | None:
    """The process that reads pages for `daemon`, once there is one."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command, status = path.read_bytes(), path.with_name("status").read_text()
        except OSError:
            continue
        if b"monitor.extract.worker" in command and f"\nPPid:\t{daemon}\n" in status:
            return int(path.parent.name)
    return None


@pytest.mark.parametrize("hang", ["stopped process", "blocked event loop"])
def test_daemon_that_hangs_is_restarted_within_twice_the_watchdogs_time_and_goes_on(
    world: World, manager: Manager, hang: str
) -> None:
    service = Supervised(world, manager)
    service.start()
    manager.wait_for(lambda manager: manager.count("WATCHDOG=1") >= 2, "signs of life")
    wait_until(lambda: len(world.site.requests_for("/faq")) >= 3, "the baseline")
    if hang == "stopped process":
        service.process.send_signal(signal.SIGSTOP)
    else:
        service.fill_the_journal()
    world.site.pages |= AFTER
    silent = service.restart_when_silent()
    assert silent < 2 * WATCHDOG_SECONDS
    manager.wait_for(lambda manager: manager.states.count("READY") == 2, "the second start")
    wait_until(lambda: len(world.smtp.messages) >= 3, "the alerts")
    world.smtp.wait_for(3)
    assert service.end(signal.SIGTERM) == 0
    told = [str(mail.mail["Subject"]) for mail in world.smtp.messages]
    assert len(told) == len(set(told)) == 3


def test_database_that_another_program_writes_to_for_long_is_no_hang(world: World, manager: Manager) -> None:
    """A restart would not end the other program's transaction, and would lose the place in the queue."""
    world.environment["WATCHDOG_USEC"] = "1000000"
    with world.daemon() as process:
        wait_until(lambda: world.log().count("outcome=first") == 2, "the baseline")
        with closing(sqlite3.connect(world.database, isolation_level=None, timeout=30)) as other:
            other.execute("BEGIN IMMEDIATE")
            world.site.pages |= AFTER
            time.sleep(1.5)  # by now the next look waits
            fed = manager.count("WATCHDOG=1")
            time.sleep(4.0)
            assert manager.count("WATCHDOG=1") >= fed + 4
            other.execute("ROLLBACK")
        wait_until(lambda: world.log().count("outcome=changed") == 2, "the changes")
        assert process.poll() is None
    assert "watchdog_not_fed" not in world.log()
    assert "locked" not in world.log()


@pytest.mark.parametrize("end", ["abort", "out of memory"])
def test_reading_process_that_dies_costs_one_look_and_not_the_daemon(
    world: World, manager: Manager, end: str
) -> None:
    with world.daemon() as process:
        wait_until(lambda: world.log().count("outcome=first") == 2, "the baseline")
        worker = worker_of(process.pid)
        assert worker is not None
        if end == "abort":
            os.kill(worker, signal.SIGSTOP)
            world.site.pages |= AFTER
            asked = len(world.site.requests)
            wait_until(lambda: len(world.site.requests) >= asked + 2, "both pages to be fetched")
            time.sleep(1.5)  # until the bytes are kept and on their way to the reading process
            os.kill(worker, signal.SIGABRT)
            os.kill(worker, signal.SIGCONT)
        else:
            subprocess.run(["prlimit", f"--pid={worker}", "--as=1:1"], check=True)
            world.site.pages |= AFTER
        wait_until(lambda: "outcome=held" in world.log(), "the look that was in vain")
        wait_until(lambda: world.log().count("outcome=changed") == 2, "the changes, by another process")
        assert process.poll() is None
        assert worker_of(process.pid) != worker
    assert "check_crashed" not in world.log()


@pytest.mark.soak
def test_reading_process_that_is_stopped_costs_one_look_and_not_the_daemon(
    world: World, manager: Manager
) -> None:
    world.environment["WATCHDOG_USEC"] = "2000000"
    with world.daemon() as process:
        wait_until(lambda: world.log().count("outcome=first") == 2, "the baseline")
        worker = worker_of(process.pid)
        assert worker is not None
        os.kill(worker, signal.SIGSTOP)
        world.site.pages |= AFTER
        wait_until(lambda: world.log().count("outcome=changed") == 2, "the changes", seconds=60)
        assert process.poll() is None
        assert "could not be read within 30 seconds" in world.log()
    assert "watchdog_not_fed" not in world.log()


@pytest.mark.parametrize("broken", ["damaged", "foreign"])
def test_database_that_cannot_be_opened_ends_every_start_and_tells_nobody_but_the_service_manager(
    world: World, manager: Manager, broken: str
) -> None:
    if broken == "damaged":
        world.run("check")
        with world.database.open("r+b") as file:
            file.write(os.urandom(2048))
    else:
        world.database.write_text("this is a diary\n")
    before = (len(world.smtp.messages), len(world.slack.accepted))
    for _ in range(3):
        world.run("run", expect=65)
    assert (len(world.smtp.messages), len(world.slack.accepted)) == before
    manager.wait_for(
        lambda manager: manager.status.startswith("Ended: ") and "policywatch.db" in manager.status, "why"
    )
    assert manager.states == []
