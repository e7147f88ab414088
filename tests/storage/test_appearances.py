from __future__ import annotations

from storage import appearances, search
from storage.database import Database, driver_of
from storage.records import Cause
from storage.search import SearchFilter
from tests.storage.builders import a_document, a_version, an_appearance, clauses_of, hours


def test_looks_that_show_the_same_extend_one_appearance(database: Database) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        begun = an_appearance(transaction, document, clauses_of("One."), hours(0))
        appearances.extend(transaction, begun.id, hours(1))
        appearances.extend(transaction, begun.id, hours(2))
    with database.read() as transaction:
        found = appearances.get(transaction, begun.id)
        assert (found.captured_at, found.observed_until, found.looks) == (hours(0), hours(2), 3)
        assert appearances.latest(transaction, document.id) == found


def test_a_return_adds_an_appearance_of_the_old_version(database: Database) -> None:
    old, new = clauses_of("One."), clauses_of("Two.")
    with database.write() as transaction:
        document = a_document(transaction)
        first = an_appearance(transaction, document, old, hours(0))
        second = an_appearance(transaction, document, new, hours(1))
        third = an_appearance(transaction, document, old, hours(2))
    with database.read() as transaction:
        assert [found.number for found in appearances.every(transaction, document.id)] == [1, 2, 1]
        assert appearances.first_of_number(transaction, document.id, 1) == first
        assert appearances.first_of_number(transaction, document.id, 3) is None
        assert appearances.before(transaction, third) == second
        assert appearances.before(transaction, first) is None
        assert appearances.standing_at(transaction, document.id, hours(1.5)) == second
        assert appearances.standing_at(transaction, document.id, hours(2)) == third
        assert appearances.standing_at(transaction, document.id, hours(-1)) is None


def test_what_an_appearance_was_begun_with_is_kept(database: Database) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        begun = appearances.begin(
            transaction,
            a_version(transaction, document, clauses_of("One.")),
            captured_at=hours(0),
            cause=Cause.REEXTRACTED,
            source="Acme/Privacy Policy.md",
            suspect=True,
        )
    assert (begun.cause, begun.source, begun.suspect) == (Cause.REEXTRACTED, "Acme/Privacy Policy.md", True)
    assert (begun.number, begun.looks) == (1, 1)


def test_documents_do_not_see_each_others_appearances(database: Database) -> None:
    with database.write() as transaction:
        acme, other = a_document(transaction), a_document(transaction, "other/terms")
        ours = an_appearance(transaction, acme, clauses_of("One."), hours(0))
        an_appearance(transaction, other, clauses_of("Two."), hours(1))
    with database.read() as transaction:
        assert appearances.latest(transaction, acme.id) == ours
        assert appearances.every(transaction, acme.id) == [ours]


def test_a_clock_set_back_does_not_change_what_we_saw_last(database: Database) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        before = an_appearance(transaction, document, clauses_of("One."), hours(2))
        after = an_appearance(transaction, document, clauses_of("Two."), hours(0))
        appearances.extend(transaction, before.id, hours(-1))
    with database.read() as transaction:
        assert appearances.latest(transaction, document.id) == after
        assert appearances.before(transaction, after) == appearances.get(transaction, before.id)
        assert appearances.get(transaction, before.id).observed_until == hours(2)
        hits = search.find(driver_of(transaction), "One OR Two", SearchFilter())
    assert {hit.clause: hit.live for hit in hits} == {"One.": False, "Two.": True}
