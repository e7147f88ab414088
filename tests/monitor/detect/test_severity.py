"""How grave a finding is."""

from __future__ import annotations

import pytest

from monitor.detect.severity import Adjustment, Place, weigh
from storage.records import Direction, Finding, Severity

HIGH, MEDIUM, LOW, INFO = Severity
POLICY = Place("acme", "privacy-policy", "eu")


def finding(effect: str, severity: Severity = MEDIUM) -> Finding:
    return Finding("retention", "retention", effect, severity, Direction.ADDED, "text", None, (), (), "why")


def severity(effect: str, flags: set[str], place: Place = POLICY, *adjustments: Adjustment) -> Severity:
    (weighed,) = weigh([finding(effect)], flags, place, adjustments)
    return weighed.severity


@pytest.mark.parametrize(
    ("effect", "flags", "kind", "expected"),
    [
        ("introduces", set(), "privacy-policy", MEDIUM),
        ("expands", {"quiet"}, "privacy-policy", HIGH),
        ("expands", {"retroactive", "default-flip"}, "privacy-policy", HIGH),
        ("expands", set(), "faq", LOW),
        ("restricts", {"quiet"}, "privacy-policy", LOW),
        ("restricts", set(), "help", LOW),
        ("appears", {"quiet"}, "help", MEDIUM),
    ],
)
def test_the_effect_the_flags_and_the_kind_of_document_decide(
    effect: str, flags: set[str], kind: str, expected: Severity
) -> None:
    assert severity(effect, flags, Place("acme", kind)) is expected


def test_what_is_only_reworded_stays_where_it_is() -> None:
    (weighed,) = weigh([finding("reworded", INFO)], {"quiet"}, POLICY, [Adjustment(to=HIGH)])
    assert weighed.severity is INFO


@pytest.mark.parametrize(
    ("adjustment", "expected"),
    [
        (Adjustment(topics=frozenset({"retention"}), steps=1), HIGH),
        (Adjustment(services=frozenset({"acme"}), steps=-1), LOW),
        (Adjustment(regions=frozenset({"eu"}), to=HIGH), HIGH),
        (Adjustment(regions=frozenset({"us"}), to=HIGH), MEDIUM),
        (Adjustment(kinds=frozenset({"terms"}), steps=1), MEDIUM),
        (Adjustment(steps=-3), LOW),
    ],
)
def test_a_team_raises_and_lowers_what_its_filters_let_through(
    adjustment: Adjustment, expected: Severity
) -> None:
    assert severity("introduces", set(), POLICY, adjustment) is expected


def test_adjustments_add_up_in_their_order() -> None:
    first, second = Adjustment(to=LOW), Adjustment(steps=1)
    assert severity("introduces", set(), POLICY, first, second) is MEDIUM
