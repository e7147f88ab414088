"""Questions about a wording: where it stands or stood, who said it first, in which months it came and went.

They need neither SQLAlchemy nor anything that reads or compares pages: a whole command answers at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from monitor.errors import UsageError
from monitor.querywords import to_match
from storage import search
from storage.search import BadQuery, Hit, SearchFilter, Stay
from storage.sqlite import Reader, Reading

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Month:
    """What became of a wording in one month (UTC), in the documents of one service as one origin recorded them.

    `born` counts the clauses that a document had never shown before, `died` those that it showed for the last
    time, so far. `recorded` counts those that stood already when the document was first recorded: since when,
    nobody knows. A clause that goes and comes back is born once.
    """

    month: str
    service: str
    origin: str
    born: int
    died: int
    recorded: int


@dataclass(frozen=True, slots=True)
class Chronicle:
    """When a wording came and went, and who said it first; `months` is None where too many clauses say it.

    `match` is the search as the index was asked: every word in every inflection (`monitor.querywords`).
    """

    match: str
    months: Sequence[Month] | None
    first: Sequence[Hit]


class Searches:
    """Read-only questions to one database. Times are UTC; every method sees one consistent moment."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known_languages: tuple[int, list[str]] | None = None

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Open the database at `path` for reading.

        Raises:
            StorageError: there is none, or it cannot be read.
        """
        return cls(Reader.open(Path(path)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._reader.close()

    def reading(self) -> AbstractContextManager[Reading]:
        """One consistent view of the database, for readers that put questions of their own (`storage`)."""
        return self._reader.read()

    def search(self, words: str, wanted: SearchFilter | None = None) -> list[Hit]:
        """Where a wording stands or stood, best match first.

        Unquoted words match in any inflection and order within one clause; a quoted part matches these words
        in this order, whatever their case; AND, OR, NOT, NEAR and a trailing `*` work as in SQLite's FTS5.

        Raises:
            UsageError: the query cannot be read.
        """
        wanted = wanted or SearchFilter()
        return self._answer(words, lambda reading, match: search.find(reading, match, wanted))

    def first(self, words: str, wanted: SearchFilter | None = None) -> list[Hit]:
        """The documents that ever said it, the earliest first, each with the clause that said it first.

        Raises:
            UsageError: the query cannot be read.
        """
        wanted = wanted or SearchFilter()
        return self._answer(
            words, lambda reading, match: _first(reading, search.stays(reading, match, wanted), wanted)
        )

    def timeline(self, words: str, wanted: SearchFilter | None = None) -> list[Month]:
        """Births and deaths of the clauses that say it, by month and service; the filter's limit is not asked.

        Where our own checks reach, an archive of the same document is left out.

        Raises:
            UsageError: the query cannot be read.
        """
        wanted = wanted or SearchFilter()
        return self._answer(
            words, lambda reading, match: _months(reading, search.stays(reading, match, wanted))
        )

    def chronicle(self, words: str, wanted: SearchFilter, most: int) -> Chronicle:
        """The `timeline` and the `first` of a wording, if at most so many clauses say it: each costs time.

        Raises:
            UsageError: the query cannot be read.
        """

        def answer(reading: Reading, match: str) -> Chronicle:
            clauses = search.count(reading, match, most + 1)
            if clauses > most:
                return Chronicle(match, None, ())
            stays = list(search.stays(reading, match, wanted))
            return Chronicle(match, _months(reading, stays), _first(reading, stays, wanted))

        return self._answer(words, answer)

    def _answer(self, words: str, ask: Callable[[Reading, str], _Answer]) -> _Answer:
        with self._reader.read() as reading:
            match = to_match(words, self._languages(reading), lambda stem: search.words_of(reading, stem))
            try:
                return ask(reading, match)
            except BadQuery as error:
                raise UsageError(
                    f"the search {words!r} cannot be read: AND, OR and NOT stand between two words,"
                    " and odd signs belong in quotes"
                ) from error

    def _languages(self, reading: Reading) -> list[str]:
        latest = search.latest_version(reading)
        if self._known_languages is None or self._known_languages[0] != latest:
            self._known_languages = latest, search.languages(reading)
        return self._known_languages[1]


def _earliest(stays: Iterable[Stay]) -> list[Stay]:
    """Of each document the stay that began first."""
    found: dict[int, Stay] = {}
    for stay in stays:
        known = found.get(stay.document_id)
        if known is None or _began(stay) < _began(known):
            found[stay.document_id] = stay
    return sorted(found.values(), key=lambda stay: (_began(stay), stay.document_id))


def _began(stay: Stay) -> datetime:
    return stay.whole.first.captured_at


def _first(reading: Reading, stays: Iterable[Stay], wanted: SearchFilter) -> list[Hit]:
    return search.told(reading, _earliest(stays)[wanted.offset : wanted.offset + wanted.limit])


def _months(reading: Reading, stays: Iterable[Stay]) -> list[Month]:
    own_since, new = search.own_since(reading), search.new_documents(reading)
    counted: Counter[tuple[datetime, int, str]] = Counter()
    for stay in stays:
        events = _events(stay, own_since.get(stay.document_id), is_new=stay.document_id in new)
        counted.update((at, stay.document_id, what) for at, what in events)
    documents = search.documents_of(reading, {document_id for _, document_id, _ in counted})
    by_month: Counter[tuple[str, str, str, str]] = Counter()
    for (at, document_id, what), count in counted.items():
        document = documents[document_id]
        by_month[at.strftime("%Y-%m"), document.service, document.origin, what] += count
    rows = sorted({key[:3] for key in by_month})
    return [
        Month(*row, born=by_month[(*row, "born")], died=by_month[(*row, "died")],
              recorded=by_month[(*row, "recorded")])
        for row in rows
    ]  # fmt: skip


def _events(stay: Stay, ours: datetime | None, *, is_new: bool) -> Iterator[tuple[datetime, str]]:
    """What of a stay is counted, and when; `ours` is since when our own checks answer in its place."""
    ended_by = stay.whole.ended_by
    if ours is None or _began(stay) < ours:
        yield _began(stay), "recorded" if stay.at_start and not is_new else "born"
    if ended_by is not None and (ours is None or ended_by.captured_at < ours):
        yield ended_by.captured_at, "died"
