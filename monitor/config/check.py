"""Checks one table against its model and puts what pydantic finds into words, each at its own line."""

from __future__ import annotations

import datetime
import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from monitor.config.places import Item, Place, Problems, suggestion
from monitor.config.shape import RuleTable, Table, keys_of
from monitor.detect.table import NearTable

_T = TypeVar("_T", bound=Table)

_EXPECTED = {
    "string_type": 'must be a text in quotes, such as "..."',
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a number",
    "list_type": 'must be an array, such as ["..."]',
    "tuple_type": 'must be an array, such as ["..."]',
    "dict_type": "must be a table, such as { name = ... }",
    "model_type": "must be a table, such as { name = ... }",
}

_BOUNDS = {
    "greater_than_equal": ("be at least", "ge"),
    "less_than_equal": ("be at most", "le"),
    "too_short": ("hold at least", "min_length"),
    "too_long": ("hold at most", "max_length"),
}


def check(table: type[_T], item: Item, problems: Problems) -> _T | None:
    """`item` as a `table`, or None after every problem in it was noted."""
    if not isinstance(item.value, dict):
        problems.add(item.place, f"must be a table, not {_kind(item.value)}")
        return None
    before = len(problems.found)
    _check_choices(table, item, problems)
    try:
        result = table.model_validate(item.value)
    except ValidationError as error:
        for details in error.errors(include_url=False):
            _note(table, item, details, problems)
        return None
    return result if len(problems.found) == before else None


def _check_choices(table: type[Table], item: Item, problems: Problems) -> None:
    references = tuple(tuple(forms_of(secret)) for secret in table.secrets)
    for group in (*table.one_of, *table.at_most_one_of, *(g for g in references if g not in table.one_of)):
        given = [key for key in group if key in item.value]
        if len(given) > 1:
            names = " and ".join(f'"{key}"' for key in given)
            last = max((item.place.at(key) for key in given), key=lambda place: place.line)
            problems.add(item.place, f"{names} exclude each other; keep one", line_of=last)
        if not given and group in table.one_of and not any(s in item.value for s in table.secrets):
            problems.add(item.place, f"one of {_listed(group)} is missing")


def forms_of(secret: str) -> list[str]:
    """The three keys by which a secret may be referred to."""
    return [f"{secret}_file", f"{secret}_env", f"{secret}_credential"]


def _note(table: type[Table], item: Item, details: ErrorDetails, problems: Problems) -> None:
    path = tuple(part for part in details["loc"] if part != "[key]")
    place = item.place.at(*path)
    parent = Place(place.source, place.path[:-1])
    if details["type"] == "extra_forbidden":
        problems.add(parent, _unknown(table, path), line_of=place)
    elif details["type"] == "missing":
        problems.add(parent, f'"{path[-1]}" is missing')
    else:
        problems.add(place, _words(details))


def _unknown(table: type[Table], path: tuple[int | str, ...]) -> str:
    key = str(path[-1])
    if len(path) == 1 and key in table.secrets:
        return (
            f'"{key}" would put the secret itself into the configuration; refer to it with '
            f"{_listed(forms_of(key))} instead"
        )
    return f'unknown key "{key}"{suggestion(key, keys_of(_table_at(table, path)))}'


def _table_at(table: type[Table], path: tuple[int | str, ...]) -> type[BaseModel]:
    """The model in which the last part of `path` was looked for; only `near` holds tables inside a table."""
    return NearTable if table is RuleTable and path[0] == "near" and len(path) > 1 else table


def _words(details: ErrorDetails) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if kind in ("literal_error", "enum"):
        return _choice(str(context["expected"]), details["input"])
    if kind == "value_error":
        return str(context["error"])
    if kind in _BOUNDS:
        words, bound = _BOUNDS[kind]
        return f"must {words} {context[bound]}"
    if kind == "string_pattern_mismatch":
        return "must be made of letters a to z, digits, dots, slashes and hyphens, without spaces"
    if kind in _EXPECTED:
        return f"{_EXPECTED[kind]}, not {_kind(details['input'])}"
    return details["msg"][:1].lower() + details["msg"][1:]


def _choice(expected: str, given: Any) -> str:
    choices = re.findall(r"'([^']*)'", expected)
    hint = suggestion(given, choices) if isinstance(given, str) else f", not {_kind(given)}"
    return f"must be {_listed(choices)}{hint}"


def _listed(words: list[str] | tuple[str, ...]) -> str:
    quoted = [f'"{word}"' for word in words]
    return " or ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))


def _kind(value: Any) -> str:
    """The TOML name of a value's type; never the value, which may be a secret in the wrong place."""
    names: dict[type, str] = {
        bool: "a boolean",
        str: "a text",
        int: "a whole number",
        float: "a number",
        list: "an array",
        dict: "a table",
    }
    is_time = isinstance(value, datetime.date | datetime.time)
    return "a date or time" if is_time else names.get(type(value), "this")
