"""Measures questions to a real archive, for `benchmarks/history.py`.

The database holds what the repositories of Open Terms Archive recorded (`policywatch import ota-versions`).
Phrases are cut out of clauses by chance, one to six words long, the same ones on every run: some stand in tens
of thousands of clauses, some in one. What `search` finds for each is compared with a scan of every version of
every document, which knows nothing of the index; the program ends with 1 if they differ. Times are wall clock
and, where they are said to be, of the processor.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import median

from monitor.clauses import fold
from monitor.diff import tokens
from monitor.history import History, SearchFilter
from monitor.searches import Searches
from storage import clauses
from storage.clause_lists import hard_ids, packed_of, unpack
from storage.records import Appearance, ChangeRecord, Document, Version
from storage.sqlite import Reader, Reading, moment

PHRASES, LONGEST = 50, 6
GIT_PHRASES = 3
"""Each takes git seconds."""

EVERYTHING = 10_000_000
STORY = '"train artificial intelligence"'

Found = tuple[str, str, datetime, datetime, bool]
"""Document, clause, first seen, last seen, whether it stands now."""


def measure(database: Path, repositories: Sequence[Path]) -> int:
    """Prints what questions take, against git on bare clones of what was imported; 1 if a search is wrong."""
    reader = Reader.open(database)
    with reader.read() as reading:
        phrases = _phrases(reading)
    in_process = _searches(database, phrases)
    _command(database, phrases)
    for repository in repositories:
        _git(repository, phrases, in_process)
    _texts(database)
    _story(database)
    with reader.read() as reading:
        return _agreement(database, reading, phrases)


def _phrases(reading: Reading) -> list[str]:
    chance = random.Random(2024)
    ids = [number for (number,) in reading.execute("SELECT id FROM clauses ORDER BY id")]
    phrases: list[str] = []
    while len(phrases) < PHRASES:
        number = chance.choice(ids)
        words = tokens.words(fold(clauses.texts(reading, [number])[number]))
        length = len(phrases) % LONGEST + 1
        if len(words) >= length:
            begin = chance.randrange(len(words) - length + 1)
            phrases.append(" ".join(words[begin : begin + length]))
    return phrases


def _searches(database: Path, phrases: Sequence[str]) -> float:
    """Prints what a search takes in a process that is running; returns its median of processor seconds."""
    with Searches.open(database) as searches:
        searches.search("warm")
        exact = [_timed(partial(searches.search, f'"{phrase}"')) for phrase in phrases]
        inflected = [_timed(partial(searches.search, _words(phrase))) for phrase in phrases]
        first = [_timed(partial(searches.first, f'"{phrase}"')) for phrase in phrases]
        months = [_timed(partial(searches.timeline, f'"{phrase}"')) for phrase in phrases]
    _row("search, quoted (median at most 10 ms, 95th percentile 50)", exact)
    _row("search, words in any inflection", inflected)
    _row("first", first)
    _row("timeline", months)
    return median(each.processor for each in exact)


def _words(phrase: str) -> str:
    """Words that happen to be operators are lower case here, and words."""
    return phrase.lower()


def _command(database: Path, phrases: Sequence[str]) -> None:
    taken = [_timed(partial(_run, database, phrase), times=1) for phrase in phrases[:10]]
    _row("search as a whole command (at most 400 ms)", taken)


def _run(database: Path, phrase: str) -> None:
    command = [str(Path(sys.executable).with_name("policywatch")), "--database", str(database), "search"]
    subprocess.run([*command, f'"{phrase}"'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def _git(repository: Path, phrases: Sequence[str], in_process: float) -> None:
    chosen = [phrase for phrase in phrases if " " in phrase][:GIT_PHRASES]
    command = ["git", "-C", str(repository), "log", "--oneline", "-S"]
    taken = [
        _timed(partial(subprocess.run, [*command, phrase], capture_output=True, check=True), times=1)
        for phrase in chosen
    ]
    _row(f"git log -S on {repository.name}", taken)
    times = median(each.processor for each in taken) / in_process
    print(f"  {times:,.0f} times the processor time of a search (at least 100)")


def _texts(database: Path) -> None:
    """What stood at a time, and diffs of the longest document."""
    chance = random.Random(2024)
    with History.open(database) as history:
        rows = history.appearances()
        shown = chance.sample(rows, min(30, len(rows)))
        taken = [_timed(partial(history.text, row[0].key, row[1].captured_at.isoformat())) for row in shown]
        _row("show KEY@TIME (at most 20 ms)", taken)
        key, numbers, words = _longest(rows)
        print(f"  a long document: {words:,} words, {len(numbers)} versions ({key})")
        neighbours = [(old, old + 1) for old in numbers[:-1]][-20:]
        usual = [_timed(partial(history.diff, key, str(old), str(new))) for old, new in neighbours]
        pairs = [sorted(chance.sample(numbers, 2)) for _ in range(20)]
        any_two = [_timed(partial(history.diff, key, str(old), str(new))) for old, new in pairs]
    _row("diff of neighbours, from stored text to result (at most 50 ms)", usual)
    _row("diff of any two versions (at most 250 ms)", any_two)


def _longest(
    rows: Iterable[tuple[Document, Appearance, Version, ChangeRecord | None]],
) -> tuple[str, list[int], int]:
    """Of the documents with 20 versions the one that is nearest to 20,000 words."""
    numbers: dict[str, set[int]] = {}
    words: dict[str, int] = {}
    for document, appearance, version, _ in rows:
        numbers.setdefault(document.key, set()).add(appearance.number)
        words[document.key] = max(words.get(document.key, 0), version.words)
    near = [key for key in numbers if len(numbers[key]) >= 20]
    key = min(near or numbers, key=lambda key: abs(words[key] - 20_000))
    return key, sorted(numbers[key]), words[key]


def _story(database: Path) -> None:
    with Searches.open(database) as searches:
        for hit in searches.search(STORY, SearchFilter(service="linkedin")):
            said = f"{hit.document.key} ({hit.document.origin}) since {hit.first_seen:%Y-%m-%d}"
            print(f"  {said}: {hit.clause}")


def _agreement(database: Path, reading: Reading, phrases: Sequence[str]) -> int:
    """Whether searches find what a scan of every version finds; prints recall and precision."""
    expected = _scan(reading, phrases)
    found_all = expected_all = right = 0
    with Searches.open(database) as searches:
        for phrase in phrases:
            hits = searches.search(f'"{phrase}"', SearchFilter(limit=EVERYTHING))
            found = {(hit.document.key, hit.clause, hit.first_seen, hit.last_seen, hit.live) for hit in hits}
            found_all, expected_all = found_all + len(hits), expected_all + len(expected[phrase])
            right += len(found & expected[phrase])
            for odd in sorted(found ^ expected[phrase])[:3]:
                print(f"  differs for {phrase!r}: {odd}")
    recall, precision = right / max(1, expected_all), right / max(1, found_all)
    print(f"{expected_all:,} hits by a scan of every version: recall {recall:.6f}, precision {precision:.6f}")
    return 0 if recall == precision == 1 else 1


def _scan(reading: Reading, phrases: Sequence[str]) -> dict[str, set[Found]]:
    """For each phrase what every version of every document says, read one after the other."""
    matching = _matching(reading, phrases)
    interesting = frozenset().union(*matching.values())
    found: dict[str, set[Found]] = {phrase: set() for phrase in phrases}
    for document_id, key in reading.execute("SELECT id, key FROM documents").fetchall():
        seen, live = _document(reading, document_id, interesting)
        texts = clauses.texts(reading, seen)
        for phrase, ids in matching.items():
            found[phrase].update((key, texts[each], *seen[each], each in live) for each in ids & seen.keys())
    return found


def _document(
    reading: Reading, document_id: int, interesting: frozenset[int]
) -> tuple[dict[int, tuple[datetime, datetime]], frozenset[int]]:
    """By clause its first and last moment in a document, and the clauses that stand now."""
    query = "SELECT version_id, captured_at, observed_until FROM appearances WHERE document_id = ? ORDER BY id"
    held: dict[int, frozenset[int]] = {}
    seen: dict[int, tuple[datetime, datetime]] = {}
    live: frozenset[int] = frozenset()
    for version_id, captured_at, observed_until in reading.execute(query, (document_id,)):
        if version_id not in held:
            held[version_id] = hard_ids(unpack(packed_of(reading, version_id))) & interesting
        live = held[version_id]
        for each in live:
            begun = seen[each][0] if each in seen else moment(captured_at)
            seen[each] = begun, moment(observed_until)
    return seen, live


def _matching(reading: Reading, phrases: Sequence[str]) -> dict[str, frozenset[int]]:
    """By phrase the clauses whose words hold its words side by side, case and accents aside."""
    wanted = {phrase: f" {_plain(phrase)} " for phrase in phrases}
    matching: dict[str, set[int]] = {phrase: set() for phrase in phrases}
    ids = [number for (number,) in reading.execute("SELECT id FROM clauses ORDER BY id")]
    for start in range(0, len(ids), 10_000):
        for number, text in clauses.texts(reading, ids[start : start + 10_000]).items():
            words = f" {_plain(text)} "
            for phrase, sought in wanted.items():
                if sought in words:
                    matching[phrase].add(number)
    return {phrase: frozenset(numbers) for phrase, numbers in matching.items()}


def _plain(text: str) -> str:
    joined = " ".join(tokens.words(fold(text))).casefold()
    if joined.isascii():
        return joined
    bare = (sign for sign in unicodedata.normalize("NFKD", joined) if unicodedata.category(sign) != "Mn")
    return "".join(bare)


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds by the clock and of the processor, of this process and those it waited for."""

    wall: float
    processor: float


def _timed(work: Callable[[], object], times: int = 3) -> Taken:
    """The quickest of some runs: what else runs on the machine is not measured."""
    return min((_once(work) for _ in range(times)), key=lambda taken: taken.wall)


def _once(work: Callable[[], object]) -> Taken:
    wall, processor = time.perf_counter(), _processor()
    work()
    return Taken(time.perf_counter() - wall, _processor() - processor)


def _processor() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _row(name: str, taken: Sequence[Taken]) -> None:
    walls, processors = (
        sorted(values) for values in zip(*((each.wall, each.processor) for each in taken), strict=True)
    )
    at = min(len(walls) - 1, round(0.95 * len(walls)))
    clock = f"median {1000 * median(walls):8.1f} ms, 95 % {1000 * walls[at]:8.1f}"
    processor = f"processor {1000 * median(processors):7.1f}, 95 % {1000 * processors[at]:7.1f}"
    print(f"{name:<64} {clock}; {processor}")
