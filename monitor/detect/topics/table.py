"""PURE: a topic's book as its TOML says it, on the shared lists of its language."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from monitor.detect.topics.model import Book, Frame
from monitor.detect.topics.words import Finder, Lexicon
from storage.records import Severity

_BOOKS = resources.files("monitor.detect.topics").joinpath("books")

_YEAR = r"\b(?:19|20)\d\d"
"""What a book without frames looks for: it is about dates."""


class FrameTable(BaseModel):
    """A `[[frames]]` table."""

    model_config = ConfigDict(extra="forbid")

    id: str
    lists: list[str] = Field(min_length=1, max_length=5)
    within: int = Field(default=6, ge=0, le=60, strict=True)
    without: list[str] = []
    needs: list[str] = []
    key: str = ""
    weak: bool = False

    def to_frame(self) -> Frame:
        return Frame(
            self.id,
            tuple(self.lists),
            self.within,
            tuple(self.without),
            tuple(self.needs),
            self.key or self.lists[0],
            self.weak,
        )


class ExampleTable(BaseModel):
    """An edit with the effect it must have; a side that is not given was not there."""

    model_config = ConfigDict(extra="forbid")

    before: str | list[str] | None = None
    after: str | list[str] | None = None
    effect: str


class BookTable(BaseModel):
    """A topic in one language."""

    model_config = ConfigDict(extra="forbid")

    topic: str = Field(min_length=1)
    title: str
    severity: Severity = Severity.MEDIUM
    languages: list[str] = ["en"]
    lists: dict[str, list[str]] = {}
    facets: dict[str, dict[str, list[str]]] = {}
    frames: list[FrameTable] = []
    called: dict[str, str] = {}
    tells_all: bool = Field(default=False, strict=True)
    dates_only: bool = Field(default=False, strict=True)
    first_named: str = ""
    shared_facets: list[str] | None = None
    examples: list[ExampleTable] = []

    def to_book(self) -> Book:
        """Raises ValueError where a list is missing, empty or holds itself, or no frame is given."""
        if not self.frames and not self.dates_only:
            raise ValueError("there is no frame in it; write each as a table of its own under [[frames]]")
        base = _base(self.languages[0])
        lists: dict[str, Sequence[str]] = {**base.get("lists", {}), **self.lists}
        every: dict[str, dict[str, list[str]]] = {**base.get("facets", {}), **self.facets}
        for facet, values in every.items():
            lists |= {f"{facet}/{value}": wordings for value, wordings in values.items()}
        for facet, values in every.items():
            lists[facet] = [f"@{facet}/{value}" for value in values]
        _check(self.frames, lists)
        shared = every if self.shared_facets is None else self.shared_facets
        facets = {facet: values for facet, values in every.items() if facet in self.facets or facet in shared}
        lexicon = Lexicon(lists, self._looked_for(base.get("lists", {}), facets))
        frames = tuple(frame.to_frame() for frame in self.frames)
        return Book(
            topic=self.topic,
            title=self.title,
            severity=self.severity,
            languages=frozenset(self.languages),
            lexicon=lexicon,
            frames=frames,
            facets={facet: tuple(values) for facet, values in facets.items()},
            finder=Finder(_keys(frames, lexicon) if frames else [_YEAR]),
            called={**base.get("called", {}), **self.called},
            tells_all=self.tells_all,
            dates_only=self.dates_only,
            first_named=self.first_named,
            nouns_have_capitals=base.get("nouns_have_capitals", False),
        )

    def _looked_for(self, shared: Iterable[str], facets: Mapping[str, Iterable[str]]) -> set[str]:
        """The lists that reading a clause asks for; others only make these up."""
        of_frames = {name for frame in self.frames for name in (*frame.lists, *frame.without, *frame.needs)}
        return {*shared, *of_frames, *(f"{facet}/{value}" for facet in facets for value in facets[facet])}


@dataclass(frozen=True, slots=True)
class Example:
    """An edit and the effect it must have (`none`: no finding)."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    effect: str


def parse_book(text: str) -> BookTable:
    """Raises tomllib.TOMLDecodeError, or pydantic.ValidationError."""
    return BookTable.model_validate(tomllib.loads(text))


@lru_cache(maxsize=1)
def shipped_tables() -> tuple[BookTable, ...]:
    """Every book that comes with the program, in the order of their names."""
    files = sorted(
        (
            file
            for file in _BOOKS.iterdir()
            if file.name.endswith(".toml") and not file.name.startswith("base.")
        ),
        key=lambda file: file.name,
    )
    return tuple(parse_book(file.read_text(encoding="utf-8")) for file in files)


@lru_cache(maxsize=1)
def shipped_books() -> tuple[Book, ...]:
    return tuple(table.to_book() for table in shipped_tables())


def examples(table: BookTable) -> Iterator[Example]:
    for example in table.examples:
        yield Example(_clauses(example.before), _clauses(example.after), example.effect)


def _clauses(side: str | list[str] | None) -> tuple[str, ...]:
    if side is None:
        return ()
    return (side,) if isinstance(side, str) else tuple(side)


@lru_cache(maxsize=16)
def _base(language: str) -> Mapping[str, Any]:
    """The lists of a language that all topics share; none for a language without."""
    file = _BOOKS.joinpath(f"base.{language}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def _keys(frames: Iterable[Frame], lexicon: Lexicon) -> list[str]:
    return [lexicon.pattern(key) for key in sorted({frame.key for frame in frames})]


def _check(frames: Sequence[FrameTable], lists: Mapping[str, Sequence[str]]) -> None:
    for frame in frames:
        for name in (*frame.lists, *frame.without, *frame.needs):
            if name not in lists:
                raise ValueError(f"frame {frame.id!r} asks for the list {name!r}, which is not there")
