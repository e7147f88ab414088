"""Raw pages of an archive come into the history judged like our own looks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest

from monitor.history import History
from monitor.importers.ota_captures import import_ota_captures
from monitor.importers.recorded import Summary
from storage.database import Database
from storage.records import Appearance, Cause
from tests.monitor.importers.archive import Archive
from tests.monitor.stage import FIRST_TEXT, STANDING, TRAINING, page, watch

PATH = "Acme/Privacy Policy.html"
KEY = "acme/privacy-policy"
WALL = "<title>Just a moment...</title><p>Verifying you are human. This may take a few seconds.</p>"


def run(database: Database, archive: Archive) -> Summary:
    return import_ota_captures(
        database, archive.folder, watch(baseline="off"), origin=None, progress=lambda _done, _all: None
    )


def appearances(database: Database) -> list[tuple[int, Cause, str, int]]:
    with History.open(database.path) as history:
        found = [appearance for _, appearance, _, _ in history.appearances(KEY)]
    return [(each.number, each.cause, _day(each), each.looks) for each in found]


def _day(appearance: Appearance) -> str:
    return appearance.captured_at.astimezone(UTC).date().isoformat()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(tmp_path / "p.db")
    yield opened
    opened.close()


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    made = Archive(tmp_path / "snapshots")
    made.record(PATH, page(FIRST_TEXT, STANDING), "2024-01-01")
    return made


def test_text_that_the_next_capture_shows_too_stands_from_the_first(
    database: Database, archive: Archive
) -> None:
    archive.record(PATH, page(FIRST_TEXT, STANDING, TRAINING), "2024-01-02")
    archive.record(PATH, page(FIRST_TEXT, STANDING, TRAINING, around="<!-- x -->"), "2024-01-03")
    summary = run(database, archive)
    assert (summary.versions, summary.alerts) == (2, 1)
    assert appearances(database) == [
        (1, Cause.FIRST, "2024-01-01", 1),
        (2, Cause.PAGE_CHANGED, "2024-01-02", 2),
    ]


def test_text_that_nothing_replaced_for_a_day_stands_without_a_second_capture(
    database: Database, archive: Archive
) -> None:
    archive.record(PATH, page(FIRST_TEXT, STANDING, TRAINING), "2024-01-02")
    archive.record("Other/Terms.html", page(FIRST_TEXT), "2024-02-01")
    run(database, archive)
    assert [each[:3] for each in appearances(database)] == [
        (1, Cause.FIRST, "2024-01-01"),
        (2, Cause.PAGE_CHANGED, "2024-01-02"),
    ]


def test_last_text_of_an_archive_waits_for_the_next_import(database: Database, archive: Archive) -> None:
    archive.record(PATH, page(FIRST_TEXT, STANDING, TRAINING), "2024-01-02")
    assert run(database, archive).versions == 1
    archive.record("Other/Terms.html", page(FIRST_TEXT), "2024-02-01")
    assert run(database, archive).versions == 2


def test_page_in_the_documents_place_makes_no_version_and_is_counted(
    database: Database, archive: Archive
) -> None:
    archive.record(PATH, WALL, "2024-01-02")
    archive.record(PATH, "<main></main>", "2024-01-03")
    archive.record(PATH, page(FIRST_TEXT, STANDING, around="<!-- again -->"), "2024-01-04")
    summary = run(database, archive)
    assert dict(summary.held) == {"challenge": 1, "unreadable": 1}
    assert appearances(database) == [(1, Cause.FIRST, "2024-01-01", 2)]


def test_second_import_adds_nothing(database: Database, archive: Archive) -> None:
    archive.record(PATH, page(FIRST_TEXT, STANDING, TRAINING), "2024-01-02")
    archive.record(PATH, page(FIRST_TEXT, STANDING, TRAINING, around="<!-- x -->"), "2024-01-03")
    run(database, archive)
    before = appearances(database)
    again = run(database, archive)
    assert (again.versions, again.appearances, again.alerts) == (0, 0, 0)
    assert appearances(database) == before


def test_text_shown_by_one_capture_of_a_day_alone_is_no_version(database: Database, archive: Archive) -> None:
    archive.record(PATH, page(FIRST_TEXT, TRAINING), "2024-01-02T08:00:00Z")
    archive.record(PATH, page(FIRST_TEXT, STANDING, around="<!-- again -->"), "2024-01-02T20:00:00Z")
    archive.record("Other/Terms.html", page(FIRST_TEXT), "2024-02-01")
    run(database, archive)
    assert [each[1] for each in appearances(database)] == [Cause.FIRST]
