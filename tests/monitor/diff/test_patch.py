from __future__ import annotations

import pytest
from hypothesis import given

from monitor.diff.compare import compare
from monitor.diff.model import Patch
from monitor.diff.patch import apply_patch, make_patch
from storage.records import Clause, ClauseKind
from tests.monitor.diff.helpers import version, versions


@given(versions, versions)
def test_patch_rebuilds_the_new_version_exactly(before: list[Clause], after: list[Clause]) -> None:
    assert apply_patch(make_patch(compare(before, after)), before) == tuple(after)


def test_same_words_in_another_structure_are_rebuilt_with_it() -> None:
    before = version("Your rights", "You may object.")
    after = (Clause("Your rights", ClauseKind.HEADING, 2), Clause("You may object.", soft=True))
    assert apply_patch(make_patch(compare(before, after)), before) == after


def test_patch_of_a_small_edit_is_small() -> None:
    before = version(*(f"Clause {number} stays." for number in range(100)))
    after = (*before[:50], *version("This one is new."), *before[50:])
    assert make_patch(compare(before, after)).parts == ((0, 50), after[50], (50, 100))


def test_patch_for_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="has 1"):
        apply_patch(Patch(((0, 2),)), version("Only one."))
