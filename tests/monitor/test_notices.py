"""What a message about an alert is made from, read back from the database."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from monitor import notices
from monitor.messages.model import ChangeNotice, LinkedPage
from storage import alerts
from storage.database import Database
from storage.records import LIVE, AlertKind, NewAlert, Severity
from tests.storage.builders import START, a_change, a_document, an_appearance, clauses_of, hours


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
