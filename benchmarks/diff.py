"""Times comparisons of real versions: `python benchmarks/diff.py --bundle PATH [PATH ...]`.

A bundle holds an Open Terms Archive *versions* repository. Documents are joined where one has not enough words;
each class prints the median and maximum of CPU milliseconds, for the clauses alone and with the words inside
edited ones, over the best of three runs of each pair. Every change is checked to rebuild its new version.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from monitor.diff.compare import compare
from monitor.diff.model import Change, StepKind
from monitor.diff.patch import apply_patch, make_patch
from monitor.diff.render import added_and_removed_words
from monitor.extract.read import extract_markdown
from storage.records import Clause

SEED = 20240919
PAIRS_PER_CLASS = 8

Text = tuple[Clause, ...]
Pair = tuple[Text, Text]


@dataclass(frozen=True, slots=True)
class Timing:
    """Best of three runs, in CPU milliseconds: other load on the machine is not ours."""

    clauses: float
    words: float
    change: Change


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument(
        "--bundle", type=Path, nargs="+", required=True, help="git bundles of versions repositories"
    )
    histories = list(read_histories(parser.parse_args().bundle))
    print(f"{len(histories)} documents with at least two versions")
    columns = f"{'clauses ms median/max':>24}{'with words median/max':>24}{'edited, added, removed':>24}"
    print(f"{'class':<24}{'n':>3}{columns}")
    for name, pairs in classes(histories):
        report(name, [timed(pair) for pair in pairs])


def report(name: str, timings: list[Timing]) -> None:
    if not timings:
        print(f"{name:<24}  0")
        return
    clauses, words = [timing.clauses for timing in timings], [timing.words for timing in timings]
    kinds = (StepKind.EDITED, StepKind.ADDED, StepKind.REMOVED)
    sizes = ", ".join(f"{median(timing.change.count(kind) for timing in timings):.0f}" for kind in kinds)
    spent = f"{median(clauses):>15.1f}/{max(clauses):>8.1f}{median(words):>15.1f}/{max(words):>8.1f}"
    print(f"{name:<24}{len(timings):>3}{spent}{sizes:>24}")


def timed(pair: Pair) -> Timing:
    clauses: list[float] = []
    words: list[float] = []
    for _ in range(3):
        start = time.process_time()
        change = compare(*pair)
        middle = time.process_time()
        added_and_removed_words(change)
        clauses.append((middle - start) * 1000)
        words.append((time.process_time() - start) * 1000)
    if apply_patch(make_patch(change), pair[0]) != pair[1]:
        raise SystemExit("A change does not rebuild its new version.")
    return Timing(min(clauses), min(words), change)


def classes(histories: list[list[Text]]) -> Iterator[tuple[str, list[Pair]]]:
    chance = random.Random(SEED)
    for words in (5_000, 20_000, 50_000):
        bundles = [joined(histories, words, chance) for _ in range(PAIRS_PER_CLASS)]
        label = f"{words // 1000}k"
        yield f"{label} small edit", [(old, edited(old, new)) for old, new in bundles]
        yield f"{label} heavy edit", bundles
        others = [bundles[index][0] for index in range(1, PAIRS_PER_CLASS)]
        yield f"{label} other document", list(zip([old for old, _ in bundles], others, strict=False))
        yield f"{label} reorder", [(old, tuple(chance.sample(old, len(old)))) for old, _ in bundles]
        yield f"{label} every word changed", [(old, respelled(old)) for old, _ in bundles]
        yield f"{label} every clause edited", [(old, renamed(old)) for old, _ in bundles]


def joined(histories: list[list[Text]], words: int, chance: random.Random) -> Pair:
    """First and last versions of documents drawn until the old side has `words` words."""
    old: Text = ()
    new: Text = ()
    while size(old) < words:
        history = chance.choice(histories)
        old, new = old + history[0], new + history[-1]
    return old, new


def edited(old: Text, new: Text) -> Text:
    """`old` with the first ten differences that `new` really has."""
    result: list[Clause] = []
    left = 10
    for step in compare(old, new).steps:
        differs = step.kind not in {StepKind.KEPT, StepKind.MOVED}
        if differs and left and step.after is not None:
            result.append(new[step.after])
            left -= 1
        elif step.before is not None:
            result.append(old[step.before])
    return tuple(result)


def respelled(text: Text) -> Text:
    return by_text(text, lambda words: re.sub(r"(\w+)", r"\1x", words))


def renamed(text: Text) -> Text:
    return by_text(
        text, lambda words: re.sub(r"\b(we|our|you|your)\b", "Acme", words, flags=re.IGNORECASE) + "!"
    )


def by_text(text: Text, change: Callable[[str], str]) -> Text:
    return tuple(
        Clause(change(clause.text), clause.kind, clause.level, clause.opens_block, clause.soft)
        for clause in text
    )


def size(text: Text) -> int:
    return sum(len(clause.text.split()) for clause in text)


def read_histories(bundles: list[Path]) -> Iterator[list[Text]]:
    """For each document of 1,000 words or more its first and its last version."""
    for bundle in bundles:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["git", "clone", "--quiet", "--bare", str(bundle), folder], check=True)
            paths = git(folder, "ls-tree", "-r", "--name-only", "-z", "HEAD").split("\0")
            for path in sorted(path for path in paths if path.endswith(".md"))[::7]:
                commits = git(folder, "log", "--format=%H", "HEAD", "--", path).split()
                ends = [git(folder, "show", f"{commit}:{path}") for commit in (commits[-1], commits[0])]
                texts = [extract_markdown(markdown).clauses for markdown in ends]
                if len(commits) > 1 and min(size(text) for text in texts) >= 1000:
                    yield texts


def git(folder: str, *arguments: str) -> str:
    return subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
