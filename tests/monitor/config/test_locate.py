import datetime
import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.locate import Locator, Path

CONFIG = '''\
# a comment with [brackets] and = signs
timezone = "UTC"
"quoted.key" = 1   # [not.a.table]
literal = 'C:\\[x]'

[fetch]
contact = """
[[services]]
not = "a table"
"""
allow_private = [   # first
  "10.0.0.0/8",     # with, commas ] and brackets
  "192.168.0.0/16",
]

[[services]]
name = "One"

  [[services.documents]]
  kind = "faq"
  headers = { Accept = "a", "X-B" = ["b", "c"] }

  [[services.documents]]
  kind = "terms"
  nested.dotted . key = \'\'\'
]]}\'\'\'

[[services]]
name = "Two"
[services.owner]
mail = """a""quoted"" text"""
[[services.documents]]
url = "https://example.com/#not-a-comment"
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("timezone",), 2),
        (("quoted.key",), 3),
        (("literal",), 4),
        (("fetch",), 6),
        (("fetch", "contact"), 7),
        (("fetch", "allow_private"), 11),
        (("fetch", "allow_private", 0), 12),
        (("fetch", "allow_private", 1), 13),
        (("services", 0), 16),
        (("services", 0, "name"), 17),
        (("services", 0, "documents", 0), 19),
        (("services", 0, "documents", 0, "kind"), 20),
        (("services", 0, "documents", 0, "headers", "X-B", 1), 21),
        (("services", 0, "documents", 1), 23),
        (("services", 0, "documents", 1, "nested", "dotted", "key"), 25),
        (("services", 1), 28),
        (("services", 1, "owner", "mail"), 31),
        (("services", 1, "documents", 0, "url"), 33),
    ],
)
def test_every_value_is_found_at_its_line(path: Path, line: int) -> None:
    assert Locator(CONFIG).line(path) == line


def test_missing_value_is_placed_at_the_nearest_table_around_it() -> None:
    locator = Locator(CONFIG)
    assert locator.line(("services", 0, "documents", 1, "url")) == 23
    assert locator.line(("services", 0, "id")) == 16
    assert locator.line(("routes", 4)) == 1
    assert Locator("").line(("a",)) == 1


KEYS = st.text(min_size=1, max_size=6) | st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True)
STRINGS = st.text(alphabet=st.sampled_from("ab[]{}=#,.'\"\\\n\t é"), max_size=12)
SCALARS = st.integers(-99, 99) | st.booleans() | st.just(datetime.date(2024, 9, 19)) | STRINGS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)
TABLES = st.dictionaries(KEYS, VALUES, max_size=4)


class Writer:
    """Writes TOML in changing styles and notes the line of every value."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self.lines: dict[Path, int] = {}
        self.text = ""

    def table(self, path: Path, header: str, table: dict[str, Any]) -> None:
        self.note(path)
        self.text += f"{header}\n"
        for key, value in table.items():
            self.assignment(path, key, value)
            self.text += self._draw(st.sampled_from(["\n", "\n\n", "  # a [comment] = x\n", "\n# }\n"]))

    def assignment(self, path: Path, key: str, value: Any) -> None:
        self.note((*path, key))
        self.text += f"{self.key(key)} = "
        self.value((*path, key), value)

    def value(self, path: Path, value: Any) -> None:
        if isinstance(value, list):
            self.array(path, value)
        elif isinstance(value, dict):
            self.inline_table(path, value)
        else:
            self.text += self.scalar(value)

    def array(self, path: Path, values: list[Any]) -> None:
        self.text += "["
        for index, value in enumerate(values):
            self.text += self._draw(st.sampled_from(["", " ", "\n", " # ], [\n"]))
            self.note((*path, index))
            self.value((*path, index), value)
            self.text += self._draw(st.sampled_from([",", " ,", "\n,", ", # }\n"]))
        self.text += "]"

    def inline_table(self, path: Path, table: dict[str, Any]) -> None:
        self.text += "{"
        for position, (key, value) in enumerate(table.items()):
            self.text += ", " if position else " "
            self.assignment(path, key, value)
        self.text += " }"

    def scalar(self, value: Any) -> str:
        if not isinstance(value, str):
            return json.dumps(value, default=str).replace('"', "")
        styles = [json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")]
        if "'" not in value and "\n" not in value:
            styles.append(f"'{value}'")
        if "'" not in value:
            styles.append(f"'''\n{value}'''")
        if "\\" not in value and '"""' not in value and not value.endswith('"'):
            styles.append(f'"""\n{value}"""')
        return self._draw(st.sampled_from(styles))

    def key(self, key: str) -> str:
        is_bare = key.isascii() and key.replace("-", "a").replace("_", "a").isalnum()
        quoted = json.dumps(key, ensure_ascii=False).replace("\x7f", "\\u007f")
        return self._draw(st.sampled_from([key, quoted])) if is_bare else quoted

    def note(self, path: Path) -> None:
        self.lines[path] = self.text.count("\n") + 1


@st.composite
def toml_texts(draw: st.DrawFn) -> tuple[str, dict[Path, int]]:
    writer = Writer(draw)
    writer.table((), "", draw(TABLES))
    del writer.lines[()]
    for name in draw(st.lists(KEYS, unique=True, max_size=3)):
        if (name,) in writer.lines:
            continue
        for index, table in enumerate(draw(st.lists(TABLES, min_size=1, max_size=3))):
            writer.lines.setdefault((name,), writer.text.count("\n") + 1)
            writer.table((name, index), f"[[ {writer.key(name)} ]]", table)
    return writer.text, writer.lines


@given(toml_texts())
def test_lines_agree_with_those_a_text_was_written_with(written: tuple[str, dict[Path, int]]) -> None:
    text, lines = written
    tomllib.loads(text)
    locator = Locator(text)
    assert {path: locator.line(path) for path in lines} == lines
