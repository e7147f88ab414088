"""PURE: a change as what rebuilds the new version from the old one."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.diff.model import Change, Patch
from storage.records import Clause


def make_patch(change: Change) -> Patch:
    """Runs of old clauses that stand unchanged in text and structure, and the clauses that are new."""
    parts: list[tuple[int, int] | Clause] = []
    for step in change.steps:
        if step.after is None:
            continue
        clause = change.after[step.after]
        if step.before is None or change.before[step.before] != clause:
            parts.append(clause)
        elif parts and isinstance(run := parts[-1], tuple) and run[1] == step.before:
            parts[-1] = (run[0], step.before + 1)
        else:
            parts.append((step.before, step.before + 1))
    return Patch(tuple(parts))


def apply_patch(patch: Patch, before: Sequence[Clause]) -> tuple[Clause, ...]:
    """The new version, clause for clause; ValueError if the patch was made for another old version's length."""
    after: list[Clause] = []
    for part in patch.parts:
        if isinstance(part, Clause):
            after.append(part)
            continue
        start, stop = part
        if not 0 <= start < stop <= len(before):
            raise ValueError(f"The patch takes clauses {start} to {stop} of a version that has {len(before)}.")
        after.extend(before[start:stop])
    return tuple(after)
