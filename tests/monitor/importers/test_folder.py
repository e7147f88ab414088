"""A folder of dated files comes into the history as recorded versions: all of them, once, in their order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from monitor.errors import InputMissing, InputUnreadable
from monitor.history import History
from monitor.importers.folder import import_folder
from monitor.importers.recorded import Summary
from monitor.importers.stamps import stamp
from monitor.refs import parse
from storage.database import Database
from storage.records import LIVE, Appearance, Cause, RecordFilter
from tests.monitor.importers.warcs import html
from tests.monitor.stage import FIRST_TEXT, STANDING, TRAINING, watch

KEY = "acme/privacy-policy"


@pytest.fixture
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database.open(tmp_path_factory.mktemp("database") / "policywatch.db")
    yield database
    database.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three versions in three forms, one of them an older text again, and another document."""
    root = tmp_path / "Our Papers"
    put(root, "Acme/Privacy Policy/2024-01-02.html", html(FIRST_TEXT))
    put(
        root, "Acme/Privacy Policy/2024-02-02T10-00-00Z.md", f"# Privacy Policy\n\n{FIRST_TEXT}\n\n{TRAINING}\n"
    )
    put(root, "Acme/Privacy Policy/20240302.txt", f"Privacy Policy\n\n{FIRST_TEXT}\n")
    put(root, "acme/terms/eu/20240101120000.htm", html(STANDING))
    return root


def put(root: Path, name: str, content: str | bytes) -> None:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())


def run(database: Database, folder: Path, *, origin: str | None = None) -> Summary:
    return import_folder(
        database, folder, watch(baseline="off"), origin=origin, progress=lambda _done, _all: None
    )


def appearances(database: Database, key: str = KEY) -> list[Appearance]:
    with History.open(database.path) as history:
        return [appearance for _, appearance, _, _ in history.appearances(key)]


def test_dated_files_are_versions_with_their_times_bytes_and_alerts(database: Database, folder: Path) -> None:
    summary = run(database, folder)
    assert (summary.documents, summary.versions, summary.alerts) == (2, 3, 1)
    assert [(each.captured_at, each.cause) for each in appearances(database)] == [
        (datetime(2024, 1, 2, tzinfo=UTC), Cause.FIRST),
        (datetime(2024, 2, 2, 10, tzinfo=UTC), Cause.PAGE_CHANGED),
        (datetime(2024, 3, 2, tzinfo=UTC), Cause.RETURNED),
    ]
    with History.open(database.path) as history:
        assert history.raw(KEY, parse("2024-01-31")) == html(FIRST_TEXT)
        found = [state.document for state in history.documents()]
        assert {(document.key, document.service, document.origin) for document in found} == {
            (KEY, "Acme", "our-papers"), ("acme/terms/eu", "acme", "our-papers"),
        }  # fmt: skip
        assert all(not each.deliveries for each in history.alerts(RecordFilter()))


def test_a_second_import_adds_nothing_and_a_later_file_only_itself(database: Database, folder: Path) -> None:
    run(database, folder)
    assert run(database, folder) == Summary(documents=2, skipped=4)
    put(folder, "Acme/Privacy Policy/2024-04-02.html", html("Nobody else gets it."))
    assert run(database, folder) == Summary(documents=2, versions=1, appearances=1, skipped=4)


def test_a_file_older_than_the_history_is_put_in_its_place(database: Database, folder: Path) -> None:
    run(database, folder)
    put(folder, "Acme/Privacy Policy/2024-02-15.html", html(STANDING))
    summary = run(database, folder)
    assert (summary.skipped, summary.versions, summary.late) == (4, 1, 1)
    assert [(each.captured_at.date(), each.number, each.cause) for each in appearances(database)] == [
        (date(2024, 1, 2), 1, Cause.FIRST),
        (date(2024, 2, 2), 2, Cause.PAGE_CHANGED),
        (date(2024, 2, 15), 3, Cause.PAGE_CHANGED),
        (date(2024, 3, 2), 1, Cause.RETURNED),
    ]
    assert run(database, folder) == Summary(documents=2, skipped=5)


def test_a_recorded_version_without_text_is_kept_as_suspect_and_alerts_nobody(
    database: Database, tmp_path: Path
) -> None:
    put(tmp_path, "a/terms/2024-01-01.html", html(f"{TRAINING}"))
    put(tmp_path, "a/terms/2024-01-02.html", b"<html><body></body></html>")
    summary = run(database, tmp_path)
    assert (summary.versions, summary.alerts) == (2, 0)
    assert [each.suspect for each in appearances(database, "a/terms")] == [False, True]


def test_a_whole_page_after_a_suspect_one_is_compared_with_the_last_that_was_not(
    database: Database, tmp_path: Path
) -> None:
    put(tmp_path, "a/terms/2024-01-01.html", html(f"{FIRST_TEXT}</p><p>We use your posts to train AI models."))
    put(tmp_path, "a/terms/2024-01-02.html", b"<html><body></body></html>")
    run(database, tmp_path)
    put(tmp_path, "a/terms/2024-01-03.html", html(f"{FIRST_TEXT}</p><p>We use your posts."))
    assert run(database, tmp_path).alerts == 1
    with History.open(database.path) as history:
        (change, *_) = history.changes(RecordFilter())
    assert (change.previous, change.number) == (1, 3)
    assert [finding.before for finding in change.findings] == ["We use your posts to train AI models."]


def test_a_part_of_a_page_that_is_edited_is_still_a_part(database: Database, tmp_path: Path) -> None:
    rest = [f"<p>Clause number {number} says something of its own.</p>" for number in range(200)]
    put(tmp_path, "a/terms/2024-01-01.html", html("".join([f"<p>{TRAINING}</p>", *rest])))
    put(tmp_path, "a/terms/2024-01-02.html", html("".join(rest[:80])))
    put(tmp_path, "a/terms/2024-01-03.html", html("".join(rest[1:80])))
    put(tmp_path, "a/terms/2024-01-04.html", html("".join([f"<p>{TRAINING}</p>", *rest, "<p>New.</p>"])))
    assert run(database, tmp_path).alerts == 0
    assert [each.suspect for each in appearances(database, "a/terms")] == [False, True, True, False]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a/terms/notes.html", "no date"),
        ("a/terms/2024-02-30.html", "no date"),
        ("a/terms/2024-01-01.docx", "only .html"),
        ("a/2024-01-01.html", "no key"),
        ("a/b/c/d/2024-01-01.html", "no key"),
        ("a/···/2024-01-01.html", "no key"),
        ("a/terms/2024-01-02.txt", "has the same time"),
    ],
)
def test_a_file_that_is_no_version_is_left_out_and_told_of(
    database: Database, tmp_path: Path, name: str, reason: str
) -> None:
    put(tmp_path, "a/terms/2024-01-02.html", html(FIRST_TEXT))
    put(tmp_path, name, "# Something")
    summary = run(database, tmp_path)
    assert summary.versions == 1
    (line,) = summary.unreadable
    assert line.startswith(f"{name}: ")
    assert reason in line


def test_hidden_files_are_passed_over_in_silence(database: Database, tmp_path: Path) -> None:
    put(tmp_path, "a/terms/2024-01-02.html", html(FIRST_TEXT))
    put(tmp_path, "a/terms/.index", "x")
    put(tmp_path, ".git/objects/2024-01-02.html", "x")
    assert run(database, tmp_path).unreadable == ()


def test_a_file_that_cannot_be_read_is_damaged_and_the_others_are_kept(
    database: Database, tmp_path: Path
) -> None:
    put(tmp_path, "a/terms/2024-01-01.html", b"\x89PNG" + bytes(100))
    put(tmp_path, "a/terms/2024-01-02.html", html(FIRST_TEXT))
    put(tmp_path, "a/terms/2024-01-03.html", b"<p>" + b"x" * 20_000_000)
    summary = run(database, tmp_path)
    assert summary.versions == 1
    assert [line.partition(": ")[0] for line in summary.damaged] == [
        "a/terms/2024-01-01.html", "a/terms/2024-01-03.html",
    ]  # fmt: skip


def test_a_folder_that_is_none_is_missing_or_unreadable(database: Database, tmp_path: Path) -> None:
    with pytest.raises(InputMissing, match="nowhere"):
        run(database, tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputUnreadable, match="no folder"):
        run(database, tmp_path / "file")


@pytest.mark.parametrize(
    "text", ["2024", "2024-13-01", "2024-01-01T25-00-00Z", "2024-01-01T10-00", "x2024-01-01", ""]
)
def test_other_names_are_no_times(text: str) -> None:
    assert stamp(text) is None


def test_live_is_no_origin_of_an_archive(database: Database, tmp_path: Path) -> None:
    put(tmp_path / LIVE, "a/terms/2024-01-02.html", html(FIRST_TEXT))
    run(database, tmp_path / LIVE)
    with History.open(database.path) as history:
        assert {each.document.origin for each in history.documents()} == {"archive"}
