"""Measure reading on real captures: CPU milliseconds a page, false changes, true changes seen.

usage: python benchmarks/extraction.py --captures captures-dev.bundle --truth captures-dev-truth.jsonl
           [--documents N] [--every N] [--show N]

For each capture whose truth row says that nothing changed ("none") its fingerprint is compared with that of the
capture before it, save in the two looks after new wording, where OTA may only be late; the same for captures
with new wording ("words") of documents made of one page.
`--every N` measures every Nth unchanged capture, `--documents N` the first N paths, `--show N` prints the
clauses that differ in N false changes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from monitor.extract import Extraction, ExtractionRefused, Source, extract


@dataclass(frozen=True)
class Row:
    path: str
    at: int
    said: str
    sources: int


@dataclass
class Tally:
    milliseconds: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    shrunk: int = 0
    words: int = 0
    seen: int = 0
    missed: list[str] = field(default_factory=list)


class Archive:
    """The captures of a bundle, through one `git cat-file --batch`."""

    def __init__(self, bundle: Path, directory: Path) -> None:
        repository = directory / "captures.git"
        subprocess.run(["git", "clone", "-q", "--bare", str(bundle), str(repository)], check=True)
        self._git = ["git", "-c", "core.quotePath=false", "-C", str(repository)]
        self._batch = subprocess.Popen(
            [*self._git, "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def commits(self) -> dict[tuple[str, int], str]:
        """The commit of each (path, capture time)."""
        log = subprocess.run(
            [*self._git, "log", "--format=%x00%H %at", "--name-only"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        found: dict[tuple[str, int], str] = {}
        for entry in log.split("\x00")[1:]:
            head, *paths = [line for line in entry.splitlines() if line]
            commit, at = head.split()
            for path in paths:
                found[path, int(at)] = commit
        return found

    def read(self, commit: str, path: str) -> bytes:
        if self._batch.stdin is None or self._batch.stdout is None:
            raise RuntimeError("git cat-file is not running")
        self._batch.stdin.write(f"{commit}:{path}\n".encode())
        self._batch.stdin.flush()
        size = int(self._batch.stdout.readline().split()[2])
        body = self._batch.stdout.read(size)
        self._batch.stdout.read(1)
        return body

    def close(self) -> None:
        if self._batch.stdin is not None:
            self._batch.stdin.close()
        self._batch.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captures", required=True, type=Path)
    parser.add_argument("--truth", required=True, type=Path)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--show", type=int, default=0)
    arguments = parser.parse_args()
    tally = Tally()
    with tempfile.TemporaryDirectory() as directory:
        archive = Archive(arguments.captures, Path(directory))
        try:
            commits = archive.commits()
            for rows in list(_rows_by_path(arguments.truth))[: arguments.documents]:
                _measure(archive, commits, rows, tally, every=arguments.every, show=arguments.show)
        finally:
            archive.close()
    _print(tally)


def _rows_by_path(truth: Path) -> Iterator[list[Row]]:
    by_path: dict[str, list[Row]] = {}
    for line in truth.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        by_path.setdefault(row["path"], []).append(Row(row["path"], row["at"], row["ota"], row["sources"]))
    for path in sorted(by_path):
        yield sorted(by_path[path], key=lambda row: row.at)


def _measure(
    archive: Archive,
    commits: dict[tuple[str, int], str],
    rows: list[Row],
    tally: Tally,
    *,
    every: int,
    show: int,
) -> None:
    known: dict[int, Extraction | None] = {}

    def read(position: int) -> Extraction | None:
        if position not in known:
            row = rows[position]
            known[position] = _read(archive.read(commits[row.path, row.at], row.path), tally)
        return known[position]

    for position, row in enumerate(rows):
        recent = {earlier.said for earlier in rows[max(0, position - 2) : position]}
        wanted = row.said == "none" and position % every == 0 and not recent & {"words", "either", "first"}
        if not position or not (wanted or (row.said == "words" and row.sources == 1)):
            continue
        before, after = read(position - 1), read(position)
        known.pop(position - 2, None)
        if before is not None and after is not None:
            _compare(row, before, after, tally, show)


def _read(body: bytes, tally: Tally) -> Extraction | None:
    started = time.process_time()
    try:
        extraction = extract(Source(body, "text/html; charset=utf-8", "https://example.org/"))
    except ExtractionRefused as refusal:
        tally.refused[refusal.reason] += 1
        return None
    tally.milliseconds.append(1000 * (time.process_time() - started))
    tally.sizes.append(len(body))
    return extraction


def _compare(row: Row, before: Extraction, after: Extraction, tally: Tally, show: int) -> None:
    differs = before.fingerprint != after.fingerprint
    if row.said == "words":
        tally.words += 1
        tally.seen += differs
        if not differs:
            tally.missed.append(f"{row.path} {row.at}")
        return
    tally.unchanged[row.path] += 1
    if differs:
        tally.false[row.path] += 1
        counts = [
            sum(len(clause.text.split()) for clause in each.clauses if not clause.soft)
            for each in (before, after)
        ]
        tally.shrunk += min(counts) < 0.6 * max(counts) or min(counts) < 60
        if tally.false.total() <= show:
            _print_difference(row, before, after)


def _print_difference(row: Row, before: Extraction, after: Extraction) -> None:
    old, new = (Counter(clause.text for clause in each.clauses if not clause.soft) for each in (before, after))
    print(f"--- {row.path} {row.at}")
    for sign, texts in (("-", old - new), ("+", new - old)):
        for text in list(texts)[:4]:
            print(f"  {sign} {text[:160]}")


def _print(tally: Tally) -> None:
    unchanged, false = tally.unchanged.total(), tally.false.total()
    times = sorted(tally.milliseconds) or [0.0]
    print(f"{'pages read':<42}{len(tally.milliseconds):>10}")
    print(f"{'mean page, kB':<42}{sum(tally.sizes) / max(1, len(tally.sizes)) / 1000:>10.0f}")
    print(f"{'refused':<42}{tally.refused.total():>10}")
    print(f"{'ms a page, mean':<42}{statistics.mean(times):>10.1f}")
    print(f"{'ms a page, median':<42}{statistics.median(times):>10.1f}")
    print(f"{'ms a page, 99 %':<42}{times[int(0.99 * (len(times) - 1))]:>10.1f}")
    print(f"{'unchanged captures':<42}{unchanged:>10}")
    print(f"{'  false change':<42}{false:>10}{100 * false / max(1, unchanged):>8.2f} %")
    print(f"{'  of these by a shrunken or grown page':<42}{tally.shrunk:>10}")
    print(f"{'captures with new words, one source':<42}{tally.words:>10}")
    print(f"{'  seen':<42}{tally.seen:>10}{100 * tally.seen / max(1, tally.words):>8.1f} %")
    for path, count in tally.false.most_common(12):
        print(f"{count:>6} of {tally.unchanged[path]:<6} false  {path}")
    for missed in tally.missed:
        print(f"missed {missed}")


if __name__ == "__main__":
    main()
