"""PURE: questions and their answers in the structured data of a page (schema.org Question, as JSON-LD)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from monitor.extract.page import ANSWER

DATA_LIMIT = 2_000_000
"""Characters of structured data of one page that are read; a long FAQ has some ten thousand."""

ANSWERS_LIMIT = 2_000


class Answer(NamedTuple):
    """A question and its answer, both HTML."""

    question: str
    text: str


def read_answers(scripts: Iterable[str]) -> tuple[list[Answer], tuple[str, ...]]:
    """The answers that `scripts` of JSON-LD hold, each once, and warnings about what could not be read."""
    holding = [script for script in scripts if ANSWER in script]
    if sum(map(len, holding)) > DATA_LIMIT:
        return [], (f"the page holds answers in more than {DATA_LIMIT:,} characters of JSON-LD: none was read",)
    found: dict[Answer, None] = {}
    warnings: tuple[str, ...] = ()
    for script in holding:
        data = _load(script)
        if data is None:
            warnings = ("the page holds answers in JSON-LD that is no valid JSON: they were not read",)
        else:
            found |= dict.fromkeys(_answers(data))
    if len(found) > ANSWERS_LIMIT:
        return [], (f"the page holds more than {ANSWERS_LIMIT:,} answers in JSON-LD: none was read",)
    return list(found), warnings


def _load(script: str) -> Any:
    """What the script holds, or None; comment signs around it and bare line breaks in texts do no harm."""
    opening, closing = script.find("{"), script.rfind("}")
    objects = f"[{script[opening : closing + 1]}]" if 0 <= opening < closing else ""
    for text in (script, objects):
        try:
            return json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _answers(data: Any) -> Iterator[Answer]:
    nodes = list(_nodes(data))
    by_id = {name: node for node in nodes if isinstance(name := node.get("@id"), str) and "text" in node}
    for node in nodes:
        for answer in _listed(node.get(ANSWER)):
            named = answer.get("@id") if isinstance(answer, dict) else None
            text = _text(answer) or _text(by_id.get(named) if isinstance(named, str) else None)
            if text:
                yield Answer(_text(node.get("name")) or _text(node), text)


def _nodes(data: Any) -> Iterator[dict[str, Any]]:
    """Every object in `data`, in order, however deep."""
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting += reversed(value.values())
        elif isinstance(value, list):
            waiting += reversed(value)


def _text(value: Any) -> str:
    """The text of a node or of a value, also where it names its language, or stands in pieces."""
    if isinstance(value, dict):
        value = value.get("text", value.get("@value"))
    pieces = [piece.get("@value") if isinstance(piece, dict) else piece for piece in _listed(value)]
    return "\n".join(piece for piece in pieces if isinstance(piece, str)).encode("utf-8", "replace").decode()


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
