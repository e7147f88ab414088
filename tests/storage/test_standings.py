"""How documents stand, in one query for all."""

from __future__ import annotations

from datetime import datetime

from storage import checks, standings
from storage.database import Database, Transaction
from storage.records import AlertKind, CheckOutcome, Document, ScheduleEntry
from storage.standings import Standing
from tests.storage.builders import START, a_document, an_alert, hours


def look(
    transaction: Transaction, document: Document, outcome: CheckOutcome, at: datetime, kind: str | None = None
) -> None:
    checks.record(transaction, document.id, outcome, at, reason=f"{outcome} at {at}", error_class=kind)


def standing(database: Database) -> dict[str, Standing]:
    with database.read() as transaction:
        return {each.key: each for each in standings.every(transaction)}


def test_document_never_looked_at_stands_there_without_a_look(database: Database) -> None:
    with database.write() as transaction:
        a_document(transaction)
    found = standing(database)["acme/privacy-policy"]
    assert (found.outcome, found.since, found.last_good_at, found.next_due_at) == (None, None, None, None)


def test_trouble_began_with_the_first_look_after_the_last_good_one(database: Database) -> None:
    with database.write() as transaction:
        document, other = a_document(transaction), a_document(transaction, "acme/terms", kind="terms")
        checks.enrol(transaction, [document.id], hours(0))
        checks.move_on(transaction, ScheduleEntry(document.id, hours(9), hours(5), 2))
        look(transaction, document, CheckOutcome.FAILED, hours(0), "dns")
        look(transaction, document, CheckOutcome.FIRST, hours(1))
        look(transaction, document, CheckOutcome.UNCHANGED, hours(2))
        look(transaction, document, CheckOutcome.FAILED, hours(3), "timeout")
        look(transaction, document, CheckOutcome.HELD, hours(4))
        look(transaction, document, CheckOutcome.FAILED, hours(5), "http_503")
        look(transaction, other, CheckOutcome.FAILED, hours(1), "dns")
        an_alert(transaction, document, kind=AlertKind.OUTAGE, at=hours(5))
    found = standing(database)
    troubled = found["acme/privacy-policy"]
    assert (troubled.last_good_at, troubled.since, troubled.next_due_at) == (hours(2), hours(3), hours(9))
    assert (troubled.outcome, troubled.error_class) == (CheckOutcome.FAILED, "http_503")
    assert troubled.told is AlertKind.OUTAGE
    assert (found["acme/terms"].since, found["acme/terms"].last_good_at) == (hours(1), None)


def test_document_that_is_seen_again_has_no_trouble(database: Database) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        look(transaction, document, CheckOutcome.FAILED, START, "dns")
        look(transaction, document, CheckOutcome.CHANGED, hours(1))
        an_alert(transaction, document, kind=AlertKind.OUTAGE)
        an_alert(transaction, document, kind=AlertKind.RECOVERY)
    found = standing(database)["acme/privacy-policy"]
    assert (found.outcome, found.since, found.told) == (CheckOutcome.CHANGED, None, None)
