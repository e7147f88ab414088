"""What the history browser lists: documents at a glance, alerts to be worked, the course of one document."""

from __future__ import annotations

from datetime import timedelta

from storage import checks, course, glances, inbox
from storage.database import Database, Transaction
from storage.records import AlertKind, AlertStatus, Cause, CheckOutcome, Document, Severity
from storage.sqlite import Reader, moment, stored
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

WEEK = 24 * 7.0


def texts(transaction: Transaction, document: Document, *at: float) -> list[int]:
    """A document that shows another text at each of these hours; the ids of its changes."""
    found, before = [], None
    for number, hour in enumerate(at):
        now = an_appearance(transaction, document, clauses_of(f"Text {number}."), hours(hour))
        findings = [a_finding(severity=Severity.LOW), a_finding()] if number == 1 else []
        found.append(a_change(transaction, now, before, findings, ("quiet",)))
        before = now
    return found


def test_a_time_is_stored_and_read_back() -> None:
    assert moment(stored(START + timedelta(microseconds=7))) == START + timedelta(microseconds=7)


def test_glance_tells_last_change_versions_and_what_is_unread(database: Database) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        changes = texts(transaction, document, 0, 5)
        an_alert(transaction, document, changes[1])
        an_alert(transaction, document, status=AlertStatus.ACKNOWLEDGED)
        a_document(transaction, "beta/terms", kind="terms")
    with Reader.open(database.path).read() as reading:
        first, second = glances.every(reading)
    assert (first.key, first.versions, first.last_change_at, first.unread) == (document.key, 2, hours(5), 1)
    assert (second.key, second.versions, second.last_change_at, second.unread) == ("beta/terms", 0, None, 0)


def test_weeks_tell_how_often_a_document_changed_and_the_gravest_finding(database: Database) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        texts(transaction, document, 0, 1, 2, WEEK + 1)
    with Reader.open(database.path).read() as reading:
        found = glances.weeks(reading, [document.id], START)
        assert glances.weeks(reading, [], START) == {}
    assert [(week.number, week.changes, week.severity) for week in found[document.id]] == [
        (0, 2, Severity.HIGH),
        (1, 1, None),
    ]


def test_inbox_narrows_pages_and_brings_findings_strongest_first(database: Database) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        changes = texts(transaction, document, 0, 5, 6)
        ids = [an_alert(transaction, document, change, at=hours(at)) for at, change in enumerate(changes)]
        other = an_alert(transaction, None, severity=Severity.LOW, kind=AlertKind.CHANNEL, at=hours(9))
    with Reader.open(database.path).read() as reading:

        def listed(wanted: inbox.Wanted) -> list[int]:
            return [entry.id for entry in inbox.page(reading, wanted, 10)]

        assert listed(inbox.Wanted()) == [other, *reversed(ids)]
        assert listed(inbox.Wanted(severity=Severity.HIGH)) == [*reversed(ids)]
        assert listed(inbox.Wanted(before=ids[2])) == [ids[1], ids[0]]
        assert listed(inbox.Wanted(topic="ai-training")) == [ids[1]]
        assert listed(inbox.Wanted(service="ACME")) == [*reversed(ids)]
        assert listed(inbox.Wanted(statuses=[AlertStatus.RESOLVED])) == []
        assert inbox.counts(reading)[AlertStatus.NEW] == 4
        (entry,) = inbox.page(reading, inbox.Wanted(before=ids[2]), 1)
    assert (entry.previous, entry.number, entry.flags) == (1, 2, ("quiet",))
    assert [finding.severity for finding in entry.findings] == [Severity.HIGH, Severity.LOW]


def test_course_is_told_newest_first_and_in_pages(database: Database) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        texts(transaction, document, 0, 5, 6)
    with Reader.open(database.path).read() as reading:
        stages = course.stages(reading, document.id, 2)
        rest = course.stages(reading, document.id, 2, stages[-1].appearance_id)
        extent = course.extent(reading, document.id)
        assert [at for at, _ in course.moments(reading, document.id)] == [hours(0), hours(5), hours(6)]
    assert [(stage.number, stage.previous) for stage in (*stages, *rest)] == [(3, 2), (2, 1), (1, None)]
    assert (rest[0].cause, len(stages[1].findings)) == (Cause.FIRST, 2)
    assert (extent.versions, extent.since, extent.until) == (3, hours(0), hours(6))


def test_looks_that_saw_nothing_make_one_gap_until_one_sees_it(database: Database) -> None:
    looks = (
        (CheckOutcome.FIRST, 0), (CheckOutcome.FAILED, 1), (CheckOutcome.FAILED, 2), (CheckOutcome.HELD, 3),
        (CheckOutcome.UNCHANGED, 4), (CheckOutcome.FAILED, 5),
    )  # fmt: skip
    with database.write() as transaction:
        document = a_document(transaction)
        for outcome, at in looks:
            checks.record(transaction, document.id, outcome, hours(at), reason=f"{outcome.value} at {at}")
    with Reader.open(database.path).read() as reading:
        gaps, sight = course.gaps(reading, document.id), course.sight(reading, document.id)
    assert [(gap.since, gap.until, gap.looks, gap.over) for gap in gaps] == [
        (hours(1), hours(3), 3, True),
        (hours(5), hours(5), 1, False),
    ]
    assert (sight.outcome, sight.reason, sight.told) == (CheckOutcome.FAILED, "failed at 5", None)


def test_what_people_were_told_last_says_whether_it_is_seen(database: Database) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        an_alert(transaction, document, kind=AlertKind.OUTAGE)
    with Reader.open(database.path).read() as reading:
        assert course.sight(reading, document.id).told is AlertKind.OUTAGE
    with database.write() as transaction:
        an_alert(transaction, document, kind=AlertKind.RECOVERY)
    with Reader.open(database.path).read() as reading:
        assert course.sight(reading, document.id).told is None
