from __future__ import annotations

from typing import Any

import pytest

from storage import alerts, appearances, changes
from storage.database import Database
from storage.records import LIVE, AlertKind, AlertStatus, Cause, NewAlert, RecordFilter, Severity
from tests.storage.builders import (
    START,
    a_change,
    a_document,
    a_finding,
    a_version,
    an_alert,
    an_appearance,
    clauses_of,
    hours,
)

DOCUMENTS = {
    "acme/privacy": ("Acme", "privacy-policy", a_finding("ai-training", Severity.HIGH)),
    "acme/terms": ("Acme", "terms", a_finding("arbitration", Severity.LOW)),
    "beta_x/privacy": ("Beta", "privacy-policy", a_finding("ai-training", Severity.MEDIUM)),
    "betayx/privacy": ("Other", "privacy-policy", a_finding("retention", Severity.INFO)),
}


@pytest.fixture(scope="module")
def archive(shared_database: Database) -> Database:
    """Four documents, each with a first version at hour 0 and a change with an alert at hours 1, 2, 3, 4."""
    with shared_database.write() as transaction:
        for number, (key, (service, kind, finding)) in enumerate(DOCUMENTS.items(), start=1):
            document = a_document(transaction, key, service=service, kind=kind)
            first = an_appearance(transaction, document, clauses_of("One."), hours(0))
            a_change(transaction, first)
            second = an_appearance(transaction, document, clauses_of("Two."), hours(number))
            change_id = a_change(transaction, second, first, findings=[finding])
            an_alert(transaction, document, change_id, finding.severity, hours(number))
        an_alert(transaction, severity=Severity.INFO, at=hours(5), kind=AlertKind.DELIVERY)
    return shared_database


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["betayx/privacy", "beta_x/privacy", "acme/terms", "acme/privacy"]),
    ({"service": "Acme"}, ["acme/terms", "acme/privacy"]),
    ({"service": "acme"}, ["acme/terms", "acme/privacy"]),
    ({"service": "beta_x"}, ["beta_x/privacy"]),
    ({"service": "%"}, []),
    ({"kind": "terms"}, ["acme/terms"]),
    ({"document": "acme/terms"}, ["acme/terms"]),
    ({"document": "acme"}, []),
    ({"topic": "ai-training"}, ["beta_x/privacy", "acme/privacy"]),
    ({"severity": Severity.HIGH}, ["acme/privacy"]),
    ({"severity": Severity.MEDIUM}, ["beta_x/privacy", "acme/privacy"]),
    ({"severity": Severity.INFO}, ["betayx/privacy", "beta_x/privacy", "acme/terms", "acme/privacy"]),
    ({"since": hours(3)}, ["betayx/privacy", "beta_x/privacy"]),
    ({"until": hours(2)}, ["acme/terms", "acme/privacy"]),
    ({"since": hours(2), "until": hours(3), "topic": "ai-training"}, ["beta_x/privacy"]),
]


@pytest.mark.parametrize(("wanted", "keys"), FILTERS)
def test_changes_are_filtered_and_newest_first(
    archive: Database, wanted: dict[str, Any], keys: list[str]
) -> None:
    with archive.read() as transaction:
        assert [found.document for found in changes.listed(transaction, RecordFilter(**wanted))] == keys
        limited = changes.listed(transaction, RecordFilter(**wanted), limit=1)
        assert [found.document for found in limited] == keys[:1]


@pytest.mark.parametrize(("wanted", "keys"), FILTERS)
def test_alerts_are_filtered_and_newest_first(
    archive: Database, wanted: dict[str, Any], keys: list[str]
) -> None:
    with archive.read() as transaction:
        found = alerts.listed(transaction, RecordFilter(**wanted))
        assert [alert.document for alert in found if alert.document] == keys
        assert alerts.listed(transaction, RecordFilter(**wanted), limit=1) == found[:1]


def test_pages_of_a_list_follow_each_other_without_gap(archive: Database) -> None:
    wanted = RecordFilter()
    with archive.read() as transaction:
        for listed in (changes.listed, alerts.listed):
            whole = [each.id for each in listed(transaction, wanted)]
            paged: list[int] = []
            while page := listed(transaction, wanted, 1, older_than=paged[-1] if paged else None):
                paged += [each.id for each in page]
            assert paged == whole


def test_changes_of_our_reading_can_be_left_out(database: Database) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        first = an_appearance(transaction, document, clauses_of("One."), hours(0))
        version = a_version(transaction, document, clauses_of("Two."))
        again = appearances.begin(transaction, version, captured_at=hours(1), cause=Cause.REEXTRACTED)
        a_change(transaction, again, first)
        assert len(changes.listed(transaction, RecordFilter())) == 1
        assert changes.listed(transaction, RecordFilter(of_the_page=True)) == []


def test_a_topic_and_a_severity_must_meet_in_one_finding(database: Database) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        first = an_appearance(transaction, document, clauses_of("One."), hours(0))
        second = an_appearance(transaction, document, clauses_of("Two."), hours(1))
        found = [a_finding("ai-training", Severity.LOW), a_finding("retention", Severity.HIGH)]
        a_change(transaction, second, first, findings=found)
    wanted = RecordFilter(topic="ai-training", severity=Severity.HIGH)
    with database.read() as transaction:
        assert changes.listed(transaction, wanted) == []
        assert len(changes.listed(transaction, RecordFilter(topic="retention", severity=Severity.HIGH))) == 1


def test_first_versions_are_listed_only_where_the_page_itself_is_new(database: Database) -> None:
    with database.write() as transaction:
        baseline, born = a_document(transaction, "acme/old"), a_document(transaction, "acme/born")
        a_change(transaction, an_appearance(transaction, baseline, clauses_of("One."), hours(0)))
        begun = an_appearance(transaction, born, clauses_of("One."), hours(1))
        a_change(transaction, begun, flags=["new-document"])
    with database.read() as transaction:
        listed = changes.listed(transaction, RecordFilter())
        assert [found.document for found in listed] == ["acme/born"]


def test_a_change_comes_back_whole(database: Database) -> None:
    findings = (a_finding(), a_finding("retention", Severity.LOW))
    with database.write() as transaction:
        document = a_document(transaction)
        first = an_appearance(transaction, document, clauses_of("One."), hours(0))
        second = an_appearance(transaction, document, clauses_of("Two."), hours(1))
        change_id = a_change(transaction, second, first, findings, flags=["returned", "suspect"])
    with database.read() as transaction:
        found = changes.get(transaction, change_id)
        assert changes.of_appearance(transaction, second.id) == found
        assert changes.of_appearance(transaction, first.id) is None
    assert found.findings == findings
    assert found.flags == ("returned", "suspect")
    assert (found.document, found.number, found.previous) == (document.key, 2, 1)
    assert (found.captured_at, found.previous_seen_at) == (hours(1), hours(0))
    assert (found.added, found.removed, found.edited, found.moved) == (1, 2, 3, 4)
    assert (found.words_added, found.words_removed, found.cause) == (5, 6, Cause.PAGE_CHANGED)


def test_an_alert_comes_back_whole(database: Database) -> None:
    new = NewAlert(
        kind=AlertKind.DELIVERY,
        origin=LIVE,
        document_id=None,
        change_id=None,
        severity=Severity.MEDIUM,
        title="Mail to “legal” cannot be delivered",
        created_at=hours(2),
        captured_at=hours(1),
        status=AlertStatus.RESOLVED,
        details={"channel": "mail", "attempts": 8, "odd": "\ud83d"},
    )
    with database.write() as transaction:
        alert_id = alerts.save(transaction, new)
        found = alerts.find(transaction, alert_id)
        assert alerts.find(transaction, alert_id + 1) is None
    assert found is not None
    assert (found.kind, found.severity, found.status) == (new.kind, new.severity, new.status)
    assert (found.title, found.details) == (new.title, new.details)
    assert (found.created_at, found.captured_at, found.document) == (hours(2), hours(1), None)


def test_baselines_wait_for_their_summary_once(database: Database) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        begun = an_appearance(transaction, document, clauses_of("One."), hours(0))
        change_id = a_change(transaction, begun, findings=[a_finding()])
        waiting = alerts.save(
            transaction,
            NewAlert(
                kind=AlertKind.BASELINE,
                origin=LIVE,
                document_id=document.id,
                change_id=change_id,
                severity=Severity.HIGH,
                title="First version",
                created_at=START,
                captured_at=START,
                details={"awaits_summary": True},
            ),
        )
        an_alert(transaction, kind=AlertKind.BASELINE)
        an_alert(transaction, kind=AlertKind.BASELINE, status=AlertStatus.RESOLVED)
    with database.write() as transaction:
        assert [alert.id for alert in alerts.awaiting_summary(transaction)] == [waiting]
        alerts.stop_awaiting(transaction, [waiting])
        assert alerts.awaiting_summary(transaction) == []
