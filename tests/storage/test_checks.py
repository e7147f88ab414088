from __future__ import annotations

from dataclasses import astuple

import pytest

from storage import checks
from storage.database import Database
from storage.records import CheckOutcome, ScheduleEntry
from tests.storage.builders import a_document, hours

REPEATING = (CheckOutcome.UNCHANGED, CheckOutcome.HELD, CheckOutcome.FAILED)


@pytest.mark.parametrize("outcome", REPEATING)
def test_looks_that_end_alike_share_a_row(database: Database, outcome: CheckOutcome) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        for number in range(4):
            checks.record(transaction, document.id, outcome, hours(number), reason=f"look {number}")
        (run,) = checks.every(transaction, document.id)
    assert (run.outcome, run.looks, run.reason) == (outcome, 4, "look 3")
    assert (run.first_at, run.last_at) == (hours(0), hours(3))


@pytest.mark.parametrize("outcome", [CheckOutcome.FIRST, CheckOutcome.CHANGED])
def test_every_change_has_its_own_row(database: Database, outcome: CheckOutcome) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        for number in range(2):
            checks.record(transaction, document.id, outcome, hours(number), reason="new text")
        assert [run.looks for run in checks.every(transaction, document.id)] == [1, 1]


def test_another_class_of_error_or_outcome_begins_a_new_run(database: Database) -> None:
    looks = [
        (CheckOutcome.FAILED, "http_503"),
        (CheckOutcome.FAILED, "http_503"),
        (CheckOutcome.FAILED, "timeout"),
        (CheckOutcome.UNCHANGED, None),
        (CheckOutcome.FAILED, "timeout"),
    ]
    with database.write() as transaction:
        document, other = a_document(transaction), a_document(transaction, "other/terms")
        for number, (outcome, error_class) in enumerate(looks):
            checks.record(transaction, other.id, CheckOutcome.UNCHANGED, hours(number), reason="same")
            checks.record(
                transaction, document.id, outcome, hours(number), reason="said so", error_class=error_class
            )
        runs = checks.every(transaction, document.id)
        assert checks.latest(transaction, document.id) == runs[-1]
        assert [run.looks for run in checks.every(transaction, other.id)] == [5]
    assert [(run.error_class, run.looks) for run in runs] == [
        ("http_503", 2), ("timeout", 1), (None, 1), ("timeout", 1)
    ]  # fmt: skip


def test_a_document_never_looked_at_has_no_check(database: Database) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        assert checks.latest(transaction, document.id) is None
        assert checks.schedule_entry(transaction, document.id) is None


def test_when_a_document_is_due_is_replaced_each_time(database: Database) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        waiting = ScheduleEntry(document.id, hours(0), None, 0)
        checks.enrol(transaction, [document.id], hours(0))
        assert checks.first_checks_outstanding(transaction)
        assert checks.schedule_entry(transaction, document.id) == waiting
        checked = ScheduleEntry(document.id, hours(6), hours(0.5), 3)
        checks.move_on(transaction, checked)
        assert not checks.first_checks_outstanding(transaction)
        assert checks.schedule_entries(transaction) == {document.id: checked}
        assert astuple(checked)[2] == hours(0.5)


def test_documents_that_are_no_targets_are_due_no_more(database: Database) -> None:
    with database.write() as transaction:
        ids = [a_document(transaction, f"acme/{number}").id for number in range(3)]
        checks.enrol(transaction, ids, hours(0))
        checks.unschedule_others(transaction, ids[1:])
        assert sorted(checks.schedule_entries(transaction)) == ids[1:]
        checks.move_on(transaction, ScheduleEntry(ids[0], hours(6), hours(0.5), 0))
        assert sorted(checks.schedule_entries(transaction)) == ids[1:]
        checks.unschedule_others(transaction, [])
        assert checks.schedule_entries(transaction) == {}
