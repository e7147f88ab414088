"""A tally counts every alert and keeps the newest ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.tally import Tally
from storage.records import Cause, ChangeRecord, Direction, Finding, Severity

BEGIN = datetime(2024, 3, 1, tzinfo=UTC)


def change(number: int, *rules: str, document: str = "acme/terms") -> ChangeRecord:
    found = tuple(
        Finding(rule, "wording", "appears", Severity.LOW, Direction.ADDED, "a", None, ("a",), (), "It does.")
        for rule in rules
    )
    at = BEGIN + timedelta(days=number)
    return ChangeRecord(
        number, 1, document, 1, 1, None, None, at, None, Cause.PAGE_CHANGED, 1, 0, 0, 0, 1, 0, (), found
    )


def test_every_alert_counts_for_each_of_its_rules_once_and_the_newest_are_kept() -> None:
    tally = Tally(["a", "b", "c"], limit=2)
    tally.add(200, [change(5, "a", "a"), change(1, "a", "b")])
    tally.add(50, [change(3, "a", document="acme/faq")])
    assert (tally.documents, tally.news, tally.alerts) == (2, 250, 3)
    assert [kept.id for kept in tally.newest()] == [3, 5]
    told = tally.rules["a"]
    assert (told.alerts, told.findings, len(told.documents)) == (3, 4, 2)
    assert (told.first, told.last) == (BEGIN + timedelta(days=1), BEGIN + timedelta(days=5))
    assert tally.per_thousand(told) == 12.0
    assert tally.rules["c"].first is None


def test_of_nothing_judged_nothing_is_a_share() -> None:
    tally = Tally(["a"], limit=1)
    assert tally.per_thousand(tally.rules["a"]) == 0.0
    assert tally.newest() == []
