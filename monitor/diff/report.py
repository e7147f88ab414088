"""PURE: a change as people read it: every clause that did not stay, under its headings, its words marked."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.clauses import heading_paths
from monitor.diff.model import Change, Step, StepKind
from monitor.diff.render import in_plain_text
from monitor.diff.words import Span, mark


@dataclass(frozen=True, slots=True)
class ChangedClause:
    """One clause's fate; `spans` mark the words that came and went, and are one equal span where it moved."""

    kind: StepKind
    heading: tuple[str, ...]
    before: str | None
    after: str | None
    spans: tuple[Span, ...]

    @property
    def marked(self) -> str:
        """The clause with `[-old-] {+new+}` around what differs."""
        return in_plain_text(self.spans)


def changed_clauses(change: Change) -> list[ChangedClause]:
    """Every hard clause that was not kept, in reading order."""
    old_paths, new_paths = heading_paths(change.before), heading_paths(change.after)
    return [
        _changed(change, step, new_paths[step.after] if step.after is not None else old_paths[step.before or 0])
        for step in change.steps
        if step.kind is not StepKind.KEPT and not change.is_soft(step)
    ]


def _changed(change: Change, step: Step, heading: tuple[str, ...]) -> ChangedClause:
    before = change.before[step.before].text if step.before is not None else None
    after = change.after[step.after].text if step.after is not None else None
    return ChangedClause(step.kind, heading, before, after, mark(before or "", after or ""))
