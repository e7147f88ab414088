"""The service manager hears what sd_notify(3) says it should, and cannot hold us up."""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path

import pytest

from monitor.systemd import LONGEST_STATUS, ServiceManager
from tests.servers.manager import Manager


@pytest.mark.parametrize("form", ["path", "abstract"])
def test_every_message_arrives_at_a_path_and_at_an_abstract_name(tmp_path: Path, form: str) -> None:
    address = str(tmp_path / "notify") if form == "path" else f"@policywatch-test-{os.getpid()}"
    with Manager(address) as heard:
        manager = ServiceManager.of({"NOTIFY_SOCKET": address}, os.getpid())
        manager.status("Watching 1 document\nREADY=1")
        manager.ready()
        manager.reloading(123)
        manager.alive()
        manager.stopping()
        heard.wait_for(lambda heard: heard.count("STOPPING=1") == 1, "the end")
    assert heard.messages == [
        ["STATUS=Watching 1 document READY=1"],
        ["READY=1"],
        ["RELOADING=1", "MONOTONIC_USEC=123"],
        ["WATCHDOG=1"],
        ["STOPPING=1"],
    ]


def test_status_is_short_whatever_it_quotes(tmp_path: Path) -> None:
    with Manager(str(tmp_path / "notify")) as heard:
        ServiceManager(heard.address).status("é\ud800" * LONGEST_STATUS)
        heard.wait_for(lambda heard: heard.status != "", "the status")
    assert len(heard.status) == LONGEST_STATUS


@pytest.mark.parametrize(
    "address", [None, "", "@", "relative", "vsock:2:1234", "/nowhere/at/all", "/" + "x" * 200]
)
def test_without_a_manager_that_listens_nothing_happens(address: str | None) -> None:
    manager = ServiceManager(address)
    manager.ready()
    manager.alive()


def test_manager_that_reads_nothing_holds_nobody_up(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as deaf:
        deaf.bind(str(tmp_path / "notify"))
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        manager = ServiceManager(str(tmp_path / "notify"))
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as crowd:
            crowd.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    crowd.sendto(b"x", str(tmp_path / "notify"))
        manager.alive()


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "60000000"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "42"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "43"}, None),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": ""}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "-1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_watchdog_is_fed_only_where_it_means_this_process(
    environ: dict[str, str], seconds: float | None
) -> None:
    manager = ServiceManager.of({"NOTIFY_SOCKET": "/run/notify", **environ}, 42)
    assert manager.watchdog_seconds == seconds
    assert ServiceManager.of(environ, 42).watchdog_seconds is None
