from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.extract import ExtractionFailed, ExtractionRefused, ExtractOptions, Source, extract
from monitor.extract.explain import explain, read_links
from monitor.extract.pool import ExtractionPool
from monitor.extract.wire import encode_request, write_message
from tests.monitor.extract.helpers import FILLER

PAGE = Source(
    f"<h1>Terms</h1>{FILLER}<p>Stand: 5. Juni 2024 é</p>".encode(),
    "text/html; charset=utf-8",
    "https://x.example/",
)
MANY_ATTRIBUTES = Source(
    b"<p " + b" ".join(b"a%d=1" % i for i in range(200_000)) + b">x</p>", "text/html", "https://x.example/"
)


@pytest.fixture
def pool() -> Iterator[ExtractionPool]:
    pool = ExtractionPool(workers=1)
    yield pool
    pool.close()


def children() -> set[int]:
    """The process ids of our children, whichever thread started them."""
    lists = Path("/proc/self/task").glob("*/children")
    return {int(each) for found in lists for each in found.read_text().split()}


def proc(worker: int, name: str) -> str:
    return Path(f"/proc/{worker}/{name}").read_text()


async def worker_of(pool: ExtractionPool) -> int:
    """The process id of the only worker of `pool`, started if it was not."""
    before = children()
    await pool.extract(PAGE)
    return (children() - before).pop()


async def test_pool_reads_as_the_function_does(pool: ExtractionPool) -> None:
    assert await pool.extract(PAGE) == extract(PAGE)
    options = ExtractOptions(select=("p",))
    assert await pool.extract(PAGE, options) == extract(PAGE, options)


async def test_refusal_comes_back_with_its_reason(pool: ExtractionPool) -> None:
    with pytest.raises(ExtractionRefused, match="the PDF is cut off"):
        await pool.extract(Source(b"%PDF-1.7", "application/pdf", "https://x.example/"))


async def test_page_beyond_the_deadline_fails_and_the_next_is_read() -> None:
    pool = ExtractionPool(workers=1, deadline=5)
    try:
        with pytest.raises(ExtractionFailed) as caught:
            await pool.extract(MANY_ATTRIBUTES)
        assert caught.value.error_class == "timeout"
        assert await pool.extract(PAGE) == extract(PAGE)
    finally:
        pool.close()


async def test_worker_that_dies_is_replaced(pool: ExtractionPool) -> None:
    worker = await worker_of(pool)
    reading = asyncio.ensure_future(pool.extract(MANY_ATTRIBUTES))
    await asyncio.sleep(0.3)
    os.kill(worker, signal.SIGKILL)
    with pytest.raises(ExtractionFailed) as caught:
        await reading
    assert caught.value.error_class == "crashed"
    assert await pool.extract(PAGE) == extract(PAGE)


async def test_worker_that_is_stopped_fails_its_page_in_time_and_is_replaced() -> None:
    pool = ExtractionPool(workers=1, deadline=3)
    try:
        os.kill(await worker_of(pool), signal.SIGSTOP)
        with pytest.raises(ExtractionFailed) as caught:
            await pool.extract(PAGE)
        assert caught.value.error_class == "timeout"
        assert await pool.extract(PAGE) == extract(PAGE)
    finally:
        pool.close()


async def test_worker_that_died_between_pages_costs_no_page(pool: ExtractionPool) -> None:
    os.kill(await worker_of(pool), signal.SIGKILL)
    await asyncio.sleep(0.1)
    assert await pool.extract(PAGE) == extract(PAGE)


async def test_worker_ignores_signals_to_the_group(pool: ExtractionPool) -> None:
    worker = await worker_of(pool)
    os.kill(worker, signal.SIGINT)
    os.kill(worker, signal.SIGTERM)
    assert await pool.extract(PAGE) == extract(PAGE)
    assert worker in children()


async def test_worker_knows_no_secrets_and_has_its_limits(
    pool: ExtractionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_TOKEN", "hush")
    worker = await worker_of(pool)
    assert "hush" not in proc(worker, "environ")
    limits = {line[:26].strip(): line[26:].split()[:2] for line in proc(worker, "limits").splitlines()}
    assert limits["Max address space"] == [str(1024**3)] * 2
    assert limits["Max open files"] == ["16", "16"]
    assert 20 <= int(limits["Max cpu time"][0]) <= 30


async def test_two_pages_are_read_at_once_and_none_waits_for_a_hanging_one() -> None:
    pool = ExtractionPool(workers=2, deadline=3)
    try:
        hanging = asyncio.ensure_future(pool.extract(MANY_ATTRIBUTES))
        assert await pool.extract(PAGE) == extract(PAGE)
        assert not hanging.done()
        with pytest.raises(ExtractionFailed):
            await hanging
    finally:
        pool.close()


async def test_closing_leaves_no_process_and_ends_what_is_being_read(pool: ExtractionPool) -> None:
    worker = await worker_of(pool)
    reading = asyncio.ensure_future(pool.extract(MANY_ATTRIBUTES))
    await asyncio.sleep(0.2)
    pool.close()
    with pytest.raises(ExtractionFailed):
        await reading
    assert worker not in children()


def test_worker_whose_parent_was_killed_meanwhile_leaves_without_a_word() -> None:
    worker = subprocess.Popen(
        [sys.executable, "-P", "-m", "monitor.extract.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PYTHONPATH": os.pathsep.join([str(Path.cwd()), *filter(os.path.isabs, sys.path)])},
    )
    assert worker.stdin is not None
    assert worker.stdout is not None
    assert worker.stderr is not None
    worker.stdout.close()
    write_message(worker.stdin, encode_request(PAGE, ExtractOptions()))  # type: ignore[arg-type]
    worker.stdin.close()
    assert worker.stderr.read() == b""
    worker.stderr.close()
    assert worker.wait(20) == 0


async def test_pool_explains_as_the_function_does(pool: ExtractionPool) -> None:
    page = Source(
        f"<nav><a href='/a'>Home</a></nav><main>{FILLER}<p>See <a href='/b'>the FAQ</a>.</p></main>".encode(),
        "text/html",
        "https://x.example/",
    )
    assert await pool.explain(page) == explain(page)
    assert await pool.links(page) == read_links(page)
    assert len(read_links(page)) == 2
    assert await pool.extract(page) == extract(page)
    with pytest.raises(ExtractionRefused, match="an image"):
        await pool.explain(Source(b"\x89PNG", "image/png", "https://x.example/"))
