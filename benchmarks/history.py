"""Measures the history: `python -m benchmarks.history` prints what a version costs and how fast questions are.

The texts are made up (pseudo-words as frequent as Zipf's law has them), the same on every run. The first part
keeps one policy of 20,000 words through 50 versions with one new sentence each; the second an archive of 2,000
versions and 100,000 clauses, with an outbox behind. Times are wall clock, the middle one of several.

With `--database ARCHIVE --git REPOSITORY...` a real archive is questioned instead (`benchmarks/questions.py`).
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from benchmarks import questions
from monitor.clauses import count_words
from monitor.identity import fingerprint
from monitor.querywords import for_index, to_match
from storage import alerts, appearances, compression, deliveries, documents, search, snapshots, versions
from storage.database import Database, Transaction, driver_of
from storage.records import (
    LIVE,
    AlertKind,
    Cause,
    Clause,
    Document,
    NewAlert,
    NewDelivery,
    NewVersion,
    Severity,
    SnapshotMeta,
)
from storage.search import SearchFilter

START = datetime(2024, 1, 1, tzinfo=UTC)
SYLLABLES = (
    "pri",
    "va",
    "cy",
    "da",
    "ta",
    "ser",
    "vi",
    "ce",
    "in",
    "for",
    "ma",
    "tion",
    "you",
    "use",
    "col",
    "lect",
)

Text = tuple[Clause, ...]


class Author:
    """Writes sentences; the same ones on every run."""

    def __init__(self) -> None:
        self._chance = random.Random(2024)
        lengths = [1, 2, 2, 3, 3, 4]
        words = {"".join(self._chance.choices(SYLLABLES, k=self._chance.choice(lengths))) for _ in range(4000)}
        self.words = sorted(words)
        self._weights = [1 / (rank + 3) for rank in range(len(words))]

    def sentence(self) -> Clause:
        words = self._chance.choices(self.words, self._weights, k=self._chance.randint(8, 34))
        return Clause(" ".join(words).capitalize() + ".")

    def sentences(self, words: int) -> Text:
        written: list[Clause] = []
        while count_words(written) < words:
            written.extend(self.sentence() for _ in range(10))
        return tuple(written)

    def edited(self, text: Text, sentences: int) -> Text:
        places = set(self._chance.sample(range(len(text)), sentences))
        return tuple(self.sentence() if place in places else clause for place, clause in enumerate(text))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", type=Path, help="an archive to question instead of made-up texts")
    parser.add_argument("--git", type=Path, nargs="*", default=[], help="bare clones of what it was made from")
    given = parser.parse_args()
    if given.database is not None:
        return questions.measure(given.database, given.git)
    author = Author()
    history = [author.sentences(20_000)]
    while len(history) < 50:
        history.append(author.edited(history[-1], 1))
    with tempfile.TemporaryDirectory() as folder:
        one_policy(Database.open(Path(folder) / "policy.db"), history)
        archive(Database.open(Path(folder) / "archive.db"), author)
    alternatives(history)
    return 0


def one_policy(database: Database, history: Sequence[Text]) -> None:
    print(f"One policy, {count_words(history[0])} words, {len(history[0])} clauses, {len(history)} versions")
    sizes: list[int] = []
    spent: list[float] = []
    with database.write() as transaction:
        document = a_document(transaction, "acme/privacy-policy")
    base: str | None = None
    for number, text in enumerate(history):
        page, new = html(text, number), new_version(text)
        start = time.perf_counter()
        with database.write() as transaction:
            base = capture(transaction, document, page, number, base)
        with database.write() as transaction:
            show(transaction, document, new, number)
        spent.append((time.perf_counter() - start) * 1000)
        sizes.append(used(database))
    later = len(history) - 1
    row("the page itself", f"{len(page):,} bytes")
    row("database after the first version", f"{sizes[0]:,} bytes")
    row("each later version", f"{(sizes[-1] - sizes[0]) / later:,.0f} bytes")
    for table, what in (("bodies", "data"), ("versions", "clause_list")):
        with sqlite3.connect(database.path) as connection:
            total = connection.execute(f"SELECT sum(length({what})) FROM {table} WHERE rowid > 1").fetchone()[0]  # noqa: S608
        row(f"  of it {table}.{what}", f"{total / later:,.0f} bytes")
    row("save the first version (2 commits)", f"{spent[0]:.1f} ms")
    row("save a later version (2 commits)", f"{median(spent[1:]):.1f} ms, at most {max(spent[1:]):.1f}")
    with database.read() as transaction:
        latest = versions.numbered(transaction, document.id, len(history))
        version_id = latest.id if latest else 0
        row(
            "load the clauses of the latest",
            timed(lambda: versions.load_clauses(transaction, version_id)),
        )
        row("read the bytes of the latest", timed(lambda: snapshots.read_body(transaction, base or "")))


def archive(database: Database, author: Author) -> None:
    with database.write() as transaction:
        for number in range(100):
            document = a_document(transaction, f"service{number}/privacy-policy")
            text = tuple(author.sentence() for _ in range(500))
            for version in range(20):
                show(transaction, document, new_version(text), version)
                text = author.edited(text, 25)
            fill_outbox(transaction, document)
        last = document
    with database.read() as transaction:
        names = "versions", "lifespans", "deliveries"
        counts = [transaction.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() for name in names]  # noqa: S608
        print(
            "\nAn archive: " + ", ".join(f"{count:,} {name}" for count, name in zip(counts, names, strict=True))
        )
        questions = {
            "a phrase of three words": '"' + " ".join(text[7].text.lower().split()[3:6]) + '"',
            "two words in any inflection": " ".join(sorted(text[9].text.split(), key=len)[-2:]),
            "the most frequent word": author.words[0],
        }
        for name, words in questions.items():
            match = to_match(words, ["en"], lambda _stem: [])
            hits = len(search.find(driver_of(transaction), match, SearchFilter(limit=100_000)))
            took = timed(lambda match=match: search.find(driver_of(transaction), match, SearchFilter()))  # type: ignore[misc]
            row(f"search {name}", f"{took}, {hits:,} hits")
        past = SearchFilter(as_of=START + timedelta(days=3))
        match = to_match(author.words[0], ["en"], lambda _stem: [])
        row("  the same as of a past day", timed(lambda: search.find(driver_of(transaction), match, past)))
        row("latest appearance", timed(lambda: appearances.latest(transaction, last.id)))
        row("what stood at a time", timed(lambda: appearances.standing_at(transaction, last.id, START)))
        row("next due delivery", timed(lambda: deliveries.next_due(transaction, "mail", START)))
        row("  none is due", timed(lambda: deliveries.next_due(transaction, "mail", START - timedelta(1))))


def alternatives(history: Sequence[Text]) -> None:
    print("\nWhat else could be kept of the 50 versions, bytes each")
    pages = [html(text, number) for number, text in enumerate(history)]
    row("page, zstd alone", mean(len(compression.compress(page, None)) for page in pages))
    for every in (5, 20, 50):
        chained = [
            len(compression.compress(page, pages[number - 1] if number % every else None))
            for number, page in enumerate(pages)
        ]
        row(f"page, against the one before, key frame every {every}", mean(chained))
    ids = {
        text: number for number, text in enumerate(sorted({clause.text for text in history for clause in text}))
    }
    lists = [b"".join(ids[clause.text].to_bytes(4, "little") for clause in text) for text in history]
    row("clause ids, zstd alone", mean(len(compression.compress(packed, None)) for packed in lists))
    texts = ["\n".join(clause.text for clause in text) for text in history]
    row("text, zstd alone", mean(len(compression.compress(text.encode(), None)) for text in texts))
    row("full-text index over whole versions", f"{index_size(texts) / len(history):,.0f}")
    row("full-text index over distinct clauses", f"{index_size(list(ids)) / len(history):,.0f}")


def index_size(texts: Sequence[str]) -> int:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE found USING fts5(words, content='')")
    connection.executemany(
        "INSERT INTO found (words) VALUES (?)", ((for_index(text, "en")[0],) for text in texts)
    )
    connection.commit()
    size: int = connection.execute("SELECT sum(length(block)) FROM found_data").fetchone()[0]
    return size


def a_document(transaction: Transaction, key: str) -> Document:
    return documents.ensure(
        transaction, key=key, origin=LIVE, service=key.split("/", maxsplit=1)[0], kind="privacy-policy",
        region=None, language="en", urls=(f"https://example.org/{key}",), now=START,
    )  # fmt: skip


def html(text: Text, number: int) -> bytes:
    nonce = hashlib.sha256(b"%d" % number).hexdigest()
    body = "".join(f'<p class="text-{place % 7}">{clause.text}</p>\n' for place, clause in enumerate(text))
    return f"<!doctype html><meta name=nonce content={nonce}><title>Policy</title>\n{body}".encode()


def capture(transaction: Transaction, document: Document, page: bytes, number: int, base: str | None) -> str:
    url = document.urls[0]
    headers = (("content-type", "text/html"), ("etag", f'"{number}"'))
    meta = SnapshotMeta(
        url, url, (), "192.0.2.1", 200, START + timedelta(days=number), 0.2, (), headers, "text/html"
    )
    return snapshots.store(transaction, document.id, 0, page, meta, base).sha256


def new_version(text: Text) -> NewVersion:
    return NewVersion(text, fingerprint(text), "benchmark", count_words(text), "Policy", "en", None, None)


def show(transaction: Transaction, document: Document, new: NewVersion, number: int) -> None:
    previous = appearances.latest(transaction, document.id)
    base = previous.version_id if previous else None
    version = versions.save(transaction, document.id, new, base_id=base, index=for_index)
    cause = Cause.PAGE_CHANGED if previous else Cause.FIRST
    at = START + timedelta(days=number)
    appearances.begin(transaction, version, captured_at=at, cause=cause)


def fill_outbox(transaction: Transaction, document: Document) -> None:
    for number in range(20):
        new = NewAlert(AlertKind.CHANGE, LIVE, document.id, None, Severity.HIGH, "A change", START, START)
        alert_id = alerts.save(transaction, new)
        message_id = f"<{document.id}.{number}@example.org>"
        deliveries.add(transaction, alert_id, [NewDelivery("mail", "team@example.org", message_id)], START)


def used(database: Database) -> int:
    with database.read() as transaction:
        pages = transaction.exec_driver_sql("PRAGMA page_count").scalar_one()
        size: int = pages * transaction.exec_driver_sql("PRAGMA page_size").scalar_one()
        return size


def timed(question: Callable[[], object], runs: int = 9) -> str:
    return f"{median(durations(question, runs)):.2f} ms"


def durations(question: Callable[[], object], runs: int) -> Iterator[float]:
    for _ in range(runs):
        start = time.perf_counter()
        question()
        yield (time.perf_counter() - start) * 1000


def mean(sizes: Sequence[int] | Iterator[int]) -> str:
    listed = list(sizes)
    return f"{sum(listed) / len(listed):,.0f}"


def row(name: str, figure: str) -> None:
    print(f"  {name:<52}{figure:>32}")


if __name__ == "__main__":
    sys.exit(main())
