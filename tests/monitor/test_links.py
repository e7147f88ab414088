"""Which links lead to pages that should be watched and are not, and which of them are new."""

from __future__ import annotations

import pytest

from monitor.alerting import AlertPlan
from monitor.extract.model import Link, SetAside
from monitor.links import LINKS_NAMED, link_kind, name_new_links, new_links, unwatched_links
from storage.records import AlertKind, Severity

PAGE = "https://www.example.com/legal/privacy"
HELP = "https://help.example.com/articles/1-ai-and-your-posts"


def found(*links: Link, page: str = PAGE, watched: tuple[str, ...] = ()) -> list[str]:
    return [link.url for link in unwatched_links(links, [page], watched)]


def is_listed(text: str, path: str, around: SetAside | None = None, page: str = PAGE) -> bool:
    return bool(found(Link(text, f"https://www.example.com{path}", around), page=page))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("Cookie Policy", "/c"),
        ("here", "/help/answer/a55"),
        ("our approach to generative AI", "/blog/7"),
        ("how we train our models", "/x"),
        ("opt out", "/x"),
        ("settings", "/account/data-settings"),
        ("subprocessors", "/x"),
        ("Fragen und Antworten", "/x"),
        ("der Nutzung widersprechen", "/x"),
        ("Künstliche Intelligenz", "/x"),
        ("gestion des cookies", "/x"),
        ("tus datos", "/x"),
        ("https://www.example.com/legal/dpa", "/legal/dpa"),
    ],
)
def test_text_links_that_speak_of_policies_help_data_or_ai_are_listed(text: str, path: str) -> None:
    assert is_listed(text, path)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("Careers", "/jobs"),
        ("our shop", "/shop"),
        ("Sign in to see your data", "/login"),
        ("previous version", "/legal/privacy/previous-2024"),
        ("Archive of privacy policies", "/x"),
        ("the privacy picture", "/privacy.png"),
        ("Example", "/"),
    ],
)
def test_links_to_other_things_are_not(text: str, path: str) -> None:
    assert not is_listed(text, path)


def test_address_that_ends_in_ai_speaks_of_no_ai() -> None:
    assert not found(
        Link("example.ai/pricing", "https://example.ai/pricing"), page="https://example.ai/privacy"
    )


@pytest.mark.parametrize("around", [SetAside.NAVIGATION, SetAside.FOOTER, SetAside.OUTSIDE_MAIN])
def test_surroundings_count_only_where_they_name_a_kind_of_document(around: SetAside) -> None:
    assert is_listed("Terms", "/legal/terms", around)
    assert not is_listed("AI products", "/ai", around)
    assert not is_listed("Help", "/help", around)


def test_help_page_does_not_list_every_other_help_page() -> None:
    other = Link("Change your photo", "https://help.example.com/articles/2-photo")
    assert found(other)
    assert not found(other, page=HELP)
    assert found(Link("How we train", "https://help.example.com/articles/3"), page=HELP)


def test_only_pages_of_the_same_site_or_its_help_desk_are_listed() -> None:
    assert found(Link("FAQ", "https://help.example.com/faq"), Link("FAQ", "https://example.zendesk.com/faq"))
    assert not found(Link("Privacy Policy", "https://www.other.com/privacy"))


def test_what_is_watched_is_not_listed_in_whatever_spelling_or_language() -> None:
    links = [
        Link("Terms", "https://example.com/terms/?utm_source=privacy"),
        Link("Nutzungsbedingungen", "https://www.example.com/de-de/terms"),
        Link("Privacy", f"{PAGE}?hl=fr"),
    ]
    assert found(*links, watched=("https://www.example.com/terms",)) == []


def test_page_is_listed_once_under_its_first_words() -> None:
    (link,) = unwatched_links(
        [Link("the FAQ", "https://www.example.com/faq"), Link("FAQ", "https://example.com/faq?ref=footer")],
        [PAGE],
        (),
    )
    assert link.text == "the FAQ"
    assert link_kind(link) == "faq"
    assert link_kind(Link("here", "https://help.example.com/a1")) == "help"
    assert link_kind(Link("here", "https://www.example.com/a1")) is None


def test_new_link_is_one_to_a_page_that_was_not_linked_before_in_any_words() -> None:
    faq, terms = Link("FAQ", "https://www.example.com/faq"), Link("Terms", "https://www.example.com/terms")
    renamed = Link("Questions", "https://www.example.com/en-us/faq?utm_source=x", SetAside.FOOTER)
    assert new_links([faq], [renamed, terms]) == (terms,)
    assert new_links([], [faq]) == (faq,)
    assert new_links([faq, terms], [faq]) == ()


def an_alert(**details: bool) -> AlertPlan:
    return AlertPlan(AlertKind.CHANGE, Severity.HIGH, "A wording is new", (), dict(details))


def test_alert_keeps_the_new_links_beside_its_other_details() -> None:
    faq, terms = Link("FAQ", "https://www.example.com/faq"), Link("Terms", "https://www.example.com/terms")
    named = name_new_links(an_alert(other=True), [terms], [faq, terms], [PAGE], ())
    assert named.details == {"other": True, "new_links": [{"text": "FAQ", "url": faq.url}]}


def test_alert_stays_as_it_is_where_no_link_is_new_or_all_are_watched() -> None:
    faq = Link("FAQ", "https://www.example.com/faq")
    assert name_new_links(an_alert(), [faq], [faq], [PAGE], ()) == an_alert()
    assert name_new_links(an_alert(), [], [faq], [PAGE], [faq.url]) == an_alert()


def test_alert_keeps_a_bounded_number_of_new_links() -> None:
    many = [Link(f"FAQ {number}", f"https://www.example.com/faq/{number}") for number in range(LINKS_NAMED + 5)]
    assert len(name_new_links(an_alert(), [], many, [PAGE], ()).details["new_links"]) == LINKS_NAMED
