"""Row A4: a stop at any moment is clean, in time and loses nothing, whatever the process waits for."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.world import COMMAND, World, wait_until
from tests.servers.http import RawConnection, RawServer, response
from tests.servers.manager import Manager
from tests.servers.smtp import HOST, SmtpServer

PATIENCE_SECONDS = 60.0
IN_TIME_SECONDS = 10.0
"""Of 99 stops in a hundred; the unit waits for 30."""

CLAUSE = "<p>We may use what you post in room {} to train artificial intelligence (AI) models.</p>"
RULE = '[[rules]]\nid = "room"\ntitle = "Room"\nphrases = ["what you post in room"]\n'
"""Alerts on every new room, where the topic says that nothing new is allowed."""


@pytest.fixture
def manager(world: World, tmp_path: Path) -> Iterator[Manager]:
    with Manager(str(tmp_path / "notify")) as manager:
        world.environment["NOTIFY_SOCKET"] = manager.address
        yield manager


@contextmanager
def started(world: World, *prefix: str) -> Iterator[subprocess.Popen[str]]:
    """The daemon, however far it has come; killed at the end if it is still there."""
    with (world.folder / "daemon.log").open("a") as log:
        process = subprocess.Popen(
            [*prefix, *COMMAND, "--config", str(world.config), "run"],
            stderr=log,
            text=True,
            env=world.environ(),
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(timeout=PATIENCE_SECONDS)
    assert "Traceback" not in world.log()


def heeds_signals(process: subprocess.Popen[str]) -> bool:
    """Whether a handler of its own stands for SIGTERM, as the kernel sees it."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    (caught,) = (int(line.split()[1], 16) for line in lines if line.startswith("SigCgt:"))
    return bool(caught >> (signal.SIGTERM - 1) & 1)


@contextmanager
def write_lock(database: Path) -> Iterator[None]:
    """Another program writes, and does not come to an end."""
    with closing(sqlite3.connect(database, isolation_level=None, timeout=PATIENCE_SECONDS)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def seconds_to_stop(process: subprocess.Popen[str]) -> float:
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=PATIENCE_SECONDS) == 0
    return time.monotonic() - begun


def test_stop_while_the_start_waits_for_another_writer_is_clean_and_said(
    world: World, manager: Manager
) -> None:
    world.run("check")
    with write_lock(world.database), started(world) as process:
        wait_until(lambda: heeds_signals(process), "the handlers")
        time.sleep(1.0)
        assert seconds_to_stop(process) < IN_TIME_SECONDS
        manager.wait_for(lambda manager: manager.states == ["STOPPING"], "the stop")


def test_reload_asked_for_before_the_daemon_watches_waits_until_it_does(world: World, manager: Manager) -> None:
    world.run("check")
    with started(world) as process:
        with write_lock(world.database):
            wait_until(lambda: heeds_signals(process), "the handlers")
            process.send_signal(signal.SIGHUP)
            time.sleep(1.0)
            assert process.poll() is None
        manager.wait_for(lambda manager: manager.states == ["READY", "RELOADING", "READY"], "the reload")
        seconds_to_stop(process)


def test_stop_does_not_wait_for_another_writer(world: World, manager: Manager) -> None:
    with started(world) as process:
        wait_until(lambda: world.log().count("outcome=first") == 2, "the baseline")
        with write_lock(world.database):
            time.sleep(2.0)  # the next checks wait for the lock
            assert seconds_to_stop(process) < IN_TIME_SECONDS + 2
    assert manager.states == ["READY", "STOPPING"]


@pytest.mark.skipif(os.getuid() != 0 or shutil.which("unshare") is None, reason="needs root and unshare")
def test_stop_does_not_wait_for_a_name_server_that_is_silent(world: World, manager: Manager) -> None:
    resolver = world.folder / "resolv.conf"
    resolver.write_text("nameserver 127.0.0.153\noptions timeout:30 attempts:3\n")
    documents = '[[services.documents]]\nkind = "terms"\nurl = "http://slow.test/"\nevery = "1s"\n'
    world.write_config(documents=documents)
    mounted = f'mount --bind {resolver} /etc/resolv.conf && exec "$@"'
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.153", 53))
        silent.settimeout(PATIENCE_SECONDS)
        with started(world, "unshare", "--mount", "sh", "-c", mounted, "sh") as process:
            assert silent.recv(512), "the daemon asks for the name"
            assert seconds_to_stop(process) < IN_TIME_SECONDS + 2
    assert manager.states == ["READY", "STOPPING"]


def test_second_stop_changes_nothing(world: World, manager: Manager) -> None:
    with started(world) as process:
        manager.wait_for(lambda manager: "READY" in manager.states, "readiness")
        process.send_signal(signal.SIGTERM)
        while process.poll() is None:
            process.send_signal(signal.SIGTERM)
            time.sleep(0.002)
        assert process.returncode == 0


class SlowSmtpServer(SmtpServer):
    """Takes its time over every mail."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's)
        await asyncio.sleep(random.random())
        return await super().handle_DATA(server, session, envelope)


class GrowingPolicy:
    """A page that says more in every round, and takes its time to say it."""

    def __init__(self) -> None:
        self.rooms = 0

    def __call__(self, connection: RawConnection) -> None:
        clauses = "".join(CLAUSE.format(room) for room in range(1, self.rooms + 1))
        whole = response(f"<main><h1>Policy</h1><p>We never sell what you post.</p>{clauses}</main>")
        connection.send(whole[:200])
        time.sleep(random.random() / 2)
        connection.send(whole[200:])


def rows(world: World, *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in world.run(*arguments, expect=None).stdout.splitlines()]


@pytest.mark.parametrize("stops", [4, pytest.param(100, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])])
def test_stops_at_random_moments_are_in_time_and_lose_and_double_nothing(
    world: World, manager: Manager, stops: int, capsys: pytest.CaptureFixture[str]
) -> None:
    policy, chance, took = GrowingPolicy(), random.Random(stops), []
    world.smtp.stop()
    smtp = SlowSmtpServer(context=world.certificates.server(HOST), username="watch", password="canary-password")
    with RawServer({"/policy": policy, "*": response(status="404 Not Found")}) as site, smtp:
        world.smtp = smtp
        document = f'[[services.documents]]\nkind = "terms"\nurl = "{site.url("/policy")}"\nevery = "1s"\n'
        world.write_config(documents=document, extra=RULE)
        world.run("check")
        for number in range(stops):
            policy.rooms += 1
            with started(world) as process:
                wait_until(lambda process=process: heeds_signals(process), "the handlers")  # type: ignore[misc]
                time.sleep(chance.uniform(0, 2 if number % 4 else 6))
                took.append(seconds_to_stop(process))
        world.run("check")
    check_nothing_lost_or_doubled(world, policy.rooms)
    took.sort()
    told = f"{stops} stops: median {took[stops // 2]:.2f} s, 99th {took[stops * 99 // 100]:.2f} s"
    with capsys.disabled():
        print(told)  # noqa: T201 (the figure that the soak shows)
    assert took[stops * 99 // 100] <= IN_TIME_SECONDS, told
    assert manager.states.count("STOPPING") == stops


def check_nothing_lost_or_doubled(world: World, rooms: int) -> None:
    versions = rows(world, "versions", "acme/terms")
    assert f"in room {rooms} " in world.run("show", "acme/terms").stdout
    alerts = [
        alert
        for alert in rows(
            world,
            "alerts",
        )
        if alert["kind"] == "change"
    ]
    assert sorted(alert["version"] for alert in alerts) == [version["number"] for version in versions][1:]
    assert {each["state"] for alert in alerts for each in alert["deliveries"]} == {"sent"}
    mails = Counter(str(mail.mail["Message-ID"]) for mail in world.smtp.messages)
    assert len(mails) >= len(alerts)
    assert set(mails.values()) == {1}
