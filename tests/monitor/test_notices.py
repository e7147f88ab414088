"""What a message about an alert is made from, read back from the database."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from monitor import notices
from monitor.messages.model import ChangeNotice, LinkedPage
from storage import alerts, deliveries
from storage.database import Database, Transaction
from storage.records import LIVE, AlertKind, Document, Earlier, NewAlert, Severity
from tests.storage.builders import (
    START,
    a_change,
    a_delivery,
    a_document,
    a_finding,
    an_alert,
    an_appearance,
    clauses_of,
    hours,
)


def test_notice_of_a_change_names_the_pages_that_its_alert_found_newly_linked(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "policywatch.db")
    with database.write() as transaction:
        document = a_document(transaction)
        first = an_appearance(transaction, document, clauses_of("One."), START)
        second = an_appearance(transaction, document, clauses_of("Two."), hours(1))
        third = an_appearance(transaction, document, clauses_of("Three."), hours(2))
        new = NewAlert(
            kind=AlertKind.CHANGE,
            origin=LIVE,
            document_id=document.id,
            change_id=a_change(transaction, second, first),
            severity=Severity.HIGH,
            title="A wording is new",
            created_at=START,
            captured_at=START,
        )
        plain = alerts.save(transaction, new)
        details = {"new_links": [{"text": "the FAQ", "url": "https://acme.example/faq"}]}
        change = a_change(transaction, third, second)
        linking = alerts.save(transaction, replace(new, change_id=change, details=details))
    notice, other = notices.load(database, linking), notices.load(database, plain)
    database.close()
    assert isinstance(notice, ChangeNotice)
    assert notice.new_links == (LinkedPage("the FAQ", "https://acme.example/faq"),)
    assert isinstance(other, ChangeNotice)
    assert other.new_links == ()


def a_told_change(transaction: Transaction) -> tuple[Document, int]:
    """The alert on a second version of a document, in which a rule fired on the sentence in the middle."""
    document = a_document(transaction)
    stood = clauses_of("Before it.", "After it.")
    first = an_appearance(transaction, document, stood, START)
    texts = clauses_of("Before it.", a_finding().quote or "", "After it.")
    second = an_appearance(transaction, document, texts, hours(1))
    change = a_change(transaction, second, first, [a_finding()])
    return document, an_alert(transaction, document, change, at=hours(1))


def test_notice_of_a_change_has_what_stands_beside_it_and_what_both_texts_rest_on(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "policywatch.db")
    with database.write() as transaction:
        _, alert = a_told_change(transaction)
        other = a_document(transaction, "bolt/terms", service="Bolt", kind="terms")
        appeared = an_appearance(transaction, other, clauses_of("Theirs."), hours(2))
        an_alert(transaction, other, a_change(transaction, appeared), at=hours(2))
    notice = notices.load(database, alert)
    database.close()
    assert isinstance(notice, ChangeNotice)
    (around,) = notice.around
    assert (around.clause, around.preceding, around.following) == (a_finding().quote, "Before it.", "After it.")
    old, new = notice.evidence
    assert old is not None
    assert new is not None
    assert old.text_sha256 != new.text_sha256
    assert notice.company.same_day == ("Bolt",)
    assert notice.company.this_week == ()


def test_messages_of_a_document_know_the_first_one_and_a_recovery_the_outage_it_ends(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "policywatch.db")
    with database.write() as transaction:
        document, alert = a_told_change(transaction)
        first = a_delivery(transaction, alert)
        outage = a_delivery(transaction, an_alert(transaction, document, kind=AlertKind.OUTAGE))
        recovery = a_delivery(transaction, an_alert(transaction, document, kind=AlertKind.RECOVERY))
        elsewhere = a_delivery(transaction, alert, recipient="other@reader.example")
        deliveries.mark_sent(transaction, first, hours(2), "C1/1")
        deliveries.mark_sent(transaction, outage, hours(3), "C1/2")
        told = {each: deliveries.get(transaction, each) for each in (first, outage, recovery, elsewhere)}
    found = {each: notices.earlier(database, delivery) for each, delivery in told.items()}
    database.close()
    assert found[first] == found[elsewhere] == Earlier()
    assert found[outage] == Earlier("C1/1", "")
    assert found[recovery] == Earlier("C1/1", "C1/2")


def test_message_that_bore_several_alerts_begins_no_thread(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "policywatch.db")
    with database.write() as transaction:
        document, alert = a_told_change(transaction)
        carrier = a_delivery(transaction, alert)
        carried = a_delivery(transaction, an_alert(transaction, document, kind=AlertKind.OUTAGE))
        deliveries.claim(transaction, carrier, [carried])
        deliveries.mark_sent(transaction, carrier, hours(2), "C1/1")
        later = a_delivery(transaction, an_alert(transaction, document, kind=AlertKind.RECOVERY))
        told = deliveries.get(transaction, later)
    found = notices.earlier(database, told)
    database.close()
    assert found == Earlier()
