"""PURE: rows as JSON, JSON lines and CSV, safe for terminals and spreadsheets whatever their texts say."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""With one of these at its beginning a spreadsheet takes text for a formula; the wide forms count, too."""


def plain(value: Any) -> str:
    """A value in one line of plain text, safe for a terminal; a list of records is told by its length."""
    if value is None or value in ([], ()):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return " > ".join(map(plain, value)) if isinstance(value[0], str) else str(len(value))
    return safe(str(value).replace("\n", " "))


def safe(text: str) -> str:
    """Text that cannot move a terminal's cursor or turn its writing direction; line ends and spaces stay."""
    return text if text.isprintable() else "".join(map(_safe_sign, text))


def as_json(value: Any, indent: int | None = None) -> str:
    """JSON with every letter as it is; what could act on a terminal is escaped, which JSON reads alike."""
    return safe(json.dumps(value, ensure_ascii=False, indent=indent))


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """A line with the names of the first row's values, then a line for each row; no cell is a formula."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    for row in rows[:1]:
        writer.writerow(row)
    for row in rows:
        writer.writerow([_cell(value) for value in row.values()])
    return written.getvalue()


def no_formula(text: str) -> str:
    """`text` for a spreadsheet, with an apostrophe before what would be a formula."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def _cell(value: Any) -> str:
    text = as_json(value) if isinstance(value, (list, dict)) else plain(value)
    return text if isinstance(value, (int, float)) else no_formula(text)


def _safe_sign(sign: str) -> str:
    if sign.isprintable() or sign == "\n" or unicodedata.category(sign) == "Zs":
        return sign
    return json.dumps(sign)[1:-1]
