"""Measures what an import of real captures costs: the installed command beside a bare loop, in the same run.

    python benchmarks/captures.py captures.bundle [--sample N]

CPU is that of all processes of each (git, the command, its reading process), memory the largest sum of what
they had in memory at a time. The bare loop reads each capture through one `git cat-file --batch`, hashes it,
parses it with selectolax, walks all nodes for tag and text, and compresses it with zstd.

`--sample N` takes about N captures: of each document its first ones, in proportion to how many it has.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import zstandard
from selectolax.lexbor import LexborHTMLParser

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from monitor.importers.git import FileCommit, Repository, opened

COMMAND = (sys.executable, "-c", "from monitor.cli import main; main()")
SECONDS_BETWEEN_LOOKS_AT_MEMORY = 0.1


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU and wall seconds, and the peak memory of all processes together in bytes."""

    cpu: float
    wall: float
    memory: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("captures", type=Path, help="a repository or bundle of captures")
    parser.add_argument("--sample", type=int, help="take about so many captures instead of all")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, opened(arguments.captures) as repository:
        chosen = _chosen(repository, arguments.sample)
        path = _sampled(repository, chosen, Path(name) / "sample.git")
        bare = _measured(lambda: _in_its_own_process(path, [commit.blob for commit in chosen]))
        ours = _measured(lambda: _import(path, Path(name) / "policywatch.db"))
    _report(ours, bare, len(chosen))


def _report(ours: Cost, bare: Cost, captures: int) -> None:
    print(f"{captures} captures; CPU milliseconds a capture\n")
    print(f"{'':<12}{'ms':>10}{'ratio':>10}{'wall s':>10}{'peak MB':>10}")
    for name, cost in (("bare loop", bare), ("import", ours)):
        values = (
            f"{1000 * cost.cpu / captures:.2f}", f"{cost.cpu / bare.cpu:.2f}", f"{cost.wall:.1f}",
            f"{cost.memory / 1e6:.0f}",
        )  # fmt: skip
        print(f"{name:<12}" + "".join(f"{value:>10}" for value in values))


# --- what is measured


def _chosen(repository: Repository, sample: int | None) -> list[FileCommit]:
    """The captures by document and in order of time, as the import reads them."""
    by_path: dict[str, list[FileCommit]] = {}
    for commit in repository.commits():
        if commit.path.endswith(".html") and not commit.deleted:
            by_path.setdefault(commit.path, []).append(commit)
    share = min(1.0, sample / sum(map(len, by_path.values()))) if sample else 1.0
    chosen = []
    for _, found in sorted(by_path.items()):
        found.sort(key=lambda commit: commit.authored_at)
        chosen += found[: max(1, round(share * len(found)))]
    return chosen


def _sampled(repository: Repository, chosen: list[FileCommit], path: Path) -> Path:
    """A repository of the chosen captures; it borrows its blobs from the one that they come from."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(path)], check=True)
    (path / "objects/info/alternates").write_text(f"{repository.path.resolve()}/objects\n", encoding="utf-8")
    subprocess.run(
        ["git", "-C", str(path), "fast-import", "--quiet"], input="".join(_commits(chosen)).encode(), check=True
    )
    return path


def _commits(chosen: list[FileCommit]) -> Iterator[str]:
    for commit in sorted(chosen, key=lambda commit: commit.authored_at):
        who = f"benchmark <benchmark@example.com> {commit.authored_at.timestamp():.0f} +0000"
        yield f"commit refs/heads/main\nauthor {who}\ncommitter {who}\ndata 8\ncaptured\n"
        yield f"M 100644 {commit.blob} {commit.path}\n\n"


def _measured(run: Callable[[], None]) -> Cost:
    before, began = _cpu_of_children(), time.monotonic()
    with _memory_watched() as peak:
        run()
    return Cost(_cpu_of_children() - before, time.monotonic() - began, peak())


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@contextmanager
def _memory_watched() -> Iterator[Callable[[], int]]:
    seen, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(SECONDS_BETWEEN_LOOKS_AT_MEMORY):
            seen.append(_memory_of_descendants())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield lambda: max(seen)
    finally:
        over.set()
        watcher.join()


def _memory_of_descendants() -> int:
    """What all processes below this one have in memory, shared pages counted once for each."""
    found, waiting = 0, [Path("/proc/self")]
    while waiting:
        with suppress(OSError):  # a process that has just ended
            for children in waiting.pop().glob("task/*/children"):
                for child in children.read_text().split():
                    waiting.append(Path("/proc", child))
                    found += _resident(Path("/proc", child))
    return found


def _resident(process: Path) -> int:
    return int((process / "statm").read_text().split()[1]) * resource.getpagesize()


# --- the bare loop and the command


def _in_its_own_process(repository: Path, blobs: list[str]) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_bare, args=(repository, blobs))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit("the bare loop failed")


def _bare(path: Path, blobs: list[str]) -> None:
    compressor = zstandard.ZstdCompressor()
    with Repository(path).blobs() as reader:
        for blob in blobs:
            body = reader.read(blob)
            hashlib.sha256(body).hexdigest()
            _walk(body)
            compressor.compress(body)


def _walk(body: bytes) -> int:
    root = LexborHTMLParser(body).root
    if root is None:
        return 0
    return sum(len(node.text_content or "") for node in root.traverse(include_text=True) if node.tag == "-text")


def _import(repository: Path, database: Path) -> None:
    subprocess.run(
        [*COMMAND, "--database", str(database), "import", "ota-captures", str(repository)],
        check=True,
        stdout=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    main()
