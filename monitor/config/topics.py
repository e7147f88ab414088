"""From the files that hold a team's own topics to books, their examples tried."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from monitor.config.paths import Surroundings
from monitor.config.places import Place, Problems
from monitor.detect.topics.find import find
from monitor.detect.topics.model import Book
from monitor.detect.topics.table import BookTable, Example, examples, parse_book
from monitor.diff.compare import compare
from storage.records import Clause

_MOST_BYTES = 1_048_576


def read_topics(
    names: Sequence[str], place: Place, around: Surroundings, problems: Problems
) -> tuple[Book, ...]:
    """The books of the files that are named at `place`; each problem is noted where the file is named."""
    found = (_read(around.path(name), place.at(index), problems) for index, name in enumerate(names))
    return tuple(book for book in found if book is not None)


def _read(path: Path, place: Place, problems: Problems) -> Book | None:
    try:
        with path.open("rb") as file:
            body = file.read(_MOST_BYTES + 1)
    except OSError as error:
        problems.add(place, f"{path.name}: {(error.strerror or 'cannot be read').lower()}")
        return None
    if len(body) > _MOST_BYTES:
        problems.add(place, f"{path.name} is larger than {_MOST_BYTES} bytes")
        return None
    try:
        table = parse_book(body.decode("utf-8"))
        book = table.to_book()
    except (ValueError, tomllib.TOMLDecodeError) as error:  # pydantic's error and UTF-8's are ValueErrors
        problems.add(place, f"{path.name} is no topic: {' '.join(str(error).split())}")
        return None
    for message in _wrong_examples(table, book):
        problems.add(place, f"{path.name}: {message}")
    return book


def _wrong_examples(table: BookTable, book: Book) -> Iterator[str]:
    for number, example in enumerate(examples(table), 1):
        effect = _effect(example, book)
        if effect != example.effect:
            yield f'example {number} has the effect "{effect}" and says "{example.effect}"'


def _effect(example: Example, book: Book) -> str:
    change = compare(
        tuple(Clause(text) for text in example.before), tuple(Clause(text) for text in example.after)
    )
    found = find(change, [book], None)
    return found[0].effect if found else "none"
