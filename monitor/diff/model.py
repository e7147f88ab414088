"""The shape of a change: which clause of the new version came from which clause of the old one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from storage.records import Clause


class StepKind(StrEnum):
    KEPT = "kept"
    MOVED = "moved"
    EDITED = "edited"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Step:
    """One clause's fate; `before` and `after` are positions in the old and new version, None where absent."""

    kind: StepKind
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """The step from one list of clauses to another.

    Every position of `before` and of `after` stands in exactly one step; steps follow the reading order of the
    new version, removed clauses where they stood. KEPT and MOVED clauses have the same text on both sides.
    """

    before: tuple[Clause, ...]
    after: tuple[Clause, ...]
    steps: tuple[Step, ...]

    def of(self, kind: StepKind) -> Iterator[Step]:
        return (step for step in self.steps if step.kind is kind)

    def count(self, kind: StepKind, *, soft: bool = False) -> int:
        """How many steps of a kind; clauses that are soft on every side they stand on count only if `soft`."""
        return sum(1 for step in self.of(kind) if soft or not self.is_soft(step))

    def counts(self) -> Counter[StepKind]:
        """How many hard steps of each kind, but for what was kept."""
        changed = (step for step in self.steps if step.kind is not StepKind.KEPT)
        return Counter(step.kind for step in changed if not self.is_soft(step))

    def is_soft(self, step: Step) -> bool:
        sides = [
            self.before[step.before].soft if step.before is not None else True,
            self.after[step.after].soft if step.after is not None else True,
        ]
        return all(sides)


@dataclass(frozen=True, slots=True)
class Patch:
    """What rebuilds the new version from the old: runs of old positions (start, stop), or new clauses."""

    parts: tuple[tuple[int, int] | Clause, ...]
