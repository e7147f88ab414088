"""Where a value stands in which file, and the list that every problem is written into."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from monitor.config.locate import Locator, Path
from monitor.errors import Problem


@dataclass(frozen=True, slots=True)
class Source:
    """A configuration file: its name as people see it, and the lines of its values."""

    name: str
    locator: Locator


@dataclass(frozen=True, slots=True)
class Place:
    """The way to a value inside one file."""

    source: Source
    path: Path = ()

    def at(self, *more: str | int) -> Place:
        return Place(self.source, (*self.path, *more))

    @property
    def position(self) -> str:
        """The file and line, as problems begin with it."""
        return f"{self.source.name}:{self.line}"

    @property
    def line(self) -> int:
        return self.source.locator.line(self.path)

    def __str__(self) -> str:
        """The value's name for people, such as `services[0].documents[1].url`."""
        text = ""
        for part in self.path:
            text += f"[{part}]" if isinstance(part, int) else f".{part}"
        return text.removeprefix(".")


@dataclass(frozen=True, slots=True)
class Item:
    """A value as the TOML parser gave it, and where it stands."""

    value: Any
    place: Place


@dataclass(slots=True)
class Problems:
    """Collects problems, and warnings that let the configuration pass."""

    found: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def add(self, place: Place, message: str, *, line_of: Place | None = None) -> None:
        """Note `message` on the value at `place`; the line is that of `line_of` if it is more exact."""
        self.found.append(_problem(place, message, line_of or place))

    def in_order(self) -> list[Problem]:
        """The problems as they follow in the files, the files as they were first complained of."""
        files = list(dict.fromkeys(problem.file for problem in self.found))
        return sorted(self.found, key=lambda problem: (files.index(problem.file), problem.line))

    def warn(self, place: Place, message: str) -> None:
        self.warnings.append(_problem(place, message, place))


def _problem(place: Place, message: str, line_of: Place) -> Problem:
    name = str(place)
    return Problem(place.source.name, line_of.line, f"{name}: {message}" if name else message)


def suggestion(word: str, known: Iterable[str]) -> str:
    """`; did you mean "..."?` if one of `known` is close to `word`, else nothing."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    close = difflib.get_close_matches(word.casefold(), by_folded, n=1)
    return f'; did you mean "{by_folded[close[0]]}"?' if close else ""
