"""Alerts of one service that are close in time are one incident, and its context is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from monitor import notices
from monitor.cli.commands import app
from monitor.errors import InputMissing
from monitor.history import History
from monitor.incidents import SPAN, Incident, by_member, incidents
from monitor.messages.model import ChangeNotice
from storage.database import Database, Transaction
from storage.records import AlertKind, AlertMark
from tests.storage.builders import (
    START,
    a_change,
    a_document,
    a_finding,
    an_alert,
    an_appearance,
    clauses_of,
    hours,
)

MARKS = st.lists(
    st.tuples(st.sampled_from(["acme", "bolt"]), st.integers(0, 30 * 24)).map(
        lambda drawn: (drawn[0], hours(drawn[1]))
    ),
    max_size=12,
).map(lambda drawn: [AlertMark(number, *each) for number, each in enumerate(drawn, start=1)])


@given(marks=MARKS, data=st.data())
def test_every_alert_is_in_one_incident_whatever_order_they_are_recorded_in(
    marks: list[AlertMark], data: st.DataObject
) -> None:
    found = list(incidents(marks))
    assert sorted(member for each in found for member in each.members) == [mark.id for mark in marks]
    shuffled = data.draw(st.permutations(marks))
    assert by_member(shuffled) == by_member(marks)


@given(marks=MARKS)
def test_an_incident_is_of_one_service_and_short_and_the_next_begins_after_it(marks: list[AlertMark]) -> None:
    by_id = {mark.id: mark for mark in marks}
    last: dict[str, Incident] = {}
    for each in sorted(incidents(marks), key=lambda incident: incident.begins):
        members = [by_id[member] for member in each.members]
        assert {mark.service for mark in members} == {each.service}
        assert each.number == members[0].id
        assert all(timedelta() <= mark.captured_at - each.begins < SPAN for mark in members)
        assert each.service not in last or each.begins >= last[each.service].begins + SPAN
        last[each.service] = each


def an_alerted_change(
    transaction: Transaction, key: str, day: float, topic: str = "ai-training", kind: str = "privacy-policy"
) -> int:
    document = a_document(transaction, key, kind=kind)
    first = an_appearance(transaction, document, clauses_of("One."), hours(24 * day - 1))
    promise = clauses_of("We will notify you before we make changes to this policy.")
    second = an_appearance(transaction, document, promise, hours(24 * day))
    third = an_appearance(transaction, document, clauses_of("Three."), hours(24 * day))
    a_change(transaction, second, first)
    change = a_change(transaction, third, second, [a_finding(topic)], ["notice-promised"])
    return an_alert(transaction, document, change, at=hours(24 * day))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An incident of three alerts, recorded out of order; a later one; others on the same and another topic."""
    path = tmp_path_factory.mktemp("incidents") / "policywatch.db"
    database = Database.open(path)
    with database.write() as transaction:
        an_alerted_change(transaction, "acme/terms", 12, kind="terms")
        an_alerted_change(transaction, "acme/faq", 13, kind="faq")
        an_alerted_change(transaction, "acme/privacy-policy", 10)
        an_alerted_change(transaction, "acme/help", 40, kind="help")
        an_alerted_change(transaction, "bolt/privacy-policy", 5)
        an_alerted_change(transaction, "cargo/privacy-policy", 11, topic="arbitration")
        an_alert(transaction, at=START, kind=AlertKind.DELIVERY)
    database.close()
    return path


@pytest.fixture(scope="module")
def history(world: Path) -> Iterator[History]:
    with History.open(world) as history:
        yield history


@pytest.mark.parametrize("named", [1, 2, 3])
def test_an_incident_is_found_by_each_of_its_alerts_with_its_context(history: History, named: int) -> None:
    whole = history.incident(named)
    assert (whole.incident.number, whole.incident.service) == (3, "acme")
    assert [each.alert.id for each in whole.alerts] == [3, 1, 2]
    assert [each.alert.document for each in whole.same_week] == ["bolt/privacy-policy"]


@pytest.mark.parametrize("alert_id", [7, 99])
def test_what_belongs_to_no_incident_is_said(history: History, alert_id: int) -> None:
    with pytest.raises(InputMissing, match=f"alert {alert_id}"):
        history.incident(alert_id)


def ask(path: Path, *arguments: str) -> str:
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["--database", str(path), *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_alerts_name_their_incident_and_can_be_listed_by_it(world: Path) -> None:
    rows = [json.loads(line) for line in ask(world, "alerts", "--format", "jsonl").splitlines()]
    assert {row["id"]: row["incident"] for row in rows} == {1: 3, 2: 3, 3: 3, 4: 4, 5: 5, 6: 6, 7: None}
    (first, *_) = json.loads(ask(world, "alerts", "--incident", "2", "--format", "json"))
    assert first["id"] == 3
    assert [other["service"] for other in first["same_week"]] == ["Bolt"]
    assert "A wording is new (alert 5)" in ask(world, "alerts", "--incident", "3", "--format", "table")


def test_explain_tells_the_incident_and_quotes_the_promise_to_tell_of_changes(world: Path) -> None:
    told = ask(world, "explain", "1")
    assert "part of incident 3, also changed:\n    A wording is new (alert 3)" in told
    assert "on the same topics:\n    A wording is new (alert 5)" in told
    assert "notice promised: We will notify you before we make changes to this policy." in told
    assert "incident" not in ask(world, "explain", "4")


def test_a_notice_knows_the_incident_its_context_and_what_was_promised(world: Path) -> None:
    database = Database.open(world, read_only=True)
    notice, alone = notices.load(database, 1), notices.load(database, 4)
    database.close()
    assert isinstance(notice, ChangeNotice)
    assert isinstance(alone, ChangeNotice)
    assert (notice.company.incident, notice.company.same_topic) == (3, ("Bolt",))
    assert notice.company.also_changed == ("Privacy Policy (alert 3)", "FAQ (alert 2)")
    assert notice.company.this_week == ()
    assert notice.promise == "We will notify you before we make changes to this policy."
    assert (alone.company.incident, alone.company.also_changed) == (None, ())
