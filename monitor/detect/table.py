"""PURE: a rule as its TOML table says it, the same in a user's configuration and in the shipped rulebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from monitor.detect.compile import problems_of
from monitor.detect.errors import RuleError
from monitor.detect.model import Near, Rule
from storage.records import Direction, Severity


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


class NearTable(BaseModel):
    """`{ words = ["train|teach", "model|AI"], within = 8 }`: alternatives stand between bars."""

    model_config = ConfigDict(extra="forbid")

    words: list[str] = Field(min_length=2, max_length=10)
    within: int = Field(ge=1, le=100, strict=True)

    def to_near(self) -> Near:
        return Near(tuple(tuple(entry.split("|")) for entry in self.words), self.within)


class RuleTable(BaseModel):
    """A `[[rules]]` table. `near` and `pattern` may be single or listed."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$")]
    title: str = ""
    severity: Severity = Severity.MEDIUM
    topic: str = Field(default="wording", min_length=1)
    phrases: list[str] = []
    near: Annotated[list[NearTable], BeforeValidator(_listed)] = []
    pattern: Annotated[list[str], BeforeValidator(_listed)] = []
    unless: list[str] = []
    ignore: list[str] = []
    on: list[Direction] = list(Direction)
    languages: list[str] = []

    def to_rule(self) -> Rule:
        return Rule(
            id=self.id,
            title=self.title or self.id,
            severity=self.severity,
            topic=self.topic,
            phrases=tuple(self.phrases),
            near=tuple(near.to_near() for near in self.near),
            patterns=tuple(self.pattern),
            unless=tuple(self.unless),
            ignore=tuple(self.ignore),
            on=frozenset(self.on),
            languages=frozenset(self.languages),
        )


def parse_rule(table: Mapping[str, object]) -> Rule:
    """The rule that a TOML table describes. Raises RuleError with the first of its problems."""
    for problem in problems_in(table):
        raise problem
    return RuleTable.model_validate(dict(table)).to_rule()


def problems_in(table: Mapping[str, object]) -> list[RuleError]:
    """Everything that is wrong with a rule's table: shape first, then what its wordings say."""
    rule_id = str(table.get("id", "without id"))
    try:
        rule = RuleTable.model_validate(dict(table)).to_rule()
    except ValidationError as error:
        return [RuleError(rule_id, _path(detail["loc"]), detail["msg"]) for detail in error.errors()]
    return list(problems_of(rule))


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path or "table"
