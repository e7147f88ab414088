"""The unit's sandbox without systemd: its filters by libseccomp, its places by mount and process namespaces.

The daemon does its whole work in there: a first start, a check, a change that is told, a reload, a stop. What
only a host with systemd can show stands in docs/operations.md.
"""

from __future__ import annotations

import ctypes.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.world import AFTER, COMMAND, World, a_world, wait_until
from tests.servers import sandbox
from tests.servers.manager import Manager
from tests.servers.program import Program
from tests.test_deploy import settings
from tests.web.served import Served

NEEDED = ("unshare", "setpriv", "mount", "systemd-analyze")
PLAIN_USER = (
    "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--no-new-privs",
    # To read an interpreter and a checkout that may lie in somebody's closed home; to change nothing.
    "--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search",
    "--bounding-set=-all,+dac_read_search",
)  # fmt: skip
PLACES = """
mount -t proc -o subset=pid,hidepid=invisible proc /proc
mount -t tmpfs tmpfs /var/tmp
mount --bind "$1" "$1"
mount -o remount,bind,ro /
shift
exec "$@"
"""
"""ProcSubset=, ProtectProc=, PrivateTmp= and ProtectSystem=strict but for one folder."""

pytestmark = pytest.mark.skipif(
    os.getuid() != 0 or ctypes.util.find_library("seccomp") is None or not all(map(shutil.which, NEEDED)),
    reason="needs root, libseccomp, util-linux and systemd's tools",
)


@pytest.fixture
def world(program: Program) -> Iterator[World]:
    """As for every other test, in a folder that the plain user owns."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with a_world(folder, program) as world:
            for path in (folder, *folder.iterdir()):
                os.chown(path, 65534, 65534)
            yield world


def launcher() -> list[str]:
    unit = settings()
    calls = sandbox.system_calls(unit["SystemCallFilter"])
    (families,) = unit["RestrictAddressFamilies"]
    program = str(Path(sandbox.__file__))
    return [sys.executable, "-P", program, ",".join(sorted(calls)), families.replace(" ", ",")]


def sandboxed(world: World, *command: str) -> list[str]:
    places = ["unshare", "--mount", "--pid", "--fork", "sh", "-euc", PLACES, "sh", str(world.folder)]
    return [*places, *PLAIN_USER, *launcher(), *command]


def innermost(process: int) -> int:
    """The process that runs in the new process namespace: signals to `unshare` stay with that."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return int(children[0])


def test_filters_forbid_what_the_unit_forbids(world: World) -> None:
    """The proof that what follows proves anything."""
    for attempt, died in (
        ("import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)", True),
        ("import os; os.chown('.', 1, 1)", True),
        ("import os; os.nice(1)", True),
        ("import os; os.sched_setaffinity(0, {0})", True),
        ("import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)", False),
        ("open('/etc/policywatch.test', 'w')", False),
        ("open('/proc/meminfo')", False),
    ):
        done = subprocess.run(
            sandboxed(world, sys.executable, "-c", attempt), capture_output=True, text=True, check=False
        )
        ended = 128 + signal.SIGSYS if died else 1
        assert done.returncode in (ended, -signal.SIGSYS), (attempt, done.returncode, done.stderr)
        assert died or "Error" in done.stderr


def test_daemon_does_its_whole_work_inside_the_sandbox(world: World, tmp_path: Path) -> None:
    text = world.config.read_text(encoding="utf-8")
    named = world.site.url("/faq", host="localhost")
    world.config.write_text(text.replace(world.site.url("/faq"), named), encoding="utf-8")
    with Manager(f"@policywatch-sandbox-{os.getpid()}") as manager:
        world.environment["NOTIFY_SOCKET"] = manager.address
        with (world.folder / "daemon.log").open("w") as log:
            process = subprocess.Popen(
                sandboxed(world, *COMMAND, "--config", str(world.config), "--verbose", "run"),
                stderr=log,
                env=world.environ(),
            )
        wait_until(lambda: world.log().count("outcome=first") == 2, "the baseline by name and by address")
        world.site.pages |= AFTER
        world.smtp.wait_for(3)
        world.slack.wait_for(3)
        daemon = innermost(process.pid)
        os.kill(daemon, signal.SIGHUP)
        wait_until(lambda: "event=reloaded" in world.log(), "the reload")
        os.kill(daemon, signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        assert manager.states == ["READY", "RELOADING", "READY", "STOPPING"]
    assert "level=error" not in world.log()
    assert "Traceback" not in world.log()
    assert world.database.stat().st_uid == 65534


def test_commands_that_people_type_work_inside_the_sandbox(world: World) -> None:
    copy = str(world.folder / "copy.db")
    for words in (
        ["check"],
        ["documents"],
        ["backup", copy],
        ["test", "mail"],
        ["show", "acme/faq"],
        ["search", "data"],
    ):
        done = subprocess.run(
            sandboxed(world, *COMMAND, "--config", str(world.config), *words),
            capture_output=True, text=True, check=False, timeout=60, env=world.environ(),
        )  # fmt: skip
        assert done.returncode == 0, (words, done.returncode, done.stderr)


def test_history_browser_shows_pages_and_takes_work_inside_the_sandbox(world: World) -> None:
    """The browser's unit forbids what the daemon's does (tests/test_deploy.py)."""
    world.run("check")
    world.site.pages |= AFTER
    world.run("check")
    for path in world.folder.iterdir():
        os.chown(path, 65534, 65534)
    with Manager(f"@policywatch-browser-{os.getpid()}") as manager:
        world.environment["NOTIFY_SOCKET"] = manager.address
        command = [*COMMAND, "--config", str(world.config), "serve", "--listen", "127.0.0.1:0"]
        process = subprocess.Popen(sandboxed(world, *command), env=world.environ())
        manager.wait_for(lambda manager: "READY" in manager.states, "readiness")
        browser = Served(int(manager.status.rstrip("/").rpartition(":")[2]))
        assert browser.get("/documents/acme/faq").status == 200
        assert browser.get("/search?q=data").status == 200
        assert browser.post("/alerts/1/work", {"action": "resolved", "name": "Ann"}).status == 303
        os.kill(innermost(process.pid), signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        assert manager.states == ["READY", "STOPPING"]
