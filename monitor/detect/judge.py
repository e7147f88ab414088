"""PURE: runs rules over the clauses that were added, removed or edited, and says why each one fired."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from monitor.clauses import fold, heading_paths
from monitor.detect.compile import CompiledRule
from monitor.detect.indexing import index_of
from monitor.detect.model import OWN_TOPIC
from monitor.detect.reading import Reading, read
from monitor.detect.reasons import added, appeared, disappeared, edited, removed, stands
from monitor.detect.substance import same_substance
from monitor.diff.model import Change, Step, StepKind
from monitor.diff.tokens import words
from storage.records import Clause, Direction, Finding

_DIRECTIONS: Mapping[StepKind, Direction] = {
    StepKind.ADDED: Direction.ADDED,
    StepKind.REMOVED: Direction.REMOVED,
    StepKind.EDITED: Direction.EDITED,
}


_Found = tuple[int, int, int, Finding]
"""A finding with what orders it: rank of severity, place of its clause, number of its rule."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A clause to judge: its fate, and its texts where it stood in a hard clause."""

    step: Step
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What a rule says of a case."""

    effect: str
    matched: tuple[str, ...]
    reason: str


def detect(change: Change, rules: Sequence[CompiledRule], language: str | None) -> tuple[Finding, ...]:
    """The rules that fire on a change: the most severe first, then in reading order, then in that of rules.

    `language` is the document's, as a tag such as `en` or `de-AT`, or None where it is not known. Only hard
    clauses that were added, removed or edited are read; what makes a rule fire is told in
    docs/decisions/0006-matching-wording.md.
    """
    desk = _Desk(change)
    found: list[_Found] = []
    for order, place, rule, case in desk.to_judge(rules, language):
        if verdict := desk.judge(case, rule, language):
            found.append((rule.rule.severity.rank, place, order, desk.finding(case, rule, verdict)))
    return _in_order(found)


def detect_in_text(
    clauses: Sequence[Clause], rules: Sequence[CompiledRule], language: str | None
) -> tuple[Finding, ...]:
    """What the rules match in a text read for the first time, whatever their `on`; a clause counts once."""
    firsts = {
        clause.text: position for position, clause in reversed(list(enumerate(clauses))) if not clause.soft
    }
    steps = tuple(Step(StepKind.ADDED, None, position) for position in sorted(firsts.values()))
    desk = _Desk(Change((), tuple(clauses), steps))
    found: list[_Found] = []
    for order, place, rule, case in desk.to_judge(rules, language):
        if matched := desk.find(case.after, rule, language):
            finding = desk.finding(case, rule, _Verdict("appears", matched, stands(matched)))
            found.append((rule.rule.severity.rank, place, order, finding))
    return _in_order(found)


def _in_order(found: Iterable[_Found]) -> tuple[Finding, ...]:
    """The most severe first. Rules on one topic that fire on one clause tell one thing: the strongest is kept.

    Rules of the user's own (topic `wording`) were each asked for, so each is told.
    """
    kept: dict[tuple[str, int], Finding] = {}
    for _, place, order, finding in sorted(found, key=lambda entry: entry[:3]):
        own = finding.topic == OWN_TOPIC
        kept.setdefault((f"{order}" if own else finding.topic, place), finding)
    return tuple(kept.values())


def strongest_first(*found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings of several makes as one list, the most severe first, else as they came."""
    return tuple(sorted(chain(*found), key=lambda finding: finding.severity.rank))


class _Desk:
    """One change on the desk: each of its texts is read once, and headings only where a rule fired."""

    def __init__(self, change: Change) -> None:
        self._change = change
        self._readings: dict[tuple[str, str], Reading] = {}
        self.cases = tuple(self._cases())

    def _cases(self) -> Iterator[_Case]:
        for step in self._change.steps:
            if step.kind in _DIRECTIONS and not self._change.is_soft(step):
                before = _hard_text(self._change.before, step.before)
                after = _hard_text(self._change.after, step.after)
                yield _Case(step, before, after)

    def to_judge(
        self, rules: Sequence[CompiledRule], language: str | None
    ) -> Iterator[tuple[int, int, CompiledRule, _Case]]:
        """Each rule with the cases that it may fire on, and the numbers of both."""
        asked = [
            (order, rule, rule.algorithm(language))
            for order, rule in enumerate(rules)
            if rule.applies_to(language)
        ]
        needs: defaultdict[str, set[str]] = defaultdict(set)
        for _, rule, algorithm in asked:
            needs[algorithm] |= rule.matcher(algorithm).needs
        # A first reading asks of hundreds of texts and reads few.
        indexes = {algorithm: index_of(self._words, stems, algorithm) for algorithm, stems in needs.items()}
        for order, rule, algorithm in asked:
            for place in sorted(rule.matcher(algorithm).candidates(indexes[algorithm])):
                yield order, place, rule, self.cases[place]

    @cached_property
    def _words(self) -> list[set[str]]:
        """The words of each case."""
        return [set(words(f"{case.before or ''}\n{case.after or ''}")) for case in self.cases]

    def judge(self, case: _Case, rule: CompiledRule, language: str | None) -> _Verdict | None:
        """The verdict of one rule on one case; None where it has nothing to say."""
        before = self.find(case.before, rule, language)
        after = self.find(case.after, rule, language)
        on, old, new = rule.rule.on, case.before or "", case.after or ""
        edit = case.step.kind is StepKind.EDITED
        if before and after:
            differs = Direction.EDITED in on and not same_substance(old, new)
            return _Verdict("edited", after, edited(old, new)) if differs else None
        if after and on & {Direction.ADDED, _DIRECTIONS[case.step.kind]} and fold(new) not in self._old_texts:
            return _Verdict("appears", after, appeared(after, old, new) if edit else added(after))
        if (
            before
            and on & {Direction.REMOVED, _DIRECTIONS[case.step.kind]}
            and fold(old) not in self._new_texts
        ):
            return _Verdict("disappears", before, disappeared(before, old, new) if edit else removed(before))
        return None

    def find(self, text: str | None, rule: CompiledRule, language: str | None) -> tuple[str, ...]:
        if text is None:
            return ()
        algorithm = rule.algorithm(language)
        return rule.matcher(algorithm).find(self._reading(text, algorithm))

    def finding(self, case: _Case, rule: CompiledRule, verdict: _Verdict) -> Finding:
        step = case.step
        if step.after is not None:
            heading = self._new_headings[step.after]
        else:
            heading = self._old_headings[step.before or 0]
        return Finding(
            rule=rule.rule.id,
            topic=rule.rule.topic,
            effect=verdict.effect,
            severity=rule.rule.severity,
            direction=_DIRECTIONS[step.kind],
            quote=self._change.after[step.after].text if step.after is not None else None,
            before=self._change.before[step.before].text if step.before is not None else None,
            matched=verdict.matched,
            heading=heading,
            reason=verdict.reason,
            title=rule.rule.title,
        )

    def _reading(self, text: str, algorithm: str) -> Reading:
        reading = self._readings.get((text, algorithm))
        if reading is None:
            reading = self._readings[text, algorithm] = read(text, algorithm)
        return reading

    @cached_property
    def _old_texts(self) -> frozenset[str]:
        return _folded(self._change.before)

    @cached_property
    def _new_texts(self) -> frozenset[str]:
        return _folded(self._change.after)

    @cached_property
    def _old_headings(self) -> list[tuple[str, ...]]:
        return heading_paths(self._change.before)

    @cached_property
    def _new_headings(self) -> list[tuple[str, ...]]:
        return heading_paths(self._change.after)


def _hard_text(clauses: Sequence[Clause], position: int | None) -> str | None:
    if position is None or clauses[position].soft:
        return None
    return clauses[position].text


def _folded(clauses: Iterable[Clause]) -> frozenset[str]:
    return frozenset(fold(clause.text) for clause in clauses if not clause.soft)
