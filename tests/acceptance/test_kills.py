"""kill -9 between any two steps, from the stored snapshot to the marked delivery: nothing is lost.

strace kills the command at its N-th commit (fdatasync) or write (pwrite64) for N = 1, 2, 3 ... until it comes
through; then it runs again undisturbed. `make test` takes every tenth commit, `make soak` every point.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.world import AFTER, COMMAND, World, wait_until
from tests.servers.smtp import HOST, KillingSmtpServer

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")

POINTS = 400
"""More than the command has: the sweep ends where it comes through."""

EVERY = 10


def strace(call: str, number: int) -> tuple[str, ...]:
    return (
        "strace",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        f"trace={call}",
        "-e",
        f"inject={call}:signal=SIGKILL:when={number}",
    )


def prime(world: World) -> Path:
    """A database with the baseline read and told; the pages change after it."""
    world.run("check")
    primed = world.folder / "primed"
    primed.mkdir()
    for path in world.folder.glob("policywatch.db*"):
        shutil.copy(path, primed)
    world.site.pages |= AFTER
    return primed


def restore(world: World, primed: Path) -> None:
    for path in world.folder.glob("policywatch.db*"):
        path.unlink()
    for path in primed.iterdir():
        shutil.copy(path, world.folder)
    world.smtp.messages.clear()
    world.slack.posts.clear()


def killed_at(world: World, call: str, number: int) -> bool:
    """Run `check` and kill it at its `number`-th such call; False where it came through."""
    done = subprocess.run(
        [*strace(call, number), *COMMAND, "--config", str(world.config), "check"],
        capture_output=True, text=True, timeout=120, check=False, env=world.environ(),
    )  # fmt: skip
    return done.returncode not in (0, 1)


def lines(world: World, *arguments: str) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in world.run(*arguments, expect=None).stdout.splitlines())


def check_nothing_lost(world: World) -> None:
    for key in ("acme/privacy-policy", "acme/faq"):
        assert [row["number"] for row in lines(world, "versions", key)] == [1, 2]
    change_alerts = [alert for alert in lines(world, "alerts") if alert["kind"] == "change"]
    assert len(change_alerts) == 2
    assert {delivery["state"] for alert in change_alerts for delivery in alert["deliveries"]} == {"sent"}
    mails = Counter(str(mail.mail["Message-ID"]) for mail in world.smtp.messages)
    posts = Counter(post.payload["text"] for post in world.slack.accepted)
    assert len(mails) == len(posts) == 2
    assert sum(mails.values()) + sum(posts.values()) <= 4 + 1, "one kill, one copy more at the most"


def sweep(world: World, call: str, numbers: range) -> int:
    primed = prime(world)
    for survived, number in enumerate(numbers):
        restore(world, primed)
        if not killed_at(world, call, number):
            check_nothing_lost(world)
            return survived
        world.run("check")
        check_nothing_lost(world)
    raise AssertionError("the command has more kill points than expected")


@needs_strace
def test_kill_at_every_tenth_commit_loses_nothing(world: World) -> None:
    assert sweep(world, "fdatasync", range(EVERY // 2, POINTS, EVERY)) >= 1


@needs_strace
@pytest.mark.soak
@pytest.mark.parametrize("call", ["fdatasync", "pwrite64"])
def test_kill_at_every_commit_and_at_every_write_loses_nothing(world: World, call: str) -> None:
    assert sweep(world, call, range(1, POINTS)) >= 10


def test_kill_between_send_and_reply_sends_one_copy_more_with_the_same_message_id(world: World) -> None:
    world.smtp.stop()
    killer = KillingSmtpServer(
        context=world.certificates.server(HOST), username="watch", password="canary-password"
    )
    with killer:
        world.smtp = killer
        world.write_config()
        world.run("check")
        killer.messages.clear()
        world.site.pages |= AFTER
        with world.daemon() as process:
            killer.victim = process
            wait_until(lambda: process.poll() is not None, "the kill")
        with world.daemon():
            killer.wait_for(3)
            wait_until(lambda: world.log().count("delivery_sent channel=mail") == 2, "both deliveries")
    ids = Counter(str(mail.mail["Message-ID"]) for mail in killer.messages)
    assert sorted(ids.values()) == [1, 2]
