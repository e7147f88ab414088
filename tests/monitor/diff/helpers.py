"""Short ways to write versions in tests."""

from __future__ import annotations

from hypothesis import strategies as st

from monitor.diff.model import Change, StepKind
from storage.records import Clause, ClauseKind

WORDS = (
    "we",
    "may",
    "not",
    "train",
    "models",
    "données",
    "e\u0301te",
    "数",
    "据",
    "😀",
    "will",
    "share",
    "your",
    "data",
)

_texts = st.one_of(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
)

clauses = st.builds(
    Clause,
    text=_texts,
    kind=st.sampled_from(ClauseKind),
    level=st.integers(0, 3),
    opens_block=st.booleans(),
    soft=st.booleans(),
)

versions = st.lists(clauses, max_size=12)


def version(*texts: str) -> tuple[Clause, ...]:
    """One paragraph a text; a text that begins with `#` is a heading."""
    return tuple(
        Clause(text[1:].strip(), ClauseKind.HEADING, 1) if text.startswith("#") else Clause(text)
        for text in texts
    )


def told(change: Change) -> list[tuple[str, str | None, str | None]]:
    """The steps of a change with their texts instead of positions, but for those kept."""
    return [
        (
            step.kind.value,
            change.before[step.before].text if step.before is not None else None,
            change.after[step.after].text if step.after is not None else None,
        )
        for step in change.steps
        if step.kind is not StepKind.KEPT
    ]
