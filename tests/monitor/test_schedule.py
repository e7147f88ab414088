"""The beat goes on, whatever the wall clock does."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.schedule import beat
from tests.monitor.shim import Shim

PATIENCE = 20.0

BEATS = """
import asyncio, os, pathlib, time
from monitor.schedule import beat

async def main():
    async def beats(count):
        for _ in range(count):
            await asyncio.wait_for(queue.get(), {patience})
    queue = asyncio.Queue()
    async with beat(0.05, lambda: queue.put_nowait(None)):
        await beats(3)
        before = time.time()
        pathlib.Path(os.environ["CLOCK_OFFSET"]).write_text("{seconds}")
        assert abs(time.time() - before) > 7000, "the shim has no effect"
        await beats(2)  # what was planned before the step
        await beats(10)
    print("went on")

asyncio.run(main())
"""


async def test_it_beats_until_the_block_ends() -> None:
    beats: asyncio.Queue[None] = asyncio.Queue()
    async with beat(0.02, lambda: beats.put_nowait(None)):
        for _ in range(5):
            await asyncio.wait_for(beats.get(), PATIENCE)
    while not beats.empty():
        beats.get_nowait()
    await asyncio.sleep(0.1)
    assert beats.empty()


async def test_an_error_inside_the_block_comes_out_and_ends_the_beat() -> None:
    with pytest.raises(KeyError):
        async with beat(0.02, lambda: None):
            raise KeyError
    assert len(asyncio.all_tasks()) == 1


async def test_a_beat_that_fails_is_followed_by_the_next(caplog: pytest.LogCaptureFixture) -> None:
    beats: asyncio.Queue[None] = asyncio.Queue()

    def wake() -> None:
        beats.put_nowait(None)
        raise RuntimeError

    async with beat(0.02, wake):
        for _ in range(3):
            await asyncio.wait_for(beats.get(), PATIENCE)


@pytest.mark.parametrize(
    "seconds", [pytest.param(-7200, id="back two hours"), pytest.param(30 * 366 * 86400, id="on thirty years")]
)
def test_it_beats_on_after_the_clock_was_set(shim: Shim, tmp_path: Path, seconds: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BEATS.format(patience=PATIENCE, seconds=seconds)],
        env=shim.environ(tmp_path / "offset"), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout, done.returncode) == ("went on\n", 0), done.stderr
