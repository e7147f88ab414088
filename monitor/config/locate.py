"""Finds the line of every key and value in a TOML text, which the parser of the standard library does not tell.

The text must be one that `tomllib` accepts: this scanner reads just enough of TOML to know where things stand.
"""

from __future__ import annotations

import re
import tomllib
from functools import cached_property, lru_cache
from typing import Any

Path = tuple[str | int, ...]
"""The way to a value: table keys and array indices from the outside in."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY_PART = re.compile(r"""[ \t]*(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')[ \t]*""")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_BARE = re.compile(r"[^,\]}#\n]*")


class Locator:
    """The lines, counted from 1, of one TOML text."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _lines(self) -> dict[Path, int]:
        """Read when first asked for: a configuration without a problem needs no lines."""
        return _Scanner(self._text).scan()

    def line(self, path: Path) -> int:
        """The line where the value at `path` begins, or else the nearest value around it; 1 in the end."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines:
                return self._lines[path[:length]]
        return 1


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._line = 1
        self._counted = 0
        self._lines: dict[Path, int] = {}
        self._last_index: dict[Path, int] = {}

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        self._skip_blank()
        while self._position < len(self._text):
            if self._at("["):
                table = self._header()
            else:
                self._assignment(table)
            self._skip_blank()
        return self._lines

    def _header(self) -> Path:
        is_array = self._at("[[")
        self._position += 2 if is_array else 1
        keys = self._dotted_key()
        self._position += 2 if is_array else 1
        path: Path = ()
        for key in keys[:-1]:
            path = self._descend((*path, key))
        path = (*path, keys[-1])
        if not is_array:
            self._note(path)
            return path
        index = self._last_index[path] = self._last_index.get(path, -1) + 1
        self._note(path)
        self._note((*path, index))
        return (*path, index)

    def _descend(self, path: Path) -> Path:
        """Enter what stands at `path`; of an array of tables that is the table opened last."""
        self._note(path)
        return (*path, self._last_index[path]) if path in self._last_index else path

    def _assignment(self, table: Path) -> None:
        path = table
        for key in self._dotted_key():
            path = (*path, key)
            self._note(path)
        self._position += 1  # the equals sign
        self._skip_blank()
        self._value(path)

    def _value(self, path: Path) -> None:
        if self._at("["):
            self._array(path)
        elif self._at("{"):
            self._inline_table(path)
        elif self._at('"') or self._at("'"):
            self._take(_STRING)
        else:
            self._take(_BARE)

    def _array(self, path: Path) -> None:
        self._open()
        index = 0
        while not self._at("]"):
            self._note((*path, index))
            self._value((*path, index))
            self._separator()
            index += 1
        self._position += 1

    def _inline_table(self, path: Path) -> None:
        self._open()
        while not self._at("}"):
            self._assignment(path)
            self._separator()
        self._position += 1

    def _open(self) -> None:
        self._position += 1
        self._skip_blank()

    def _separator(self) -> None:
        self._skip_blank()
        if self._at(","):
            self._open()

    def _at(self, text: str) -> bool:
        return self._text.startswith(text, self._position)

    def _dotted_key(self) -> tuple[str, ...]:
        start = self._position
        self._take(_KEY_PART)
        while self._at("."):
            self._position += 1
            self._take(_KEY_PART)
        return _key_parts(self._text[start : self._position])

    def _skip_blank(self) -> None:
        self._take(_BLANK)

    def _take(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self._text, self._position)
        if match:
            self._position = match.end()

    def _note(self, path: Path) -> None:
        self._line += self._text.count("\n", self._counted, self._position)
        self._counted = self._position
        self._lines.setdefault(path, self._line)


@lru_cache(maxsize=256)
def _key_parts(dotted: str) -> tuple[str, ...]:
    """Let the real parser read the key, with its quotes and escapes."""
    parts: list[str] = []
    level: Any = tomllib.loads(f"{dotted} = 0")
    while isinstance(level, dict):
        parts.append(next(iter(level)))
        level = level[parts[-1]]
    return tuple(parts)
