"""What people do about alerts over HTTP: by forms alone, with a name, and nothing by looking."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from monitor.config import Secret, Web
from monitor.history import AlertWithDeliveries, History
from storage.database import Database
from storage.records import AlertStatus
from storage.sqlite import connect
from tests.web import library
from tests.web.served import Served, served

NAME = {"Cookie": "policywatch_name=Ann%20Example"}


@pytest.fixture
def path(empty_file: Path, tmp_path: Path) -> Path:
    copy = Path(shutil.copy(empty_file, tmp_path))
    database = Database.open(copy)
    library.fill(database)
    database.close()
    return copy


@pytest.fixture
def site(path: Path) -> Iterator[Served]:
    with served(path) as running:
        yield running


def alert(path: Path, number: int = 1) -> AlertWithDeliveries:
    with History.open(path) as history:
        return history.alert(number)


def test_work_is_written_with_who_did_it_and_leads_back_to_the_alert(site: Served, path: Path) -> None:
    answer = site.post("/alerts/1/work", {"action": "acknowledged", "text": "Reading it."}, NAME)
    assert (answer.status, answer.headers["location"]) == (303, "/alerts/1?done=acknowledged")
    found = alert(path)
    assert found.alert.status is AlertStatus.ACKNOWLEDGED
    assert [(entry.author, entry.text) for entry in found.entries] == [("Ann Example", "Reading it.")]


def test_name_that_is_asked_once_is_remembered(site: Served, path: Path) -> None:
    answer = site.post("/alerts/1/work", {"action": "noted", "text": "So.", "name": "Änne"})
    assert "policywatch_name=%C3%84nne" in answer.headers["set-cookie"]
    assert "samesite=strict" in answer.headers["set-cookie"].lower()
    assert alert(path).entries[0].author == "Änne"


def test_who_signed_in_cannot_act_under_another_name(path: Path) -> None:
    token = "a-token-of-many-characters"
    with served(path, Web(users={"Ann": Secret(token)})) as closed:
        signed = {"Authorization": f"Bearer {token}"}
        signed["Cookie"] = "policywatch_name=Bob"
        closed.post("/alerts/1/work", {"action": "resolved", "name": "Bob"}, signed)
    assert [entry.author for entry in alert(path).entries] == ["Ann"]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"action": "acknowledged"}, "Say your name"),
        ({"action": "deleted", "name": "Ann"}, "Nothing is called"),
        ({"name": "Ann"}, "Nothing is called"),
        ({"action": "noted", "name": "Ann"}, "Write a note"),
        ({"action": "assigned", "name": "Ann", "text": " "}, "Write a name"),
        ({"action": "noted", "name": "Ann", "text": "x" * 3000}, "must have 1 to 2,000 characters"),
        ({"action": "noted", "name": "Ann", "text": "x" * 70_000}, "has at most 65,536 bytes"),
    ],
)
def test_form_that_makes_no_sense_changes_nothing_and_says_why(
    site: Served, path: Path, form: dict[str, str], said: str
) -> None:
    answer = site.post("/alerts/1/work", form)
    assert answer.status == 400
    assert said in answer.text
    assert alert(path).entries == ()


def test_alert_that_is_not_there_is_not_worked(site: Served) -> None:
    assert site.post("/alerts/99/work", {"action": "resolved"}, NAME).status == 404


def test_several_are_worked_at_once_or_none(site: Served, path: Path) -> None:
    form = [("alert", "1"), ("alert", "2"), ("action", "resolved"), ("back", "/alerts?status=open")]
    answer = site.post("/alerts/work", form, NAME)
    assert answer.headers["location"] == "/alerts?done=resolved&status=open"
    assert {alert(path, number).alert.status for number in (1, 2)} == {AlertStatus.RESOLVED}
    assert site.post("/alerts/work", {"action": "resolved"}, NAME).status == 400


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/alerts", "/\\evil", "/sign-out"])
def test_work_leads_to_our_own_alerts_alone(site: Served, back: str) -> None:
    answer = site.post("/alerts/1/work", {"action": "noted", "text": "x", "back": back}, NAME)
    assert answer.headers["location"] == "/alerts/1?done=noted"


@pytest.mark.parametrize(
    "asked",
    ["/alerts/1/work", "/alerts/1/work?action=resolved&name=Ann", "/alerts/work?alert=1&action=resolved"],
)
def test_looking_changes_nothing(site: Served, path: Path, asked: str) -> None:
    for method in ("GET", "HEAD"):
        assert site.get(asked, NAME, method=method).status in (404, 405)
    assert alert(path).entries == ()


def test_every_page_leaves_the_database_as_it_was(site: Served, path: Path) -> None:
    def state() -> object:
        with closing(connect(path, read_only=True)) as driver:
            return driver.execute("PRAGMA data_version").fetchone(), [*driver.iterdump()]

    before = state()
    for asked in ("/", "/alerts", "/alerts/1", "/incidents/1", f"/documents/{library.KEY}", "/sign-in"):
        assert site.get(asked).status == 200
    assert state() == before


def test_text_that_was_tampered_with_is_not_shown_and_the_log_is_told(site: Served, path: Path) -> None:
    with closing(connect(path, read_only=False)) as driver:
        driver.execute("UPDATE versions SET clauses_sha256 = 'other' WHERE number = 1")
    answer = site.get(f"/documents/{library.KEY}/at/1")
    assert (answer.status, "restore a backup" in answer.text) == (500, True)
    assert "event=page_failed" in site.log.getvalue()


def test_work_waits_for_another_writer_and_readers_wait_for_nobody(site: Served, path: Path) -> None:
    with closing(connect(path, read_only=False)) as other, ThreadPoolExecutor(1) as beside:
        other.execute("BEGIN IMMEDIATE")
        work = beside.submit(site.post, "/alerts/1/work", {"action": "acknowledged"}, NAME)
        assert site.get("/alerts/1").status == 200
        assert not work.done()
        other.execute("ROLLBACK")
        assert work.result().status == 303
