"""Which documents are not seen, and of which of them people were told."""

from __future__ import annotations

from storage import blindness, checks
from storage.database import Database, Transaction
from storage.records import AlertKind, CheckOutcome, Document, ScheduleEntry
from tests.storage.builders import a_document, an_alert, hours


def looked(
    transaction: Transaction, document: Document, *looks: tuple[CheckOutcome, str | None], begin: int = 0
) -> None:
    for number, (outcome, error_class) in enumerate(looks, begin):
        checks.record(
            transaction, document.id, outcome, hours(number), reason=f"look {number}", error_class=error_class
        )
    if checks.schedule_entry(transaction, document.id) is None:
        checks.enrol(transaction, [document.id], hours(0))
    checks.move_on(transaction, ScheduleEntry(document.id, hours(99), hours(begin + len(looks)), 0))


GOOD = (CheckOutcome.UNCHANGED, None)
HELD = (CheckOutcome.HELD, None)


def failed(error_class: str) -> tuple[CheckOutcome, str]:
    return CheckOutcome.FAILED, error_class


def test_blindness_counts_from_the_first_look_in_vain_after_the_last_good_one(database: Database) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        looked(transaction, document, failed("dns"), GOOD, GOOD, failed("dns"), failed("dns"), HELD)
        (found,) = blindness.untold(transaction)
    assert (found.last_good_at, found.since, found.until) == (hours(2), hours(3), hours(5))
    assert (found.looks, found.error_class, found.reason) == (3, None, "look 5")


def test_a_document_never_seen_is_blind_from_its_first_look_on(database: Database) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        looked(transaction, document, failed("dns"), failed("timeout"))
        found = blindness.of_document(transaction, document.id)
    assert found is not None
    assert (found.last_good_at, found.since, found.looks) == (None, hours(0), 2)


def test_documents_that_are_seen_never_looked_at_or_not_scheduled_are_not_blind(database: Database) -> None:
    with database.write() as transaction:
        seen, fresh, dropped = (a_document(transaction, f"{name}/terms") for name in ("a", "b", "c"))
        looked(transaction, seen, failed("dns"), GOOD)
        looked(transaction, fresh)
        looked(transaction, dropped, failed("dns"))
        checks.unschedule_others(transaction, [seen.id, fresh.id])
        assert blindness.untold(transaction) == []
        assert blindness.of_document(transaction, seen.id) is None
        assert blindness.of_document(transaction, fresh.id) is None


def test_trouble_is_open_until_a_recovery_follows_it(database: Database) -> None:
    kinds = (AlertKind.OUTAGE, AlertKind.WITHDRAWN, AlertKind.RECOVERY, AlertKind.CHANGE, AlertKind.OUTAGE)
    found = []
    with database.write() as transaction:
        document, other = a_document(transaction), a_document(transaction, "other/terms")
        looked(transaction, document, failed("dns"))
        looked(transaction, other, failed("dns"))
        for number, kind in enumerate(kinds):
            an_alert(transaction, document, kind=kind, at=hours(number))
            trouble = blindness.trouble_of(transaction, document.id)
            open_kind = trouble.kind if trouble else None
            assert blindness.troubles(transaction).get(document.id) is open_kind
            untold = {each.document_id for each in blindness.untold(transaction)}
            assert untold == ({other.id} if open_kind else {document.id, other.id})
            found.append(open_kind)
    assert found == [AlertKind.OUTAGE, AlertKind.WITHDRAWN, None, None, AlertKind.OUTAGE]


def test_looks_in_a_row_end_at_any_other_look(database: Database) -> None:
    classes = ("http_404", "http_410")
    with database.write() as transaction:
        document = a_document(transaction)
        assert checks.looks_in_a_row(transaction, document.id, classes) == 0
        counts = []
        for number, look in enumerate(
            [failed("http_404"), failed("http_410"), failed("http_410"), HELD, failed("http_404"), GOOD]
        ):
            looked(transaction, document, look, begin=number)
            counts.append(checks.looks_in_a_row(transaction, document.id, classes))
    assert counts == [1, 2, 3, 0, 1, 0]
