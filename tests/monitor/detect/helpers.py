"""Short ways to write rules and edits in tests."""

from __future__ import annotations

from typing import Any

from monitor.detect.compile import CompiledRule, compile_rule
from monitor.detect.judge import detect
from monitor.detect.table import parse_rule
from monitor.diff.model import Change, Step, StepKind
from storage.records import Clause, Finding


def rule(**table: Any) -> CompiledRule:
    return compile_rule(parse_rule({"id": "test"} | table))


def edit(before: str | None, after: str | None) -> Change:
    """One clause edited, added (nothing before) or removed (nothing after)."""
    old = (Clause(before),) if before is not None else ()
    new = (Clause(after),) if after is not None else ()
    kind = StepKind.EDITED if old and new else StepKind.ADDED if new else StepKind.REMOVED
    return Change(old, new, (Step(kind, 0 if old else None, 0 if new else None),))


def findings(
    before: str | None, after: str | None, language: str | None = "en", **table: Any
) -> tuple[Finding, ...]:
    return detect(edit(before, after), [rule(**table)], language)


def matched(text: str, language: str | None = "en", **table: Any) -> tuple[str, ...]:
    """The words of an added clause that make a rule fire."""
    return tuple(words for finding in findings(None, text, language, **table) for words in finding.matched)
