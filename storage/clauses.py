"""Clause texts: each distinct one once, found by its digest, and kept in compressed blocks by its number.

A block holds texts that were first read one after the other, which resemble each other: together they take a
quarter of their room. Nothing here needs SQLAlchemy, so that a search can begin at once.
"""

from __future__ import annotations

import hashlib
import sqlite3
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, pairwise

import zstandard

BLOCK_BYTES = 64 * 1024
"""Of text: a larger block is smaller on disk by a tenth and costs twice as much to read one clause from."""

_LEVEL = 9
_LIMIT = 256 * 1024 * 1024
"""No block claims more: a block ends with the text that fills it, and no text is larger than a page."""

_ID = "SELECT id FROM clauses WHERE digest = ?"
_LAST_BLOCK = "SELECT first_id, count, data FROM clause_blocks ORDER BY first_id DESC LIMIT 1"
_BLOCK_OF = "SELECT first_id, count, data FROM clause_blocks WHERE first_id <= ? ORDER BY first_id DESC LIMIT 1"

Index = Callable[[str, str | None], tuple[str, Iterable[tuple[str, str]]]]
"""Gives by text and language a clause's words as the full-text index holds them, and its (stem, word) pairs."""


def digest_of(text: str) -> bytes:
    """What a clause is known by: the first half of its SHA-256.

    Raises:
        ValueError: `text` is no Unicode (it holds a lone surrogate).
    """
    return hashlib.sha256(text.encode()).digest()[:16]


def texts(driver: sqlite3.Connection, ids: Iterable[int]) -> dict[int, str]:
    """The texts of clauses by their numbers; a number that no block holds is left out.

    Raises:
        ValueError: a block is damaged; damage that leaves it readable is found by a version's hash alone.
    """
    found: dict[int, str] = {}
    block, plain, ends = range(0), b"", [0]
    for number in sorted(ids):
        if number not in block:
            row = driver.execute(_BLOCK_OF, (number,)).fetchone()
            block = range(row[0], row[0] + row[1]) if row else range(0)
            plain, ends = _opened(row[2]) if row else (b"", [0])
        place = number - block.start
        if number in block and place < len(ends) - 1:
            found[number] = plain[ends[place] : ends[place + 1]].decode("utf-8", "replace")
    return found


def numbers(driver: sqlite3.Connection, wanted: Iterable[str]) -> dict[str, int]:
    """The numbers of those texts that are stored, by the text."""
    found = ((text, driver.execute(_ID, (digest_of(text),)).fetchone()) for text in wanted)
    return {text: row[0] for text, row in found if row is not None}


class ClauseWriter:
    """Numbers clauses, and writes those never seen before into blocks and into the full-text index.

    What is new waits in memory until `flush`, which must come before the transaction ends; nobody else numbers
    clauses meanwhile, since the transaction holds the write lock.
    """

    def __init__(self, driver: sqlite3.Connection, index: Index) -> None:
        self._driver = driver
        self._index = index
        self._known: dict[str, int] = {}
        self._waiting: list[tuple[bytes, str, str | None]] = []
        self._next = self._last() + 1
        self._waiting_bytes = 0

    def ids(self, distinct: Sequence[str], language: str | None) -> dict[str, int]:
        """The number of each of these texts, which are read in `language`."""
        unknown = {digest_of(text): text for text in distinct if text not in self._known}
        if unknown:
            self._look_up(unknown)
        for digest, text in unknown.items():
            if text not in self._known:
                self._known[text] = self._next + len(self._waiting)
                self._waiting.append((digest, text, language))
                self._waiting_bytes += len(text)
        found = {text: self._known[text] for text in distinct}
        if self._waiting_bytes > 16 * BLOCK_BYTES:
            self.flush()
        return found

    def flush(self) -> None:
        """Write what waits."""
        waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
        if not waiting:
            return
        first = self._next
        self._next += len(waiting)
        numbered = list(enumerate(waiting, first))
        self._driver.executemany(
            "INSERT INTO clauses (digest, id) VALUES (?, ?)",
            sorted((digest, number) for number, (digest, _, _) in numbered),
        )
        self._write_index([(number, *self._index(text, language)) for number, (_, text, language) in numbered])
        self._write_blocks(first, [text for _, text, _ in waiting])

    def _last(self) -> int:
        row = self._driver.execute(_LAST_BLOCK).fetchone()
        return row[0] + row[1] - 1 if row else 0

    def _look_up(self, unknown: dict[bytes, str]) -> None:
        """One statement for each digest: what is new to a version is mostly little."""
        for digest, text in unknown.items():
            row = self._driver.execute(_ID, (digest,)).fetchone()
            if row is not None:
                self._known[text] = row[0]

    def _write_index(self, entries: Sequence[tuple[int, str, Iterable[tuple[str, str]]]]) -> None:
        self._driver.executemany(
            "INSERT INTO clause_index (rowid, words) VALUES (?, ?)",
            ((number, words) for number, words, _ in entries),
        )
        self._driver.executemany(
            "INSERT OR IGNORE INTO word_stems (stem, word) VALUES (?, ?)",
            sorted({pair for _, _, pairs in entries for pair in pairs}),
        )

    def _write_blocks(self, first: int, new: list[str]) -> None:
        """The block that was written last is filled up first."""
        row = self._driver.execute(_LAST_BLOCK).fetchone()
        if row is not None and len(begun := _unpack(row[2])) == row[1] and _size(begun) < BLOCK_BYTES:
            first, new = row[0], [*begun, *new]
        for start, stop in pairwise(_cuts(new)):
            self._driver.execute(
                "INSERT OR REPLACE INTO clause_blocks (first_id, count, data) VALUES (?, ?, ?)",
                (first + start, stop - start, _pack(new[start:stop])),
            )


def _cuts(new: Sequence[str]) -> Iterator[int]:
    """Where blocks begin, and the end."""
    yield 0
    size = 0
    for position, text in enumerate(new, 1):
        size += len(text)
        if size >= BLOCK_BYTES or position == len(new):
            yield position
            size = 0


def _size(held: Iterable[str]) -> int:
    return sum(map(len, held))


def _pack(held: Sequence[str]) -> bytes:
    """The lengths of all texts in bytes, then the texts."""
    encoded = [text.encode() for text in held]
    lengths = struct.pack(f"<I{len(encoded)}I", len(encoded), *map(len, encoded))
    return zstandard.ZstdCompressor(level=_LEVEL).compress(lengths + b"".join(encoded))


def _unpack(data: bytes) -> list[str]:
    plain, ends = _opened(data)
    return [plain[start:stop].decode("utf-8", "replace") for start, stop in pairwise(ends)]


def _opened(data: bytes) -> tuple[bytes, list[int]]:
    """The bytes of a block, where its first text begins, and where each one ends."""
    try:
        if zstandard.frame_content_size(data) > _LIMIT:
            raise ValueError(f"a block of clauses claims more than {_LIMIT} bytes")
        plain = zstandard.ZstdDecompressor().decompress(data, max_output_size=_LIMIT)
        (count,) = struct.unpack_from("<I", plain)
        lengths = struct.unpack_from(f"<{count}I", plain, 4)
    except (zstandard.ZstdError, struct.error) as error:
        raise ValueError(f"a block of clauses cannot be read: {error}") from error
    return plain, list(accumulate(lengths, initial=4 + 4 * count))
