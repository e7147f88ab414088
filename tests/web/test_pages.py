"""What the pages say, over HTTP: documents, their course, versions, diffs, alerts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import Database
from tests.web import library
from tests.web.served import Served, served

DIFF = f"/documents/{library.KEY}/diff"


@pytest.fixture(scope="module")
def site(empty_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    path = Path(shutil.copy(empty_file, tmp_path_factory.mktemp("pages")))
    database = Database.open(path)
    library.fill(database)
    database.close()
    with served(path, zone="Europe/Berlin") as running:
        yield running


def main_of(answer_text: str) -> str:
    return answer_text.partition("<main")[2].partition("</main>")[0]


def test_overview_tells_every_document_with_its_state_and_what_is_unread(site: Served) -> None:
    text = main_of(site.get("/").text)
    assert 'href="/documents/acme/privacy-policy"' in text
    assert "2 changes in the past year" in text
    assert ">archived<" in text
    assert 'href="/alerts?document=acme%2Ffaq">1</a>' in text


def test_overview_is_narrowed_by_company_and_kind(site: Served) -> None:
    text = main_of(site.get("/?q=ACME+faq").text)
    assert "acme/faq" in text
    assert "acme/privacy-policy" not in text
    assert "No document is like that" in site.get("/?q=nobody").text


def test_document_tells_its_course_with_outages_as_gaps(site: Served) -> None:
    text = main_of(site.get(f"/documents/{library.KEY}").text)
    places = [text.index(part) for part in ("Version 3", "Version 2", "Not seen", "Version 1")]
    assert places == sorted(places)
    assert "its host did not answer" in text
    assert "It dates itself" in text
    assert "AI-training wording added" in text


def test_times_are_those_of_the_configured_timezone(site: Served) -> None:
    text = site.get(f"/documents/{library.KEY}").text
    assert '<time datetime="2024-03-01T09:00:00Z" title="2024-03-01T09:00:00Z">1 Mar 2024, 10:00</time>' in text


@pytest.mark.parametrize(
    ("reference", "number"), [("2024-03-05", 1), ("2024-03-15", 2), ("3", 3), ("latest", 3)]
)
def test_version_is_what_stood_on_a_day(site: Served, reference: str, number: int) -> None:
    text = site.get(f"/documents/{library.KEY}/at/{reference}").text
    assert f"Version {number}" in text
    assert (library.DENIED in text) == (number == 1)


def test_day_that_is_chosen_in_the_form_leads_to_its_page(site: Served) -> None:
    answer = site.get(f"/documents/{library.KEY}/at?ref=2024-03-15")
    assert answer.headers["location"] == f"/documents/{library.KEY}/at/2024-03-15"
    answer = site.get(f"/documents/{library.KEY}/compare?from=1&to=2&with=")
    assert answer.headers["location"] == f"{DIFF}?from=1&to=2"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/documents/nobody/knows", 404),
        (f"/documents/{library.KEY}/at/99", 404),
        (f"/documents/{library.KEY}/at/yesterday", 400),
        (f"{DIFF}?from=1&to=2&view=sideways", 400),
        (f"{DIFF}?from=x", 400),
        ("/alerts?status=gone", 400),
        ("/alerts?severity=worst", 400),
        ("/alerts/99", 404),
        ("/incidents/99", 404),
        ("/nowhere", 404),
        (f"/documents/{library.KEY}/at/1/raw", 404),
    ],
)
def test_what_is_not_there_or_makes_no_sense_is_said_so(site: Served, path: str, status: int) -> None:
    answer = site.get(path)
    assert answer.status == status
    assert "<h1>" in answer.text
    assert site.get(path, {"Accept": "*/*"}).headers["content-type"] == "text/plain; charset=utf-8"


def test_diff_marks_words_and_anchors_findings_at_their_clause(site: Served) -> None:
    text = main_of(site.get(f"{DIFF}?from=1&to=2").text)
    clause = text.partition('id="a8"')[2].partition('class="row')[0]
    assert "<del>" in clause
    assert "<ins>" in clause
    assert "The clause denied training before and allows it now." in clause
    assert "2 clauses as before" in text


def test_diff_shows_the_whole_text_if_asked(site: Served) -> None:
    changes, whole = site.get(f"{DIFF}?from=1&to=2").text, site.get(f"{DIFF}?from=1&to=2&show=all").text
    assert "This policy says" not in changes
    assert "This policy says" in whole


def test_diff_alone_is_of_the_latest_with_the_one_before(site: Served) -> None:
    assert "Version 2 to 3" in site.get(DIFF).text


def test_any_two_documents_are_compared(site: Served) -> None:
    text = site.get(f"{DIFF}?from=2&with={library.FAQ}&to=latest").text
    assert f"{library.KEY} and {library.FAQ}" in text


def test_alerts_are_filtered_and_paged_by_address(site: Served) -> None:
    entries = {
        asked: site.get(f"/alerts?{asked}").text.count('class="entry')
        for asked in ("", "status=all", "severity=high", "service=ACME", "kind=faq", "topic=ai-training",
                      "before=2", "document=acme/faq", "assignee=Ann")
    }  # fmt: skip
    assert list(entries.values()) == [2, 3, 1, 2, 1, 2, 1, 1, 0]


def test_alert_tells_clause_reason_and_who_was_told(site: Served) -> None:
    text = main_of(site.get("/alerts/1").text)
    for part in (
        "allows it now.",
        "team@reader.example",
        f"{DIFF}?from=1&amp;to=2",
        "the page&#39;s own date did not",
    ):
        assert part in text


def test_incident_shows_alerts_of_one_company_together_under_one_address(site: Served) -> None:
    text = main_of(site.get("/incidents/1").text)
    assert "2 alerts within seven days" in text
    assert site.get("/incidents/2").headers["location"] == "/incidents/1"
