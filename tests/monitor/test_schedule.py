"""The beat goes on, whatever the wall clock does."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.schedule import beat
from tests.monitor.stage import FIRST_TEXT, page
from tests.servers.http import SiteServer

HERE = Path(__file__).parent
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
        pathlib.Path(os.environ["SET_CLOCK_BACK"]).touch()
        assert time.time() < before - 7000, "the shim has no effect"
        await beats(2)  # what was planned before the step
        await beats(10)
    print("went on")

asyncio.run(main())
"""

CONFIG = """
[storage]
database = "{folder}/policywatch.db"
[fetch]
contact = "privacy@acme.test"
allow_private = ["127.0.0.0/8"]
host_delay_seconds = 0
[[services]]
name = "Acme"
[[services.documents]]
kind = "terms"
url = "{url}"
every = "1s"
[channels.chat]
type = "slack"
webhook_url_env = "HOOK"
[[routes]]
to = ["chat"]
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


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("setting a program's clock back needs a C compiler and Linux")
    library = tmp_path_factory.mktemp("shim") / "clock_shim.so"
    source = HERE / "clock_shim.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


def with_clock(shim: Path, switch: Path, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return (
        kept
        | {"LD_PRELOAD": str(shim), "SET_CLOCK_BACK": str(switch), "PYTHONPATH": str(HERE.parents[1])}
        | more
    )


def test_it_beats_on_after_the_clock_was_set_back_two_hours(shim: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BEATS.format(patience=PATIENCE)],
        env=with_clock(shim, tmp_path / "back"), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout, done.returncode) == ("went on\n", 0), done.stderr


@pytest.fixture
def daemon(shim: Path, tmp_path: Path) -> Iterator[SiteServer]:
    """The real daemon, which looks at one page every second; its clock can be set back."""
    with SiteServer({"/terms": page(FIRST_TEXT)}) as site:
        config = tmp_path / "config.toml"
        config.write_text(CONFIG.format(folder=tmp_path, url=site.url("/terms")))
        environment = with_clock(shim, tmp_path / "back", HOOK="https://hooks.slack.test/services/T0/B0/x")
        program = "from monitor.cli import main; main()"
        command = [sys.executable, "-c", program, "--config", str(config), "run"]
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as process:
            try:
                yield site
            finally:
                process.terminate()
                _, log = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, log.decode()


def looks(site: SiteServer, count: int) -> int:
    """How often the page was asked for, once that is `count` times."""
    deadline = time.monotonic() + PATIENCE
    while (seen := len(site.requests_for("/terms"))) < count:
        assert time.monotonic() < deadline, f"{seen} of {count} looks after {PATIENCE} seconds"
        time.sleep(0.02)
    return seen


def test_the_daemon_keeps_its_cadence_after_the_clock_was_set_back(daemon: SiteServer, tmp_path: Path) -> None:
    seen = looks(daemon, 2)
    (tmp_path / "back").touch()
    assert looks(daemon, seen + 2)
