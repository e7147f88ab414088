"""Measures what checks cost: the installed daemon beside a bare loop over the same pages, in the same run.

    python benchmarks/throughput.py [--pages N] [--captures captures.bundle]
    python benchmarks/throughput.py --documents 10000

Generated pages of 70 kB (or the last N captures of a repository), each on a loopback address of its own, are
watched by the daemon: a first snapshot, an unchanged round (304), a round in which a tenth of the pages has one
clause more, told over a channel on loopback. A round begins when all documents are made due and a reload makes
the daemon look at the schedule. CPU seconds are those of the daemon and its reading processes, from just before
a round's first request until its last check is recorded and its last message sent; of many alerts the last ones
are gathered for a minute (docs/alerts.md), which shows in the third round's wall time. The bare loop asks one
page after the other with httpx (with If-None-Match from the second round on), parses with selectolax, takes the
text, hashes, compresses with zstd and commits one `synchronous=FULL` transaction a page.

With `--documents` no page is served: how long the daemon takes until it is ready with so many documents, in a
new database and in a filled one, and what it costs while none of them is due.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import multiprocessing
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import httpx
import zstandard
from selectolax.lexbor import LexborHTMLParser

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.policies import Site, address, captured, generated, serving
from storage import checks, documents
from storage.database import Database
from storage.records import CheckOutcome, ScheduleEntry

COMMAND = (sys.executable, "-c", "from monitor.cli import main; main()")
TICKS = os.sysconf("SC_CLK_TCK")
ROUNDS = ("first snapshot", "unchanged (304)", "a tenth changed")
IDLE_SECONDS = 30.0

CONFIG = """
[storage]
database = "{database}"
[fetch]
contact = "benchmark@example.com"
allow_private = ["127.0.0.0/8"]
host_delay_seconds = 0.0
confirm_after = "0s"
every = "{every}"
[channels.chat]
type = "slack"
webhook_url_env = "BENCHMARK_SLACK"
[[routes]]
to = ["chat"]
"""

DOCUMENT = """
[[services]]
name = "Company {number}"
  [[services.documents]]
  kind = "privacy-policy"
  url = "http://{address}:{port}/policy"
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU and wall seconds of one round, and the peak memory so far in bytes."""

    cpu: float
    wall: float
    memory: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--captures", type=Path, help="a repository or bundle of real captures")
    parser.add_argument("--documents", type=int, help="measure start and idle of so many instead")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.documents:
            _measure_many(folder, arguments.documents)
            return
        pages = (
            captured(arguments.captures, arguments.pages, folder)
            if arguments.captures
            else [generated(number) for number in range(arguments.pages)]
        )
        with serving(pages) as site:
            bare = _bare_in_its_own_process(folder / "bare.db", site, pages)
            ours = _watch(folder, site, len(pages))
        _report(ours, bare, len(pages), sum(map(len, pages)))
        _report_alerts(folder / "policywatch.db")


def _report(ours: Sequence[Cost], bare: Sequence[Cost], pages: int, size: int) -> None:
    print(f"{pages} pages of {size / pages / 1000:.0f} kB on average; CPU milliseconds a page\n")
    titles = ("daemon", "bare loop", "ratio", "wall s", "bare", "peak MB", "bare")
    print(f"{'round':<18}" + "".join(f"{title:>10}" for title in titles))
    for name, our, their in zip(ROUNDS, ours, bare, strict=True):
        values = (
            f"{1000 * our.cpu / pages:.2f}", f"{1000 * their.cpu / pages:.2f}", f"{our.cpu / their.cpu:.2f}",
            f"{our.wall:.1f}", f"{their.wall:.1f}", f"{our.memory / 1e6:.0f}", f"{their.memory / 1e6:.0f}",
        )  # fmt: skip
        print(f"{name:<18}" + "".join(f"{value:>10}" for value in values))


def _report_alerts(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        alerts = connection.execute("SELECT kind, count(*) FROM alerts GROUP BY kind ORDER BY kind").fetchall()
        sent = connection.execute("SELECT state, count(*) FROM deliveries GROUP BY state").fetchall()
    print(f"\nalert records: {dict(alerts)}; deliveries: {dict(sent)}")


# --- the bare loop


def _bare_in_its_own_process(database: Path, site: Site, pages: Sequence[bytes]) -> list[Cost]:
    """Three rounds; the third asks for the changed pages as the daemon's third round does."""
    ours, its = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_bare, args=(database, site.port, len(pages), its)
    )
    process.start()
    found: list[Cost] = []
    for name in ROUNDS:
        site.change(len(pages) // 10 if name == ROUNDS[-1] else 0)
        ours.send(name)
        found.append(ours.recv())
    process.join()
    site.change(0)
    return found


def _bare(database: Path, port: int, pages: int, orders: Connection) -> None:
    asyncio.run(_bare_rounds(database, port, pages, orders))


async def _bare_rounds(database: Path, port: int, pages: int, orders: Connection) -> None:
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(
        "CREATE TABLE pages (id INTEGER PRIMARY KEY, seen REAL, etag TEXT, sha256 TEXT, words, body BLOB)"
    )
    tags: dict[int, str] = {}
    async with httpx.AsyncClient() as client:
        for _ in ROUNDS:
            orders.recv()
            cpu, wall = time.process_time(), time.monotonic()
            for number in range(pages):
                await _bare_page(client, connection, number, f"http://{address(number)}:{port}/policy", tags)
            cost = Cost(time.process_time() - cpu, time.monotonic() - wall, _peak_memory(os.getpid()))
            orders.send(cost)


async def _bare_page(
    client: httpx.AsyncClient, connection: sqlite3.Connection, number: int, url: str, tags: dict[int, str]
) -> None:
    headers = {"If-None-Match": tags[number]} if number in tags else {}
    answer = await client.get(url, headers=headers)
    connection.execute("BEGIN IMMEDIATE")
    if answer.status_code == 304:
        connection.execute("UPDATE pages SET seen = ? WHERE id = ?", (time.time(), number))
    else:
        root = LexborHTMLParser(answer.content).root
        words = len((root.text() if root else "").split())
        digest = hashlib.sha256(answer.content).hexdigest()
        body = zstandard.ZstdCompressor().compress(answer.content)
        connection.execute(
            "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?, ?)",
            (number, time.time(), answer.headers["etag"], digest, words, body),
        )
        tags[number] = answer.headers["etag"]
    connection.execute("COMMIT")


# --- the daemon


@dataclass(slots=True)
class Daemon:
    """A running daemon; `cpu` and `memory` count its reading processes too."""

    process: subprocess.Popen[bytes]
    seconds_to_ready: float

    def cpu(self) -> float:
        return sum(cpu_seconds(each) for each in self._processes())

    def memory(self) -> int:
        return sum(_peak_memory(each) for each in self._processes())

    def _processes(self) -> list[int]:
        own = self.process.pid
        children = Path(f"/proc/{own}/task").glob("*/children")
        return [own, *(int(child) for each in children for child in each.read_text().split())]


@contextmanager
def running(config: Path, slack: str) -> Iterator[Daemon]:
    """The installed command; it is ready when it says so to the service manager."""
    log = config.with_suffix(".log")
    with log.open("wb") as messages, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0policywatch-benchmark-{os.getpid()}")
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(config.parent),
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "BENCHMARK_SLACK": slack,
            "NOTIFY_SOCKET": f"@policywatch-benchmark-{os.getpid()}",
        }
        began = time.monotonic()
        process = subprocess.Popen([*COMMAND, "--config", str(config), "run"], env=environment, stderr=messages)
        try:
            _wait_until_ready(manager, process, log)
            yield Daemon(process, time.monotonic() - began)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _wait_until_ready(manager: socket.socket, process: subprocess.Popen[bytes], log: Path) -> None:
    manager.settimeout(0.2)
    while True:
        with suppress(TimeoutError):
            if b"READY=1" in manager.recv(4096):
                return
        if process.poll() is not None:
            raise SystemExit(f"the daemon ended before it was ready:\n{log.read_text(encoding='utf-8')}")


def _watch(folder: Path, site: Site, pages: int) -> list[Cost]:
    database = folder / "policywatch.db"
    config = write_config(folder, pages, site.port, "28d")
    found = []
    with running(config, f"http://127.0.0.1:{site.port}/slack") as daemon:
        for number, _ in enumerate(ROUNDS, start=1):
            before = site.pages_served
            if number > 1:
                site.change(pages // 10 if number == len(ROUNDS) else 0)
                make_due(database)
                write_config(folder, pages, site.port, f"{28 - number}d")  # for another cadence it reads anew
                daemon.process.send_signal(signal.SIGHUP)
            recorded = partial(_is_recorded, database, number)
            found.append(_round(daemon, site, before, pages, recorded))
    return found


def make_due(database: Path) -> None:
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        connection.execute("UPDATE schedule SET next_due_at = 0")


def _round(daemon: Daemon, site: Site, before: int, pages: int, recorded: Callable[[], bool]) -> Cost:
    """Wait for one request for each page, then for what follows from them to be written and sent."""
    cpu, began = daemon.cpu(), time.monotonic()
    while site.pages_served == before:
        if before:  # the first round begins at once
            cpu, began = daemon.cpu(), time.monotonic()
        time.sleep(0.02)
    while site.pages_served < before + pages:
        time.sleep(0.05)
    while not recorded():
        time.sleep(0.05)
    return Cost(daemon.cpu() - cpu, time.monotonic() - began, daemon.memory())


def _is_recorded(database: Path, looks: int) -> bool:
    """Whether every document was looked at so often, and no delivery is open."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        if connection.execute("SELECT 1 FROM deliveries WHERE state IN ('pending', 'sending')").fetchone():
            return False
        least: int = connection.execute(
            "SELECT min(looks) FROM (SELECT coalesce(sum(looks), 0) AS looks FROM documents"
            " LEFT JOIN checks ON checks.document_id = documents.id GROUP BY documents.id)"
        ).fetchone()[0]
        return least >= looks


def write_config(folder: Path, documents_: int, port: int, every: str) -> Path:
    config = folder / "config.toml"
    listed = "".join(
        DOCUMENT.format(number=number, address=address(number), port=port) for number in range(documents_)
    )
    config.write_text(CONFIG.format(database=folder / "policywatch.db", every=every) + listed, encoding="utf-8")
    return config


def cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / TICKS  # utime, stime, and those of reaped children


def _peak_memory(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    return 1000 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


# --- many documents


def _measure_many(folder: Path, number: int) -> None:
    config = write_config(folder, number, 9, "7d")  # port 9: nobody answers
    with running(config, "http://127.0.0.1:9/slack") as daemon:
        print(f"{number} documents, new database: ready after {daemon.seconds_to_ready:.1f} s")
    _fill(folder / "policywatch.db")
    with running(config, "http://127.0.0.1:9/slack") as daemon:
        print(f"{number} documents, filled database: ready after {daemon.seconds_to_ready:.1f} s")
        time.sleep(5)
        before = daemon.cpu()
        time.sleep(IDLE_SECONDS)
        share = (daemon.cpu() - before) / IDLE_SECONDS
        print(f"none due: {100 * share:.2f} % of one processor, {daemon.memory() / 1e6:.0f} MB")


def _fill(path: Path) -> None:
    """Every document was looked at a minute ago and is due in six days."""
    now = datetime.now(UTC)
    database = Database.open(path)
    with database.write() as transaction:
        for document in documents.every(transaction):
            at = now - timedelta(minutes=1)
            checks.record(transaction, document.id, CheckOutcome.FIRST, at, reason="the first text read")
            checks.move_on(transaction, ScheduleEntry(document.id, now + timedelta(days=6), at, 0))
    database.close()


if __name__ == "__main__":
    main()
