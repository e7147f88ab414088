"""Measures the history browser on an imported archive, and what 200 readers at once cost the daemon's checks.

    python benchmarks/browser.py DATABASE [--readers 200]

The pages are asked for over HTTP from `policywatch serve`, each on a connection of its own: the times are from
the request to the first byte of the answer, and to its last (`whole`, a median). `processor` is what the whole
answer cost the browser, on average, whatever else the machine does; `cold` is the very first request for an
address. Documents are chosen by chance, the same on every run; the long one has most words.

Then the daemon watches generated pages in a copy of that database, and rounds of checks are timed (all made due
at once), in turn without readers and with so many who ask for one page after the other without a pause. The
readers run at a lower priority, since they usually sit elsewhere. Ends with 1 if a median is above 100 ms.
"""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.policies import Site, generated, serving
from benchmarks.throughput import COMMAND, Daemon, cpu_seconds, make_due, running, write_config

TARGET_MILLISECONDS = 100.0
TIMES, CHOSEN = 9, 5
PAGES_WATCHED, PAIRS = 300, 3
READING_PROCESSES, WARMED_UP = 4, 100
"""Readers begin to count once so many pages were answered."""

_LONGEST = """
SELECT d.key, v.number FROM versions AS v JOIN documents AS d ON d.id = v.document_id
WHERE v.number > 1 AND v.words BETWEEN 19000 AND 21000 ORDER BY v.words DESC LIMIT 1
"""
_BUSIEST = """
SELECT d.key FROM appearances AS a JOIN documents AS d ON d.id = a.document_id
GROUP BY d.id ORDER BY count(*) DESC LIMIT 1
"""
_SEVERAL = """
SELECT d.key, max(v.number) FROM versions AS v JOIN documents AS d ON d.id = v.document_id
GROUP BY d.id HAVING max(v.number) > 2 ORDER BY d.key
"""
_LOOKS = """
SELECT count(*) FROM (SELECT sum(c.looks) AS looks FROM documents AS d JOIN checks AS c ON c.document_id = d.id
WHERE d.origin = 'live' GROUP BY d.id) WHERE looks >= ?
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("database", type=Path)
    parser.add_argument("--readers", type=int, default=200)
    arguments = parser.parse_args()
    addresses = _addresses(arguments.database)
    slowest = _measure_pages(arguments.database, addresses)
    if arguments.readers:
        _measure_readers(arguments.database, arguments.readers, addresses)
    return int(slowest > TARGET_MILLISECONDS)


# --- which pages


def _addresses(database: Path) -> list[tuple[str, list[str]]]:
    """What is measured by name, each with the addresses that stand for it."""
    chance = random.Random(2024)
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        long_key, long_number = connection.execute(_LONGEST).fetchone()
        (busy_key,) = connection.execute(_BUSIEST).fetchone()
        several = chance.sample(connection.execute(_SEVERAL).fetchall(), CHOSEN)
        alerts = [number for (number,) in connection.execute("SELECT id FROM alerts ORDER BY id")]
    chosen = [f"/documents/{key}" for key, _ in several]
    long_diff = f"/documents/{long_key}/diff?from={long_number - 1}&to={long_number}"
    one, other = several[0][0], several[1][0]
    return [
        ("overview", ["/"]),
        ("alerts", ["/alerts?status=all"]),
        ("alert", [f"/alerts/{each}" for each in chance.sample(alerts, min(CHOSEN, len(alerts)))]),
        ("incident", [f"/incidents/{each}" for each in chance.sample(alerts, min(CHOSEN, len(alerts)))]),
        ("document", chosen),
        ("document with most versions", [f"/documents/{busy_key}"]),
        ("version", [f"{each}/at/1" for each in chosen]),
        ("diff", [f"/documents/{key}/diff?from={last - 1}&to={last}" for key, last in several]),
        ("diff, first to last", [f"/documents/{key}/diff?from=1&to={last}" for key, last in several]),
        ("diff of 20,000 words", [long_diff]),
        ("the same, whole text", [long_diff + "&show=all"]),
        ("the same, as one file", [long_diff.replace("/diff?", "/diff.html?")]),
        ("diff of two documents", [f"/documents/{one}/diff?with={other}"]),
        ("search, a rare wording", ["/search?" + urlencode({"q": '"train artificial intelligence"'})]),
        ("search, a common one", ["/search?q=arbitration", "/search?q=biometric"]),
        ("search, in every document", ["/search?q=data", "/search?q=privacy"]),
        ("calendar", ["/calendar"]),
        ("compare", ["/compare", f"/compare?left={one.split('/')[0]}&right={other.split('/')[0]}"]),
        ("feed of everything", ["/feeds/all.atom"]),
        ("feed of a service", [f"/feeds/services/{one.split('/')[0]}.atom"]),
        ("feed of a topic", ["/feeds/topics/ai-training.atom"]),
        ("feed of a document", [f"/feeds/documents/{one}.atom"]),
        ("calendar of dates", ["/feeds/effective-dates.ics"]),
        ("API: documents", ["/api/v1/documents"]),
        ("API: changes", ["/api/v1/changes", "/api/v1/changes.csv"]),
        ("API: alerts", ["/api/v1/alerts"]),
        ("API: versions", [f"/api/v1/versions?document={busy_key}"]),
        ("API: text", [f"/api/v1/text?document={long_key}"]),
        ("API: diff", [f"/api/v1/diff?document={long_key}"]),
        ("API: search", ["/api/v1/search?q=biometric"]),
        ("API: status", ["/api/v1/status"]),
        ("metrics", ["/metrics"]),
    ]


# --- one reader


def _measure_pages(database: Path, addresses: Sequence[tuple[str, list[str]]]) -> float:
    """Prints the table; returns the slowest median in milliseconds."""
    titles = f"{'median':>9}{'longest':>9}{'cold':>9}{'whole':>9}{'processor':>11}{'kB':>8}"
    print(f"{'first byte, ms':<30}{titles}")
    slowest = 0.0
    with browser(database) as (port, process):
        ask(port, "/livez")
        for name, paths in addresses:
            cold = [ask(port, path) for path in paths]
            before = cpu_seconds(process)
            asked = [ask(port, path) for _ in range(TIMES) for path in paths]
            processor = 1000 * (cpu_seconds(process) - before) / len(asked)
            warm = [each.first for each in asked]
            slowest = max(slowest, median(warm))
            figures = (
                f"{median(warm):>9.1f}{max(warm):>9.1f}{max(each.first for each in cold):>9.1f}"
                f"{median(each.whole for each in asked):>9.1f}{processor:>11.1f}"
                f"{max(each.size for each in cold) / 1000:>8.0f}"
            )
            print(f"{name:<30}{figures}")
    print(f"{'slowest median':<30}{slowest:>9.1f}   (at most {TARGET_MILLISECONDS:.0f})\n")
    return slowest


@dataclass(frozen=True, slots=True)
class Asked:
    """Milliseconds to the first and the last byte of an answer, and its size in bytes."""

    first: float
    whole: float
    size: int


def ask(port: int, path: str) -> Asked:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.connect()
        began = time.perf_counter()
        connection.request("GET", path, headers={"Accept": "text/html"})
        answer = connection.getresponse()
        body = answer.read(1)
        first = time.perf_counter() - began
        body += answer.read()
        whole = time.perf_counter() - began
    finally:
        connection.close()
    if answer.status != HTTPStatus.OK and not path.startswith("/incidents/"):  # which lead to their first alert
        raise SystemExit(f"{path}: {answer.status} {body[:300]!r}")
    return Asked(1000 * first, 1000 * whole, len(body))


@contextmanager
def browser(database: Path) -> Iterator[tuple[int, int]]:
    """The installed command, at the priority that its service has; yields its port and its process."""
    process = subprocess.Popen(
        ["nice", "-n", "5", *COMMAND, "--database", str(database), "serve", "--listen", "127.0.0.1:0"],
        stderr=subprocess.PIPE,
        text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", "")},
    )
    assert process.stderr is not None  # noqa: S101 (asked for above)
    try:
        line = next((line for line in process.stderr if "browser_ready" in line), "")
        if not line:
            raise SystemExit("the browser ended before it was ready")
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield int(line.rpartition("127.0.0.1:")[2].split("/")[0]), process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


# --- many readers beside the daemon


def _measure_readers(database: Path, readers: int, addresses: Sequence[tuple[str, list[str]]]) -> None:
    paths = [path for _, found in addresses for path in found]
    with tempfile.TemporaryDirectory() as name, serving([generated(n) for n in range(PAGES_WATCHED)]) as site:
        folder = Path(name)
        shutil.copy(database, folder / "policywatch.db")
        config = write_config(folder, PAGES_WATCHED, site.port, "28d")
        with running(config, f"http://127.0.0.1:{site.port}/slack") as daemon:
            _wait(folder, 1)
            with browser(folder / "policywatch.db") as (port, _):
                quiet, busy, pages = _rounds(folder, daemon, site, (port, paths, readers))
    print(f"a round of {PAGES_WATCHED} checks, seconds (of the processor): {_listed(quiet)} without readers")
    print(f"with {readers} readers, who got {pages:.0f} pages a second: {_listed(busy)}")
    pairs = list(zip(quiet, busy, strict=True))
    wall = median(after.wall / before.wall for before, after in pairs)
    cpu = median(after.cpu / before.cpu for before, after in pairs)
    print(f"slow-down, median of {PAIRS} pairs: {wall:.2f}; in processor time {cpu:.2f}")


def _rounds(
    folder: Path, daemon: Daemon, site: Site, readers: tuple[int, list[str], int]
) -> tuple[list[Round], list[Round], float]:
    """Rounds without and with readers in turn, and how many pages these got in a second."""
    quiet: list[Round] = []
    busy: list[Round] = []
    pages = 0
    for number in range(2, 2 + 2 * PAIRS, 2):
        quiet.append(_checks(folder, daemon, site, number))
        with reading(*readers) as answered:
            while answered.value < WARMED_UP:
                time.sleep(0.1)
            before = answered.value
            busy.append(_checks(folder, daemon, site, number + 1))
            pages += answered.value - before
    return quiet, busy, pages / sum(each.wall for each in busy)


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds that pass, and those of the processor that the daemon took."""

    wall: float
    cpu: float


def _checks(folder: Path, daemon: Daemon, site: Site, number: int) -> Round:
    """Until every page was looked at once more; a twentieth has changed, others each time."""
    site.change((number - 1) * PAGES_WATCHED // 20)
    make_due(folder / "policywatch.db")
    write_config(folder, PAGES_WATCHED, site.port, f"{28 - number}d")  # for another cadence it reads anew
    served, began, cpu = site.pages_served, time.monotonic(), daemon.cpu()
    daemon.process.send_signal(signal.SIGHUP)
    while site.pages_served == served:
        time.sleep(0.01)
        began = time.monotonic()
    _wait(folder, number)
    return Round(time.monotonic() - began, daemon.cpu() - cpu)


def _wait(folder: Path, looks: int) -> None:
    with closing(sqlite3.connect(f"file:{folder / 'policywatch.db'}?mode=ro", uri=True)) as connection:
        while connection.execute(_LOOKS, (looks,)).fetchone()[0] < PAGES_WATCHED:
            time.sleep(0.02)


@contextmanager
def reading(port: int, paths: Sequence[str], readers: int) -> Iterator[Synchronized[int]]:
    """Readers in processes of their own; yields how many pages they got."""
    context = multiprocessing.get_context("spawn")
    answered = context.Value("q", 0)
    stop = context.Event()
    processes = [
        context.Process(target=_read, args=(port, list(paths), readers // READING_PROCESSES, answered, stop))
        for _ in range(READING_PROCESSES)
    ]
    for process in processes:
        process.start()
    try:
        yield answered
    finally:
        stop.set()
        for process in processes:
            process.join(90)


def _read(port: int, paths: Sequence[str], readers: int, answered: Synchronized[int], stop: Event) -> None:
    os.nice(10)

    def read(number: int) -> None:
        chance = random.Random(number)
        while not stop.is_set():
            ask(port, chance.choice(paths))
            with answered.get_lock():
                answered.value += 1

    threads = [threading.Thread(target=read, args=(number,), daemon=True) for number in range(readers)]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join(60)


def _listed(rounds: Sequence[Round]) -> str:
    return ", ".join(f"{each.wall:.1f} ({each.cpu:.1f})" for each in rounds)


if __name__ == "__main__":
    sys.exit(main())
