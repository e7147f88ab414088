"""PURE: the rules that come with the program, and the examples by which each of them is tested."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from monitor.detect.compile import compile_rule
from monitor.detect.judge import detect
from monitor.detect.model import Rule
from monitor.detect.table import parse_rule
from monitor.diff.model import Change, Step, StepKind
from storage.records import Clause


@dataclass(frozen=True, slots=True)
class Example:
    """An edit on which a rule must fire, or must not; a side that is None was not there."""

    before: str | None
    after: str | None
    fires: bool


@dataclass(frozen=True, slots=True)
class Rulebook:
    """One file of rules with its examples by rule id; those under `""` are for all of its rules together."""

    name: str
    rules: tuple[Rule, ...]
    examples: Mapping[str, tuple[Example, ...]]


@lru_cache(maxsize=1)
def shipped_rulebooks() -> tuple[Rulebook, ...]:
    """Every `rulebook/*.toml`, in the order of their names."""
    folder = resources.files("monitor.detect").joinpath("rulebook")
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name
    )
    return tuple(read_rulebook(file.name, file.read_text(encoding="utf-8")) for file in files)


def shipped_rules() -> tuple[Rule, ...]:
    """The rules of all shipped rulebooks."""
    return tuple(rule for book in shipped_rulebooks() for rule in book.rules)


def read_rulebook(name: str, text: str) -> Rulebook:
    """The rules and examples of one file; its `topic` and `title` hold for rules that name none.

    Raises tomllib.TOMLDecodeError, or RuleError for a rule that cannot be used.
    """
    file = tomllib.loads(text)
    shared = {key: file[key] for key in ("topic", "title") if key in file}
    rules: list[Rule] = []
    examples = {"": tuple(_examples(file))}
    for table in file.get("rules", []):
        own = {key: value for key, value in table.items() if key not in {"must_match", "must_not_match"}}
        rules.append(parse_rule(shared | own))
        examples[rules[-1].id] = tuple(_examples(table))
    return Rulebook(name, tuple(rules), examples)


def rule_examples(book: Rulebook) -> Iterator[tuple[str, Example, bool]]:
    """Each example with the id of its rule (`""`: any of the file) and whether the rulebook gets it right."""
    for rule_id, examples in book.examples.items():
        rules = [rule for rule in book.rules if rule_id in {"", rule.id}]
        for example in examples:
            yield rule_id, example, any(fires(rule, example) for rule in rules) is example.fires


def fires(rule: Rule, example: Example) -> bool:
    """Whether a rule fires on an example, read in the rule's own language."""
    before = (Clause(example.before),) if example.before is not None else ()
    after = (Clause(example.after),) if example.after is not None else ()
    kind = StepKind.EDITED if before and after else StepKind.ADDED if after else StepKind.REMOVED
    step = Step(kind, 0 if before else None, 0 if after else None)
    return bool(detect(Change(before, after, (step,)), [compile_rule(rule)], min(rule.languages, default="en")))


def _examples(table: Mapping[str, Any]) -> Iterator[Example]:
    for key, expected in (("must_match", True), ("must_not_match", False)):
        for example in table.get(key, []):
            sides = {"after": example} if isinstance(example, str) else example
            yield Example(sides.get("before"), sides.get("after"), expected)
