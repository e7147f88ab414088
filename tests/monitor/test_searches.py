"""Who said it first, in which months it came and went, and what several origins say side by side."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.errors import InputMissing, UsageError
from monitor.history import History
from monitor.refs import Reference, parse
from monitor.searches import Month, Searches
from storage.database import Database
from storage.errors import DatabaseMissing, NotADatabase
from storage.records import LIVE
from storage.search import SearchFilter
from tests.monitor.test_history import record

KEY = "acme/privacy-policy"
ARCHIVE = f"{KEY}/library"
AI = "We may train artificial intelligence on your posts."
BASE = "# Privacy\n\nWe keep your posts."


def day(number: int) -> datetime:
    return datetime(2024, 8, 30, 9, 0, tzinfo=UTC) + timedelta(days=number)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Acme says it from 1 September to 3 September, and again; Beta from its first record in August on.

    An archive recorded Acme since 30 August and goes on beside our own checks, which began on 2 September.
    """
    database = Database.open(tmp_path_factory.mktemp("archive") / "archive.db")
    said = f"{BASE}\n\n{AI}"
    record(database, ARCHIVE, [BASE, BASE, said, said, said, BASE], origin="library", since=day(0))
    record(database, KEY, [said, BASE, said], since=day(3))
    record(database, "beta/terms", [f"# Terms\n\n{AI}", "# Terms\n\nNothing."], origin="library", since=day(1))
    database.close()
    return database.path


@pytest.fixture
def history(path: Path) -> Iterator[History]:
    with History.open(path) as history:
        yield history


def test_the_document_that_said_it_first_comes_first_with_the_clause_that_did(history: History) -> None:
    hits = history.first("train posts")
    assert [(hit.document.key, hit.first_seen) for hit in hits] == [
        ("beta/terms", day(1)), (ARCHIVE, day(2)), (KEY, day(3)),
    ]  # fmt: skip
    assert {hit.clause for hit in hits} == {AI}
    assert [hit.document.key for hit in history.first("train", SearchFilter(limit=1))] == ["beta/terms"]
    assert [hit.clause for hit in history.first("privacy OR train", SearchFilter(service="acme"))] == [
        "Privacy", "Privacy",
    ]  # fmt: skip


def test_births_and_deaths_are_counted_by_month_and_what_stood_at_first_apart(history: History) -> None:
    assert history.timeline('"train artificial"') == [
        Month("2024-08", "Beta", "library", born=0, died=0, recorded=1),
        Month("2024-09", "Acme", "library", born=1, died=0, recorded=0),
        Month("2024-09", "Acme", LIVE, born=0, died=0, recorded=1),
        Month("2024-09", "Beta", "library", born=0, died=1, recorded=0),
    ]


def test_a_chronicle_is_timeline_and_first_in_one_unless_too_many_clauses_say_it(history: History) -> None:
    wanted = SearchFilter(limit=2)
    told = history.chronicle("artificial", wanted, 10)
    assert told.months == history.timeline("artificial", wanted)
    assert told.first == history.first("artificial", wanted)
    assert '"artificial"' in told.match
    for most, is_told in ((1, True), (0, False)):
        assert (history.chronicle("artificial", wanted, most).months is not None) is is_told


def test_hits_are_paged_from_the_best_on(history: History) -> None:
    for ask in (history.search, history.first):
        whole = ask("artificial", SearchFilter())
        paged = [ask("artificial", SearchFilter(limit=1, offset=at)) for at in range(len(whole) + 1)]
        assert [hit for page in paged for hit in page] == whole
        assert len(whole) > 1


def test_an_archive_answers_for_a_day_only_before_our_own_checks(history: History) -> None:
    def keys(when: datetime) -> list[str]:
        found = history.search("train", SearchFilter(as_of=when, service="Acme"))
        return [hit.document.key for hit in found]

    assert keys(day(2)) == [ARCHIVE]
    assert keys(day(3)) == [KEY]
    assert keys(day(4)) == []
    assert len(history.search("train", SearchFilter(service="Acme"))) == 2


def test_a_span_lets_pass_what_stood_at_some_time_in_it(history: History) -> None:
    def services(since: datetime | None, until: datetime | None) -> set[str]:
        found = history.search("train", SearchFilter(since=since, until=until))
        return {hit.document.service for hit in found}

    assert services(None, day(1)) == {"Beta"}
    assert services(day(2), None) == {"Acme"}
    assert services(day(1), day(2)) == {"Acme", "Beta"}
    assert services(None, day(0)) == set()


def test_times_before_our_own_checks_are_told_with_the_archive_that_answers(history: History) -> None:
    assert history.text(KEY, parse("2024-09-01")).document.key == ARCHIVE
    assert history.text(KEY, parse("2024-09-02")).document.key == KEY


def test_two_origins_are_never_diffed_into_a_change_unless_both_are_named(history: History) -> None:
    with pytest.raises(UsageError, match=rf"{ARCHIVE}@2 was recorded by the archive library.*our own checks"):
        history.diff(KEY, parse("2024-09-01"), Reference())
    found = history.compare(ARCHIVE, parse("2"), KEY, parse("1"))
    assert found.change.before == found.change.after


def test_two_documents_are_compared_clause_by_clause(history: History) -> None:
    found = history.compare(KEY, Reference(), "beta/terms", parse("1"))
    assert (found.before.document.key, found.after.document.key) == (KEY, "beta/terms")
    kinds = [step.kind.value for step in found.change.steps]
    assert sorted(kinds) == ["added", "kept", "removed", "removed"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("acme/privacy-polcy", "do you mean acme/privacy-policy or"),
        ("Beta", "do you mean beta/terms"),
        ("zeta/faq", "`policywatch documents` lists them"),
    ],
)
def test_a_key_that_is_not_known_brings_those_that_may_be_meant(
    history: History, asked: str, told: str
) -> None:
    with pytest.raises(InputMissing, match=told):
        history.text(asked, Reference())


def test_what_is_stored_later_is_found_by_a_history_that_is_open(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "archive.db")
    record(database, KEY, [BASE])
    with Searches.open(database.path) as searches:
        assert searches.search("train") == []
        record(database, "beta/terms", [f"# Terms\n\n{AI}"])
        assert [hit.clause for hit in searches.search("train")] == [AI]
    database.close()


def test_questions_are_asked_of_databases_of_ours_alone(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing):
        Searches.open(tmp_path / "nothing.db")
    (tmp_path / "text.db").write_text("no database, but long enough to look at it twice")
    with pytest.raises(NotADatabase):
        Searches.open(tmp_path / "text.db")
    (tmp_path / "empty.db").touch()
    with pytest.raises(NotADatabase, match="upgrade"):
        Searches.open(tmp_path / "empty.db")
