from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import appearances, search, versions
from storage.database import Database, Transaction, driver_of
from storage.records import Clause, ClauseKind, Document
from storage.search import BadQuery, Hit, SearchFilter
from tests.storage.builders import (
    a_document,
    an_appearance,
    clauses_of,
    hours,
    new_version,
    plain_index,
    undone,
)

POOL = tuple(f"Clause number{number}." for number in range(6))


@dataclass(frozen=True, slots=True)
class Step:
    """A look at a document: after some time it shows these clauses, some of them soft, and then again."""

    document: int
    wait: timedelta
    shown: frozenset[int]
    soft: frozenset[int]
    again: timedelta | None

    @property
    def clauses(self) -> tuple[Clause, ...]:
        return tuple(Clause(POOL[number], soft=number in self.soft) for number in sorted(self.shown))

    @property
    def hard(self) -> set[str]:
        return {clause.text for clause in self.clauses if not clause.soft}


@dataclass(slots=True)
class Stood:
    """What the naive model remembers of an appearance."""

    number: int
    begin: datetime
    until: datetime
    hard: set[str]


@dataclass(slots=True)
class Model:
    """Every appearance with all its clauses, asked by looking through all of them."""

    appearances: list[Stood] = field(default_factory=list)
    texts: list[tuple[Clause, ...]] = field(default_factory=list)

    def show(self, step: Step, at: datetime) -> None:
        if step.clauses not in self.texts:
            self.texts.append(step.clauses)
        number = self.texts.index(step.clauses) + 1
        self.appearances.append(Stood(number, at, at + (step.again or timedelta(0)), step.hard))

    def having(self, clause: str) -> list[Stood]:
        return [stood for stood in self.appearances if clause in stood.hard]

    def at(self, when: datetime) -> Stood | None:
        begun = [stood for stood in self.appearances if stood.begin <= when]
        return begun[-1] if begun else None

    def born_since(self, when: datetime) -> Iterator[str]:
        return (clause for clause in self.clauses() if self.having(clause)[0].begin >= when)

    def row(self, clause: str) -> tuple[object, ...]:
        having = self.having(clause)
        first, last = having[0], having[-1]
        return (
            clause, first.begin, first.number, last.until, last.number, clause in self.appearances[-1].hard
        )  # fmt: skip

    def clauses(self) -> Iterator[str]:
        return (clause for clause in POOL if self.having(clause))


NUMBERS = st.frozensets(st.integers(0, len(POOL) - 1))
WAITS = st.sampled_from([timedelta(0), timedelta(hours=1), timedelta(days=1)])
STEPS = st.lists(
    st.builds(
        Step,
        document=st.integers(0, 1),
        wait=WAITS,
        shown=NUMBERS | st.sampled_from([frozenset({0, 1}), frozenset({1, 2}), frozenset({0, 2})]),
        soft=st.just(frozenset[int]()) | NUMBERS,
        again=st.none() | WAITS,
    ),
    max_size=12,
)


def play(transaction: Transaction, steps: list[Step]) -> tuple[list[Document], list[Model], list[datetime]]:
    both = [a_document(transaction, key) for key in ("acme/privacy", "beta/privacy")]
    models, now, times = [Model(), Model()], hours(0), [hours(-1)]
    for step in steps:
        now += step.wait
        begun = an_appearance(transaction, both[step.document], step.clauses, now)
        models[step.document].show(step, now)
        times += [now - timedelta(microseconds=1), now]
        if step.again is not None:
            now += step.again
            appearances.extend(transaction, begun.id, now)
    return both, models, times


def rows(hits: list[Hit], key: str) -> list[tuple[object, ...]]:
    return sorted(
        (hit.clause, hit.first_seen, hit.first_version, hit.last_seen, hit.last_version, hit.live)
        for hit in hits
        if hit.document.key == key
    )


@given(steps=STEPS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_search_agrees_with_looking_through_every_appearance(
    shared_database: Database, steps: list[Step]
) -> None:
    with undone(shared_database) as transaction:
        both, models, times = play(transaction, steps)
        everything = search.find(driver_of(transaction), "Clause", SearchFilter(limit=1000))
        for document, model in zip(both, models, strict=True):
            assert rows(everything, document.key) == sorted(map(model.row, model.clauses()))
        for when in times:
            as_of = search.find(driver_of(transaction), "Clause", SearchFilter(as_of=when, limit=1000))
            since = search.find(driver_of(transaction), "Clause", SearchFilter(added_since=when, limit=1000))
            for document, model in zip(both, models, strict=True):
                stood = model.at(when)
                found = appearances.standing_at(transaction, document.id, when)
                assert (found.number if found else None) == (stood.number if stood else None)
                assert rows(as_of, document.key) == sorted(map(model.row, stood.hard if stood else ()))
                assert rows(since, document.key) == sorted(map(model.row, model.born_since(when)))


@pytest.fixture
def archive(database: Database) -> Database:
    with database.write() as transaction:
        names = {
            "acme/privacy": "ACME",
            "acme_two/terms": "Acme Two",
            "acmextwo/terms": "Other",
            "ota/a": "100%",
        }
        for number, (key, service) in enumerate(names.items()):
            document = a_document(transaction, key, service=service, kind=key.split("/")[1])
            clauses = clauses_of("We sell nothing.", *["We share data with partners."] * (number + 1))
            an_appearance(transaction, document, clauses, hours(number))
    return database


def found_in(database: Database, match: str, wanted: SearchFilter) -> list[str]:
    with database.read() as transaction:
        return [hit.document.key for hit in search.find(driver_of(transaction), match, wanted)]


@pytest.mark.parametrize(
    ("service", "keys"),
    [
        ("ACME", ["acme/privacy"]),
        ("acme", ["acme/privacy"]),
        ("acme_two", ["acme_two/terms"]),
        ("Acme Two", ["acme_two/terms"]),
        ("acm", []),
        ("%", []),
        ("100%", ["ota/a"]),
    ],
)
def test_a_service_is_named_as_people_see_it_or_as_its_keys_begin(
    archive: Database, service: str, keys: list[str]
) -> None:
    assert found_in(archive, "nothing", SearchFilter(service=service)) == keys


def test_kinds_and_the_limit_narrow_the_hits(archive: Database) -> None:
    assert found_in(archive, "nothing", SearchFilter(kind="terms")) == ["acme_two/terms", "acmextwo/terms"]
    assert found_in(archive, "nothing", SearchFilter(limit=2)) == ["acme/privacy", "acme_two/terms"]
    assert found_in(archive, "nothing", SearchFilter(kind="faq")) == []


def test_the_limit_counts_hits_and_not_stretches(database: Database) -> None:
    with database.write() as transaction:
        flapping, steady = a_document(transaction, "acme/flapping"), a_document(transaction, "acme/steady")
        for number in range(6):
            shown = clauses_of("We sell nothing.") if number % 2 == 0 else clauses_of("Closed.")
            an_appearance(transaction, flapping, shown, hours(number))
        an_appearance(transaction, steady, clauses_of("We sell nothing."), hours(0))
    assert found_in(database, "nothing", SearchFilter(limit=2)) == ["acme/flapping", "acme/steady"]


def test_what_went_away_and_came_back_is_not_new(database: Database) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        for number, words in enumerate(["We sell nothing.", "Closed.", "We sell nothing."]):
            an_appearance(transaction, document, clauses_of(words), hours(number))
    assert found_in(database, "nothing", SearchFilter(added_since=hours(1))) == []
    assert found_in(database, "Closed", SearchFilter(added_since=hours(1))) == [document.key]
    with database.read() as transaction:
        (hit,) = search.find(driver_of(transaction), "nothing", SearchFilter(as_of=hours(0)))
    assert (hit.first_seen, hit.last_seen, hit.live) == (hours(0), hours(2), True)


def test_a_shorter_clause_with_the_words_comes_first(database: Database) -> None:
    long, short = "We may train models " + "on many other things " * 20, "We train models."
    with database.write() as transaction:
        an_appearance(transaction, a_document(transaction), clauses_of(long, short), hours(0))
    with database.read() as transaction:
        hits = search.find(driver_of(transaction), "train", SearchFilter())
    assert [hit.clause for hit in hits] == [short, long]


def test_soft_clauses_are_not_found(database: Database) -> None:
    clauses = (Clause("Privacy centre", soft=True), Clause("We sell nothing."))
    with database.write() as transaction:
        an_appearance(transaction, a_document(transaction), clauses, hours(0))
    assert found_in(database, "centre", SearchFilter()) == []


def test_a_hit_names_the_version_that_it_first_stood_in_and_the_headings_above_it_there(
    database: Database,
) -> None:
    page = (
        Clause("Privacy", ClauseKind.HEADING, 1), Clause("One."), Clause("Data", ClauseKind.HEADING, 2),
        Clause("Deeper", ClauseKind.HEADING, 4), Clause("Models", ClauseKind.HEADING, 3), Clause("Two."),
    )  # fmt: skip
    with database.write() as transaction:
        document = a_document(transaction)
        an_appearance(transaction, document, clauses_of("One."), hours(0))
        an_appearance(transaction, document, page, hours(1))
    with database.read() as transaction:
        (two,) = search.find(driver_of(transaction), "Two", SearchFilter())
        (heading,) = search.find(driver_of(transaction), "Models", SearchFilter())
        (one,) = search.find(driver_of(transaction), "One", SearchFilter())
    assert (two.first_version, two.heading) == (2, ("Privacy", "Data", "Models"))
    assert heading.heading == ("Privacy", "Data")
    assert (one.first_version, one.heading) == (1, ())


@pytest.mark.parametrize("match", ['"unended', "AND", "(", "nowhere : word", "a NOT", ""])
def test_what_the_index_cannot_read_is_a_bad_query(archive: Database, match: str) -> None:
    with archive.read() as transaction, pytest.raises(BadQuery):
        search.find(driver_of(transaction), match, SearchFilter())


def test_the_languages_of_the_archive_are_listed_once(database: Database) -> None:
    with database.write() as transaction:
        for key, language in {"a/x": "de", "b/x": "en", "c/x": "de", "d/x": None}.items():
            new = replace(new_version(clauses_of("One.")), language=language)
            versions.save(transaction, a_document(transaction, key).id, new, base_id=None, index=plain_index)
    with database.read() as transaction:
        assert search.languages(driver_of(transaction)) == ["de", "en"]
