"""Search, calendar and compare, as a browser without scripts shows them."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.storage.builders import hours
from tests.web.recorded import HOSTILE, KEY, OTHER
from tests.web.served import Served, served


def page(browser: Served, path: str) -> LexborHTMLParser:
    answer = browser.get(path)
    assert answer.status == 200, answer.text
    return LexborHTMLParser(answer.text)


def texts(found: LexborHTMLParser, selector: str) -> list[str]:
    return [" ".join(node.text().split()) for node in found.css(selector)]


def links(found: LexborHTMLParser, selector: str = "main a") -> list[str]:
    return [node.attributes.get("href") or "" for node in found.css(selector)]


def test_a_search_shows_where_a_wording_stands_with_its_words_marked(browser: Served) -> None:
    found = page(browser, "/search?q=posts")
    assert texts(found, ".hits blockquote") == ["We keep your posts.", "We may train models on your posts."]
    assert set(texts(found, ".hits mark")) == {"posts"}
    assert f"/documents/{KEY}/at/3" in links(found, ".hits a")
    assert texts(found, ".hits .state") == ["still there", "still there"]


def test_a_search_draws_when_a_wording_came_and_tells_who_said_it_first(browser: Served) -> None:
    found = page(browser, "/search?q=posts")
    assert "2024-03: 1 born, 0 died, 1 at first" in texts(found, "svg.plot title")
    assert not found.css("svg [style], svg script")
    assert {node.attributes["class"] for node in found.css("svg.plot rect")} >= {
        "born",
        "recorded",
        "faint",
        "ink",
    }
    assert texts(found, "#first ~ table tbody tr td:first-child") == [KEY]


def test_a_search_leads_to_its_tables(browser: Served) -> None:
    csv = [link for link in links(page(browser, "/search?q=posts&service=acme")) if ".csv" in link]
    assert [browser.get(link).headers["content-type"] for link in csv] == ["text/csv; charset=utf-8"] * 2


def test_without_words_the_page_says_how_to_search(browser: Served) -> None:
    found = page(browser, "/search?service=acme")
    assert "any inflection" in texts(found, "main .lead")[0]
    assert not found.css(".hits, svg.plot")


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("q=unheard", 200, "No clause says"),
        ("q=posts&service=beta", 200, "No clause says"),
        ("q=posts&as_of=2024-02-01", 200, "No clause says"),
        ("q=a+AND", 400, "cannot be read"),
        ("q=%22open", 400, "never closed"),
        ("q=posts&as_of=soon", 400, "soon"),
        ("q=posts&page=0", 400, "is a number from"),
        ("q=posts&page=" + "9" * 30, 400, "is a number from"),
        ("q=posts&page=0000000019999", 400, "is a number from"),
    ],
)
def test_a_search_that_finds_nothing_or_cannot_be_read_says_so(
    browser: Served, query: str, status: int, says: str
) -> None:
    answer = browser.get(f"/search?{query}")
    assert answer.status == status
    assert says in answer.text


@pytest.mark.parametrize("path", ["/search?q=alert", f"/search?q={quote(HOSTILE)}", "/calendar", "/compare"])
def test_hostile_text_stays_text(browser: Served, path: str) -> None:
    answer = browser.get(path)
    assert "<script>alert" not in answer.text
    assert "\u202e" not in answer.text
    assert [node.attributes.get("src") for node in LexborHTMLParser(answer.text).css("script")]


def test_the_calendar_tells_the_days_of_a_year_and_those_to_come(recorded_file: Path) -> None:
    with served(recorded_file, now=hours(24 * 40)) as browser:  # 10 April 2024
        found = page(browser, "/calendar")
        assert texts(found, "#to-come ~ ol time[datetime='2024-05-01']") == ["1 May 2024"]
        assert texts(found, "#of-year ~ ol li > time") == ["1 May 2024", "1 Apr 2024"]
        assert texts(found, "#of-year ~ h3") == ["May", "April"]
        assert links(found, "#of-year ~ ol a") == [f"/documents/{KEY}/at/3", f"/documents/{KEY}/at/2"]
        assert "No text names a day in 2023." in texts(page(browser, "/calendar?year=2023"), "main p")
        assert browser.get("/calendar?year=1").status == 400
        assert browser.get("/calendar?year=000002024999").status == 400


def test_two_companies_stand_beside_each_other(browser: Served) -> None:
    found = page(browser, "/compare?left=Acme&right=beta")
    assert texts(found, "main h2") == ["What they publish", "What rules found in their changes"]
    assert texts(found, ".compared:first-of-type tbody td:first-child") == ["Privacy Policy", "Terms"]
    assert {f"/documents/{KEY}", f"/documents/{OTHER}"} <= set(links(found))
    assert "2 findings" in texts(found, ".compared")[1]


def test_documents_of_one_kind_are_compared_side_by_side(browser: Served) -> None:
    found = page(browser, "/compare?left=acme&right=acme")
    assert f"/documents/{KEY}/diff?with={quote(KEY, safe='')}" in links(found)


@pytest.mark.parametrize(
    ("query", "leads_to"),
    [
        (f"one={KEY}&other={OTHER}", f"/documents/{KEY}/diff?with={quote(OTHER, safe='')}"),
        (f"one={KEY}@1&other={OTHER}@2024-03-05",
         f"/documents/{KEY}/diff?with={quote(OTHER, safe='')}&from=1&to=2024-03-05"),
    ],
)  # fmt: skip
def test_two_documents_lead_to_their_diff(browser: Served, query: str, leads_to: str) -> None:
    answer = browser.get(f"/compare?{query}")
    assert (answer.status, answer.headers["location"]) == (303, leads_to)


@pytest.mark.parametrize(
    ("query", "status"),
    [("left=nobody&right=acme", 404), (f"one={KEY}", 400), (f"one={KEY}&other=no/such", 404),
     (f"one={KEY}&other=//evil.example/x", 404)],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(browser: Served, query: str, status: int) -> None:
    assert browser.get(f"/compare?{query}").status == status


def test_every_page_names_the_feed(browser: Served) -> None:
    feeds = links(page(browser, "/search"), "head link[rel=alternate]")
    assert feeds == ["/feeds/all.atom"]


def test_a_diff_can_be_kept_as_one_file(browser: Served) -> None:
    (kept,) = [
        link for link in links(page(browser, f"/documents/{KEY}/diff?from=1&to=3")) if "diff.html" in link
    ]
    answer = browser.get(kept)
    found = LexborHTMLParser(answer.text)
    assert answer.headers["content-disposition"] == (
        'attachment; filename="acme-privacy-policy-1-to-acme-privacy-policy-3.html"'
    )
    assert "sandbox" in answer.headers["content-security-policy"]
    assert not found.css("script, link, img, [src], [href]")
    assert "We may train models on your posts." in texts(found, "ins")
    assert len(texts(found, "code")) == 2


def test_two_documents_are_kept_as_one_file(browser: Served) -> None:
    answer = browser.get(f"/documents/{KEY}/diff.html?with={OTHER}")
    assert "acme-privacy-policy-3-to-beta-terms-1.html" in answer.headers["content-disposition"]
    assert "<script>alert" not in answer.text


def test_a_document_names_its_own_feed(browser: Served) -> None:
    named = links(page(browser, f"/documents/{KEY}"), "head link[rel=alternate]")
    assert named == ["/feeds/all.atom", f"/feeds/documents/{KEY}.atom"]
    assert [browser.get(link).status for link in named] == [200, 200]
