"""The floor of benchmarks/noise.py: no version of noise, none of a page in a policy's place, none refused."""

from __future__ import annotations

from benchmarks.noise import Tally, measure, report
from benchmarks.pages.markup import Page, read_folder
from benchmarks.pages.mutators import MUTATORS


def test_noise_makes_no_version_and_hides_no_edit_and_nothing_is_taken_for_a_policy_that_is_none() -> None:
    tally = measure()
    assert tally.faults == {}
    assert tally.pages == {
        "noise": 300,
        "edit within the noise": 300,
        "interstitial": 264,
        "short policy": 40,
    }


def test_every_fault_is_named() -> None:
    tally = Tally()
    tally.count("noise", None)
    tally.count("noise", "hero on terms-en: 1 versions, 0 held")
    assert list(report(tally, show=5))[1:] == [
        "noise                          2       1",
        "  noise: hero on terms-en: 1 versions, 0 held",
    ]


def test_each_kind_of_noise_changes_pages_from_look_to_look() -> None:
    pages = [Page(policy, landmarks=True) for policy in read_folder("policies")]
    assert len(pages) == 10
    assert len(MUTATORS) == 30
    for mutator in MUTATORS:
        assert any(len({mutator(page, look) for look in range(3)}) > 1 for page in pages), mutator.__name__
