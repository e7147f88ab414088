"""What is recorded of documents, in sums, agrees with what is listed one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from storage import appearances, checks, reports, summaries, versions
from storage.database import Database
from storage.records import Cause, CheckOutcome, RecordFilter, Severity
from tests.storage.builders import (
    a_change,
    a_document,
    a_finding,
    an_appearance,
    clauses_of,
    hours,
    new_version,
    plain_index,
)


def test_a_page_that_goes_back_has_fewer_versions_than_appearances(database: Database) -> None:
    with database.write() as transaction:
        document, empty = a_document(transaction), a_document(transaction, "acme/terms")
        for at, text in enumerate(("One.", "Two.", "One.")):
            an_appearance(transaction, document, clauses_of(text), hours(at))
        found = summaries.recorded(transaction, [document.id, empty.id])
    assert found == {document.id: summaries.Recorded(2, 3, hours(0), hours(2))}


def test_the_first_appearance_is_the_one_recorded_first_whatever_the_clock_said(database: Database) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        an_appearance(transaction, document, clauses_of("One."), hours(5))
        an_appearance(transaction, document, clauses_of("Two."), hours(1))
        (found,) = summaries.recorded(transaction, [document.id]).values()
    assert (found.first_at, found.last_at) == (hours(5), hours(1))


def test_looks_are_counted_and_the_last_of_them_is_told(database: Database) -> None:
    with database.write() as transaction:
        document, other = a_document(transaction), a_document(transaction, "acme/terms")
        for at, outcome in enumerate((CheckOutcome.FIRST, CheckOutcome.UNCHANGED, CheckOutcome.FAILED)):
            checks.record(transaction, document.id, outcome, hours(at), reason="", error_class=None)
        found = summaries.looked(transaction, [document.id, other.id])
        assert list(found) == [document.id]
        looked = found[document.id]
        assert looked.last == checks.latest(transaction, document.id)
    assert (looked.looks, looked.last_at, looked.last_good_at) == (3, hours(2), hours(1))


def test_a_day_is_told_once_for_a_document_by_the_version_that_named_it_first(database: Database) -> None:
    days = [date(2024, 4, 1), date(2024, 4, 1), None, date(2024, 6, 1)]
    with database.write() as transaction:
        for key in ("acme/terms", "beta/terms"):
            document = a_document(transaction, key, kind="terms")
            for number, day in enumerate(days):
                new = replace(new_version(clauses_of(f"{key} {number}")), effective_date=day)
                version = versions.save(transaction, document.id, new, base_id=None, index=plain_index)
                appearances.begin(transaction, version, captured_at=hours(number), cause=Cause.FIRST)
        every = reports.effective_dates(transaction, RecordFilter())
        acme = reports.effective_dates(transaction, RecordFilter(service="acme"), until=days[0])
        paged, last = [], None
        while page := reports.effective_dates(transaction, RecordFilter(), before=last, limit=1):
            paged += page
            last = page[0].day, page[0].document.key
    told = [(each.day, each.document.key, each.version) for each in every]
    assert told == [
        (days[3], "beta/terms", 4),
        (days[3], "acme/terms", 4),
        (days[0], "beta/terms", 1),
        (days[0], "acme/terms", 1),
    ]
    assert [(each.day, each.version) for each in acme] == [(days[0], 1)]
    assert paged == every


def test_topics_of_a_service_are_counted_the_most_frequent_first(database: Database) -> None:
    with database.write() as transaction:
        document, other = a_document(transaction), a_document(transaction, "beta/terms")
        for at, topics in enumerate((["retention"], ["retention", "ai-training"])):
            appearance = an_appearance(transaction, document, clauses_of(str(at)), hours(at))
            a_change(transaction, appearance, findings=[a_finding(each, Severity.LOW) for each in topics])
        a_change(
            transaction, an_appearance(transaction, other, clauses_of("x"), hours(9)), findings=[a_finding()]
        )
        found = reports.topics(transaction, "acme")
    assert found == [
        reports.TopicCount("retention", 2, hours(1)),
        reports.TopicCount("ai-training", 1, hours(1)),
    ]
