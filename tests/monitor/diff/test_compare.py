from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.diff.compare import compare
from monitor.diff.model import StepKind
from storage.records import Clause
from tests.monitor.diff.helpers import clauses, told, version, versions

VOCABULARY = [
    f"{first}{second}{third}" for first in "bdfgk" for second in "aeiou" for third in ("l", "mp", "rst", "n")
]


def written(seed: int, size: int) -> tuple[Clause, ...]:
    """A policy of our own making; the same for the same seed."""
    chance = random.Random(seed)
    return version(*(" ".join(chance.choices(VOCABULARY, k=chance.randint(4, 24))) + "." for _ in range(size)))


@given(versions, versions)
def test_every_position_stands_in_exactly_one_step(before: list[Clause], after: list[Clause]) -> None:
    change = compare(before, after)
    assert Counter(step.before for step in change.steps if step.before is not None) == Counter(
        range(len(before))
    )
    assert [step.after for step in change.steps if step.after is not None] == list(range(len(after)))


@given(versions, versions)
def test_kept_and_moved_clauses_have_the_same_text_and_edited_ones_do_not(
    before: list[Clause], after: list[Clause]
) -> None:
    change = compare(before, after)
    for step in change.steps:
        if step.before is not None and step.after is not None:
            same = before[step.before].text == after[step.after].text
            assert same is (step.kind in {StepKind.KEPT, StepKind.MOVED})


@given(versions, st.randoms(use_true_random=False))
def test_reordered_version_has_only_kept_and_moved_clauses(before: list[Clause], chance: random.Random) -> None:
    after = chance.sample(before, len(before))
    assert {step.kind for step in compare(before, after).steps} <= {StepKind.KEPT, StepKind.MOVED}


@given(versions, clauses)
def test_one_new_clause_is_the_only_difference(before: list[Clause], new: Clause) -> None:
    middle = len(before) // 2
    change = compare(before, [*before[:middle], new, *before[middle:]])
    assert [step.kind for step in change.steps if step.kind is not StepKind.KEPT] == [StepKind.ADDED]


def test_edited_clause_is_paired_with_what_it_was() -> None:
    change = compare(
        version("# Your data", "We will not train AI models on your posts.", "Write to us."),
        version("# Your data", "We may train AI models on your posts.", "Write to us."),
    )
    assert told(change) == [
        ("edited", "We will not train AI models on your posts.", "We may train AI models on your posts.")
    ]


def test_typography_alone_is_an_edit_and_no_replacement() -> None:
    change = compare(version("We don't sell your data."), version("We don\u2019t sell your\u00a0data."))
    assert [kind for kind, _, _ in told(change)] == ["edited"]


def test_moved_clause_is_neither_removed_nor_added() -> None:
    first, second, third = "We log visits.", "We share data with partners.", "You may ask for a copy."
    change = compare(version(first, second, third), version(second, third, first))
    assert told(change) == [("moved", first, first)]


def test_clause_that_moved_and_was_edited_is_recognised() -> None:
    old = "We keep the messages that you send to other members for thirty days after you delete them."
    new = "We keep the messages that you send to other members for ninety days after you delete them."
    stays = [f"Part {number} stays as it is." for number in range(3)]
    change = compare(version(old, *stays), version(*stays, new))
    assert told(change) == [("edited", old, new)]


def test_heading_is_never_paired_with_a_sentence() -> None:
    change = compare(version("# How we use your data"), version("How we use your data and posts"))
    assert [kind for kind, _, _ in told(change)] == ["removed", "added"]


def test_sentence_rather_comes_from_a_sentence_than_from_a_list_item() -> None:
    before = (Clause("We share your name."), *version("We share your name!"))
    change = compare(before, version("We share your name and face."))
    assert change.count(StepKind.EDITED) == 1
    assert change.count(StepKind.REMOVED) == 1


def test_removed_clause_stands_where_it_stood_before_what_took_its_place() -> None:
    change = compare(
        version("We log visits.", "Old wording about cookies here.", "The end."),
        version("We log visits.", "Arbitration binds both parties.", "The end."),
    )
    assert [step.kind for step in change.steps] == [
        StepKind.KEPT,
        StepKind.REMOVED,
        StepKind.ADDED,
        StepKind.KEPT,
    ]


def test_clause_without_spaces_between_words_is_paired_too() -> None:
    change = compare(version("我们不会使用您的数据训练模型。"), version("我们可能使用您的数据训练模型。"))
    assert [kind for kind, _, _ in told(change)] == ["edited"]


def test_second_copy_of_a_clause_is_an_addition() -> None:
    change = compare(version("We log visits."), version("We log visits.", "We log visits."))
    assert [kind for kind, _, _ in told(change)] == ["added"]


def test_edits_are_found_in_a_version_whose_every_clause_changed() -> None:
    before = written(1, 400)
    after = version(*(clause.text.replace(".", " indeed.") for clause in before))
    assert compare(before, after).count(StepKind.EDITED) > 380


def test_another_document_is_removed_and_added() -> None:
    after = tuple(
        Clause(clause.text.upper() + " " + clause.text.replace("a", "y")) for clause in written(3, 300)
    )
    change = compare(version("One.", *(f"{number} {number} x" for number in range(300))), after)
    assert change.count(StepKind.ADDED) == 300
    assert change.count(StepKind.REMOVED) == 301


_SCRIPT = """
from tests.monitor.diff.test_compare import written, told, compare
before = written(7, 300)
after = written(8, 150)[:100] + before[200:] + tuple(reversed(before[:90])) + written(9, 120)
change = compare(before, after)
print(change.steps)
"""


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_same_change_under_every_hash_seed(seed: str) -> None:
    environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    answer = subprocess.run(
        [sys.executable, "-c", _SCRIPT], env=environment, check=True, capture_output=True, text=True
    ).stdout
    before = written(7, 300)
    after = written(8, 150)[:100] + before[200:] + tuple(reversed(before[:90])) + written(9, 120)
    assert answer.strip() == str(compare(before, after).steps)
