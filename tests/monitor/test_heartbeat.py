"""The watchdog is fed while every part gets on, and only then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.heartbeat import feed_watchdog, in_words, keep_status
from monitor.log import make_log
from monitor.progress import Mark, stuck
from monitor.systemd import ServiceManager
from storage.deliveries import OutboxDepth
from storage.errors import DatabaseFull
from tests.servers.manager import Manager


def test_part_that_did_not_get_on_for_longer_than_its_patience_is_stuck() -> None:
    marks = [Mark("beat", 100.0, 30.0), Mark("checks", 40.0, 60.0), Mark("channel mail", 39.0, 60.0)]
    assert stuck(marks, 100.0) == ("channel mail",)
    assert stuck(marks, 131.0) == ("beat", "checks", "channel mail")


@given(st.floats(0, 1e9), st.floats(0, 1e6), st.floats(0, 1e9))
def test_idle_part_is_never_stuck(at: float, patience: float, now: float) -> None:
    assert stuck([Mark("checks", at, patience, idle=True)], now) == ()


@asynccontextmanager
async def beside(work: Any) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def heard(manager: Manager, line: str, count: int) -> None:
    await asyncio.to_thread(manager.wait_for, lambda manager: manager.count(line) >= count, line)


async def test_watchdog_starves_while_a_part_is_stuck_and_is_fed_again_after(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    marks: list[Mark] = []
    with Manager(str(tmp_path / "notify")) as manager:
        told = ServiceManager(manager.address, watchdog_seconds=0.05)
        async with beside(feed_watchdog(told, lambda: marks, make_log(environ={}))):
            await heard(manager, "WATCHDOG=1", 3)
            marks.append(Mark("checks", -1e6, 1.0))
            await asyncio.sleep(0.1)
            fed = manager.count("WATCHDOG=1")
            await asyncio.sleep(0.3)
            assert manager.count("WATCHDOG=1") <= fed + 1
            marks.clear()
            await heard(manager, "WATCHDOG=1", fed + 3)
    assert "event=watchdog_not_fed stuck=checks" in capsys.readouterr().err


async def test_status_says_that_the_database_does_not_answer(tmp_path: Path) -> None:
    async def full() -> str:
        raise DatabaseFull("the disk is full")

    with Manager(str(tmp_path / "notify")) as manager:
        async with beside(keep_status(ServiceManager(manager.address), full)):
            await heard(manager, "STATUS=The database does not answer: the disk is full", 1)


@pytest.mark.parametrize(
    ("counts", "depth", "text"),
    [
        ((1, 0, 0), (0, 0), "Watching 1 document; nothing to deliver"),
        ((12, 1, 2), (1, 0), "Watching 12 documents (1 paused, 2 cannot be read); 1 delivery waiting"),
        ((0, 0, 0), (3, 1), "Watching 0 documents; 3 deliveries waiting, 1 given up"),
    ],
)
def test_how_things_stand_is_said_in_words(
    counts: tuple[int, int, int], depth: tuple[int, int], text: str
) -> None:
    assert in_words(*counts, OutboxDepth(open=depth[0], dead=depth[1], oldest_open_at=None)) == text
