"""Questions to the archive: which text stood when, what changed, where a wording stands or stood."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor import recording, views
from monitor.errors import InputMissing, UsageError
from monitor.extract.read import extract_markdown
from monitor.history import History
from monitor.refs import Reference, parse, parse_key, parse_time
from monitor.watch import Known, Look, judge
from storage import documents, versions
from storage.database import Database
from storage.records import LIVE, Cause
from storage.search import SearchFilter
from tests.monitor.stage import watch

KEY = "acme/privacy-policy"
DAY = timedelta(days=1)
START = datetime(2024, 9, 1, 9, 0, tzinfo=UTC)

OLD = "# Privacy\n\nWe keep your posts.\n\n## Models\n\nWe never sell data."
NEW = OLD + "\n\nWe may train artificial intelligence (AI) models on your posts."
LATER = NEW.replace("your posts.\n\n##", "your posts for a year.\n\n##")


def record(
    database: Database, key: str, texts: Sequence[str], *, origin: str = LIVE, since: datetime = START
) -> None:
    """One text a day, judged and written as the pipeline and the importers do."""
    with database.write() as transaction:
        service, kind = key.split("/")[:2]
        document = documents.ensure(
            transaction, key=key, origin=origin, service=service.title(), kind=kind, region=None,
            language=None, urls=(), now=since,
        )  # fmt: skip
        position = recording.position_of(transaction, document.id)
        for number, text in enumerate(texts):
            look = Look(since + number * DAY, extract_markdown(text), recorded=True)
            known = recording.load_known(transaction, document.id, position, look)
            judged = judge(recording.label(document), known, look, watch(baseline="off"))
            position = recording.write(transaction, document, position, judged, now=look.observed_at)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    """Days 1 to 5 of one document: old, new, old again, the same, later; and what others say."""
    database = Database.open(tmp_path_factory.mktemp("archive") / "archive.db")
    record(database, KEY, [OLD, NEW, OLD, OLD, LATER])
    record(database, "other/terms", ["# Terms\n\nOur models are trained by us. We don't opt-out anybody."])
    record(database, "other/faq", ["# Questions\n\nNous entraînons des modèles.\n\nA résumé, 50% off: C++."])
    record(
        database, f"{KEY}/archive", ["# Privacy\n\nFrom the archive."], origin="archive", since=START - 90 * DAY
    )
    database.close()
    with History.open(database.path) as history:
        yield history


@pytest.mark.parametrize(
    ("reference", "number", "captured_on"),
    [
        ("1", 1, 1),
        ("v2", 2, 2),
        ("latest", 3, 5),
        ("", 3, 5),
        ("2024-09-01", 1, 1),
        ("2024-09-02", 2, 2),
        ("2024-09-04", 1, 3),
        ("2030-01-01", 3, 5),
        ("2024-09-02T08:59Z", 1, 1),
        ("2024-09-02T09:00:00Z", 2, 2),
        ("2024-09-02T11:30+02:00", 2, 2),
        ("2024-09-02T10:30+02:00", 1, 1),
    ],
)
def test_a_reference_names_what_stood_then(
    history: History, reference: str, number: int, captured_on: int
) -> None:
    found = history.text(KEY, parse(reference))
    assert (found.version.number, found.appearance.captured_at.day) == (number, captured_on)


def test_a_date_means_the_end_of_that_day_in_the_zone_that_is_asked_for(history: History) -> None:
    assert parse("2024-09-18").at == datetime(2024, 9, 18, 23, 59, 59, 999999, UTC)
    honolulu, kiritimati = ZoneInfo("Pacific/Honolulu"), ZoneInfo("Pacific/Kiritimati")
    assert parse("2024-09-18", honolulu).at == datetime(2024, 9, 19, 9, 59, 59, 999999, UTC)
    assert history.text(KEY, parse("2024-09-01", honolulu)).version.number == 2
    assert history.text(KEY, parse("2024-09-02", kiritimati)).version.number == 2
    assert parse("2024-03-31", ZoneInfo("Europe/Berlin")).at == datetime(2024, 3, 31, 21, 59, 59, 999999, UTC)


@pytest.mark.parametrize(
    "text", ["yesterday", "0", "-1", "v", "2024-13-01", "2024-09-18T12:00", "3.5", "9" * 40, "٣", "2024-W38-1",
             "0001-01-01T00:00+14:00", "9999-12-31", "\x00", "v2024-09-18"],
)  # fmt: skip
def test_anything_else_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        parse(text)


@given(st.text() | st.datetimes().map(str))
def test_no_reference_ends_in_anything_but_a_time_or_a_usage_error(text: str) -> None:
    try:
        found = parse(text)
    except UsageError:
        return
    assert found.at is None or found.at.tzinfo is UTC


def test_a_key_may_carry_its_reference() -> None:
    assert parse_key(KEY) == (KEY, Reference())
    assert parse_key(f"{KEY}@3") == (KEY, Reference(number=3, text="3"))


def test_a_date_without_a_time_begins_that_day_where_a_span_begins() -> None:
    assert parse_time("2024-09-18") == datetime(2024, 9, 18, tzinfo=UTC)


@pytest.mark.parametrize("asked", ["nobody/terms", f"{KEY}@9", "other/terms@2020-01-01"])
def test_what_is_not_there_is_said_with_where_to_look(history: History, asked: str) -> None:
    key, reference = parse_key(asked)
    with pytest.raises(InputMissing, match=r"policywatch (documents|versions)"):
        history.text(key, reference)


def test_before_our_own_checks_the_archive_answers_for_the_plain_key(history: History) -> None:
    found = history.text(KEY, parse("2024-08-01"))
    assert (found.document.origin, found.clauses[-1].text) == ("archive", "From the archive.")
    with pytest.raises(InputMissing):
        history.text(KEY, parse("2024-01-01"))


def test_imported_text_has_no_raw_bytes(history: History) -> None:
    with pytest.raises(InputMissing, match="imported"):
        history.raw(f"{KEY}/archive", Reference())


@pytest.mark.parametrize(
    ("before", "after", "numbers"),
    [(None, None, (1, 3)), ("1", None, (1, 3)), (None, "2", (1, 2)), ("2", "1", (2, 1)), ("1", "1", (1, 1))],
)
def test_a_diff_goes_from_what_stood_before_to_the_latest_unless_told(
    history: History, before: str | None, after: str | None, numbers: tuple[int, int]
) -> None:
    found = history.diff(KEY, parse(before) if before else None, parse(after) if after else "latest")
    assert (found.before.version.number, found.after.version.number) == numbers
    assert found.change.before == found.before.clauses


def test_a_document_of_one_version_has_no_diff(history: History) -> None:
    with pytest.raises(InputMissing, match="only one version"):
        history.diff("other/terms")


def clauses(history: History, words: str, **wanted: object) -> list[str]:
    return [found.clause for found in history.search(words, SearchFilter(**wanted))]  # type: ignore[arg-type]


TRAIN_AI = "We may train artificial intelligence (AI) models on your posts."
TRAINED = "Our models are trained by us."


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("training model", {TRAIN_AI, TRAINED}),
        ("MODEL trains", {TRAIN_AI, TRAINED}),
        ('"train artificial intelligence"', {TRAIN_AI}),
        ('"Train Artificial INTELLIGENCE"', {TRAIN_AI}),
        ('"trains artificial intelligence"', set()),
        ('"artificial train"', set()),
        ('"intelligence (AI) models"', {TRAIN_AI}),
        ("train AND posts", {TRAIN_AI}),
        ("train NOT posts", {TRAINED}),
        ("artificial OR us", {TRAIN_AI, TRAINED}),
        ("(artificial OR us) models", {TRAIN_AI, TRAINED}),
        ("NEAR(train models, 3)", {TRAIN_AI, TRAINED}),
        ("NEAR(train posts, 2)", set()),
        ("artific*", {TRAIN_AI}),
        ("opt-out", {"We don't opt-out anybody."}),
        ("entraînons", {"Nous entraînons des modèles."}),
        ("C++", {"A résumé, 50% off: C++."}),
        ("nowhere", set()),
    ],
)
def test_search_reads_words_inflected_and_quotes_as_written(
    history: History, words: str, found: set[str]
) -> None:
    assert set(clauses(history, words)) == found


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ('"train', "a quote is opened and never closed"),
        ("(train OR models", "a bracket has no counterpart"),
        ("train AND", "stand between two words"),
        ("**", "holds no word to look for"),
    ],
)
def test_search_that_cannot_be_read_is_told_why(history: History, words: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        history.search(words)


def test_words_must_stand_in_one_clause(history: History) -> None:
    assert clauses(history, "sell posts") == []


def test_a_hit_spans_the_returns_of_its_clause_and_knows_its_heading(history: History) -> None:
    (found,) = history.search('"train artificial intelligence"')
    hit = found
    assert (hit.first_seen, hit.first_version) == (START + DAY, 2)
    assert (hit.last_seen, hit.last_version, hit.live) == (START + 4 * DAY, 3, True)
    assert found.heading == ("Privacy", "Models")
    (gone,) = [each for each in history.search('"keep your posts"') if each.clause == "We keep your posts."]
    assert (gone.first_seen, gone.last_seen, gone.live) == (START, START + 3 * DAY, False)


def test_search_can_be_narrowed_by_time_service_and_kind(history: History) -> None:
    words = '"train artificial intelligence"'
    assert clauses(history, words, as_of=START) == []
    assert clauses(history, words, as_of=START + DAY) == [TRAIN_AI]
    assert clauses(history, words, as_of=START + 3 * DAY) == []
    assert clauses(history, words, as_of=START + 4 * DAY) == [TRAIN_AI]
    assert clauses(history, "models", added_since=START + DAY) == [TRAIN_AI]
    assert clauses(history, "trained", service="other") == [TRAINED]
    assert clauses(history, "trained", kind="privacy-policy") == [TRAIN_AI]
    assert len(clauses(history, "models OR data OR posts", limit=2)) == 2


def test_search_reads_words_in_the_language_that_a_page_is_in(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "archive.db")
    with database.write() as transaction:
        document = documents.ensure(
            transaction, key="acme/datenschutz", origin=LIVE, service="Acme", kind="datenschutz", region=None,
            language=None, urls=(), now=START,
        )  # fmt: skip
        page = replace(extract_markdown("Wir verarbeiten die Beiträge der Nutzer."), language="de")
        judged = judge(
            recording.label(document), Known(None), Look(START, page, recorded=True), watch(baseline="off")
        )
        recording.write(transaction, document, None, judged, now=START)
    database.close()
    with History.open(database.path) as history:
        assert len(history.search("Beitrag verarbeiten")) == len(history.search("verarbeitete Nutzers")) == 1


QUERY_SIGNS = "abc \"*()^:+-{}\\'%_,;ANDORNOTNEAR \x00\ud800\u2028ß日ا"


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from(QUERY_SIGNS), max_size=40) | st.text(max_size=60))
@example("(" * 900)
@example("NOT " * 200 + "x")
@example("a AND (b OR")
@example('"')
@example("NEAR(a b, 999)")
@example("x" * 1001)
@example("words : a")
@example("a " * 499)
@example("(" * 300 + "a" + ")" * 300)
def test_whatever_is_searched_for_is_answered_or_said_to_be_unreadable(history: History, words: str) -> None:
    with suppress(UsageError):
        history.search(words)


def test_rows_bear_the_names_that_programs_rely_on(history: History) -> None:
    rows = [views.version_row(*each) for each in history.appearances(KEY)]
    assert [(row["number"], row["cause"], row["looks"]) for row in rows] == [
        (1, "first", 1), (2, "page_changed", 1), (1, "returned", 2), (3, "page_changed", 1),
    ]  # fmt: skip
    assert rows[0]["captured_at"] == "2024-09-01T09:00:00Z"
    assert (rows[0]["added"], rows[1]["added"], rows[3]["added"], rows[3]["edited"]) == (0, 1, 1, 1)
    states = {state.document.key: views.document_row(state) for state in history.documents()}
    assert (states[KEY]["versions"], states[KEY]["last_change"]) == (3, "2024-09-05T09:00:00Z")
    assert states["other/terms"]["last_change"] is None
    assert {row["state"] for row in states.values()} == {"archived"}
    assert views.states(list(states.values())) == {"archived": 4}
    assert {state.document.key for state in history.documents(service="other", kind="faq")} == {"other/faq"}


def test_the_change_that_began_an_appearance_can_be_asked_for(history: History) -> None:
    _, change = history.change_at(KEY, parse("2024-09-03"))
    assert (change.cause, change.number, change.previous) == (Cause.RETURNED, 1, 2)
    with pytest.raises(InputMissing):
        history.alert(99)


def test_stored_clauses_are_those_that_were_read(history: History) -> None:
    assert history.text(KEY, Reference()).clauses == extract_markdown(LATER).clauses
    assert (
        versions.clauses_sha256(extract_markdown(OLD).clauses)
        == history.text(KEY, parse("1")).version.clauses_sha256
    )
