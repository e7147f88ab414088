"""PURE: a comparison as the rows of a page: what changed, under its headings, with what rules found in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from monitor.clauses import heading_paths
from monitor.diff.model import Change, Step, StepKind
from monitor.diff.words import Span, mark
from storage.records import Clause, ClauseKind, Finding

BESIDE = 1
"""Kept clauses that are shown on either side of a changed one."""


@dataclass(frozen=True)
class Row:
    """One clause's fate. `anchor` names it by its place in the newer text, or in the older one if it is gone.

    `number` counts the changed rows from 1; a kept row has none. `texts` are what either side says, or "".
    """

    kind: StepKind
    anchor: str
    number: int | None
    heading: tuple[str, ...]
    clause: Clause
    texts: tuple[str, str]
    findings: tuple[Finding, ...]

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """The words marked, only when they are shown: a page's beginning does not wait for its end."""
        return mark(*self.texts)

    @property
    def old(self) -> tuple[Span, ...]:
        """What the older text said."""
        return tuple(span for span in self.spans if span.kind != "insert")

    @property
    def new(self) -> tuple[Span, ...]:
        """What the newer text says."""
        return tuple(span for span in self.spans if span.kind != "delete")


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that follow each other under one heading; `left_out` kept clauses stand before them.

    `begins` says that the part before it stands under another heading.
    """

    heading: tuple[str, ...]
    rows: tuple[Row, ...]
    left_out: int
    begins: bool

    @property
    def changes(self) -> list[Row]:
        return [row for row in self.rows if row.number is not None]


def rows_of(change: Change, findings: Sequence[Finding]) -> list[Row]:
    """Every hard clause of both texts, in the reading order of the newer one."""
    paths = heading_paths(change.before), heading_paths(change.after)
    rows, number = [], 0
    for step in change.steps:
        if change.is_soft(step):
            continue
        number += step.kind is not StepKind.KEPT
        rows.append(_row(change, step, paths, number, findings))
    return rows


def parts_of(rows: Sequence[Row], *, whole: bool) -> list[Part]:
    """The rows by heading; unless `whole`, those that changed and what stands right beside them."""
    shown = set(range(len(rows))) if whole else _near_changes(rows)
    parts: list[Part] = []
    last = -1
    for heading, group in groupby(sorted(shown), key=lambda place: rows[place].heading):
        for run in _runs(list(group)):
            begins = not parts or parts[-1].heading != heading
            parts.append(Part(heading, tuple(rows[place] for place in run), run[0] - last - 1, begins))
            last = run[-1]
    return parts


def _near_changes(rows: Sequence[Row]) -> set[int]:
    changed = [place for place, row in enumerate(rows) if row.number is not None]
    near = {place + offset for place in changed for offset in range(-BESIDE, BESIDE + 1)}
    beside = {place for place in near.difference(changed) if 0 <= place < len(rows)}
    return {*changed, *(place for place in beside if rows[place].clause.kind is not ClauseKind.HEADING)}


def _runs(places: Sequence[int]) -> Iterator[list[int]]:
    """Places that follow each other without a gap."""
    run: list[int] = []
    for place in places:
        if run and place != run[-1] + 1:
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def _row(
    change: Change,
    step: Step,
    paths: tuple[list[tuple[str, ...]], list[tuple[str, ...]]],
    number: int,
    findings: Sequence[Finding],
) -> Row:
    before = change.before[step.before] if step.before is not None else None
    after = change.after[step.after] if step.after is not None else None
    place = step.after if step.after is not None else step.before
    side = after is not None
    clause = after or before
    assert clause is not None and place is not None  # noqa: S101, PT018 (a step has a place on either side)
    kept = step.kind is StepKind.KEPT
    texts = before.text if before else "", after.text if after else ""
    return Row(
        kind=step.kind,
        anchor=f"{'a' if side else 'b'}{place}",
        number=None if kept else number,
        heading=paths[side][place],
        clause=clause,
        texts=texts,
        findings=() if kept else tuple(each for each in findings if _stands_on(each, *texts)),
    )


def _stands_on(finding: Finding, before: str, after: str) -> bool:
    return (finding.before or "") == before and (finding.quote or "") == after
