"""What a page might be called: its kind, its service, its place; and which addresses are one."""

from __future__ import annotations

import pytest

from monitor.keys import KNOWN_KINDS
from monitor.kinds import guess_kind, kind_of, words_of_address
from monitor.proposal import Proposal, Service, propose_kind, propose_place, propose_service, service_named
from monitor.sites import brand_of, is_of_site, page_of, site_of

ACME = Service("Acme Inc", "acme")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Privacy Policy | Example Network", "privacy-policy"),
        ("Cookie Policy", "cookie-policy"),
        ("Terms of Service", "terms"),
        ("User Agreement", "terms"),
        ("Questions & Answers on AI", "faq"),
        ("Privacy FAQ", "faq"),
        ("Data Processing Addendum", "dpa"),
        ("List of sub-processors", "subprocessors"),
        ("Community Guidelines", "community-guidelines"),
        ("Usage policies", "community-guidelines"),
        ("Generative AI Terms", "ai-policy"),
        ("Developer Policy", "developer-terms"),
        ("How we use your posts | Example Help", "help"),
        ("Datenschutzerklärung", "privacy-policy"),
        ("Datenschutzhinweise der Beispiel GmbH", "privacy-policy"),
        ("Allgemeine Geschäftsbedingungen", "terms"),
        ("Häufig gestellte Fragen", "faq"),
        ("Politique de confidentialité", "privacy-policy"),
        ("Conditions d’utilisation", "terms"),
        ("Política de cookies", "cookie-policy"),
        ("Informativa sulla privacy", "privacy-policy"),
        ("Gebruiksvoorwaarden en voorwaarden", "terms"),
        ("Pricing", None),
        ("", None),
    ],
)
def test_kind_is_read_from_a_title(text: str, kind: str | None) -> None:
    assert kind_of(text) == kind
    assert kind is None or kind in KNOWN_KINDS


def test_title_goes_before_heading_and_address_and_help_is_the_last_resort() -> None:
    url = "https://help.example.com/en/articles/cookie-policy"
    assert propose_kind(url, "Terms", ["Privacy"]) == "terms"
    assert propose_kind(url, "Example", ["Privacy"]) == "privacy-policy"
    assert propose_kind(url, "Example | Help Center", []) == "cookie-policy"
    assert propose_kind("https://help.example.com/a1234", "Your posts and our models", []) == "help"
    assert propose_kind("https://www.example.com/a1234", "Your posts and our models", []) is None
    assert guess_kind([]) is None


def test_words_of_an_address_leave_out_the_name_of_the_site() -> None:
    assert words_of_address("https://www.privacy-shop.com/about_us?topic=AI%20use") == "about us topic ai use"
    assert words_of_address("https://privacy.example.com/") == "privacy"


@pytest.mark.parametrize(
    ("url", "title", "name"),
    [
        ("https://www.examplenetwork.com/p", "Privacy Policy | Example Network", "Example Network"),
        ("https://help.acme.co.uk/p", "ACME Help", "ACME"),
        ("https://acme-labs.com/p", "Privacy", "Acme-labs"),
        ("https://acme-labs.com/p", "Privacy at Acme Labs", "Acme Labs"),
    ],
)
def test_service_is_named_as_the_title_writes_the_site(url: str, title: str, name: str) -> None:
    found = propose_service(url, title, ())
    assert found is not None
    assert found.name == name


def test_service_that_watches_the_site_already_is_taken() -> None:
    known = [(Service("Other", "other"), "https://other.com/x"), (ACME, "https://www.acme.com/privacy")]
    assert propose_service("https://help.acme.com/faq", "FAQ", known) == ACME


def test_address_without_a_name_proposes_no_service() -> None:
    assert propose_service("http://127.0.0.1:8000/privacy", "Privacy", ()) is None
    assert propose_service("http://[::1]/privacy", "Privacy", ()) is None


def test_service_is_found_by_name_or_id_and_else_made() -> None:
    assert service_named("acme inc", [ACME]) == ACME
    assert service_named("ACME", [ACME]) == ACME
    assert service_named("Acme Labs", [ACME]) == Service("Acme Labs", "acme-labs")
    assert service_named("!!", [ACME]) is None


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://www.example.com/legal/privacy", (None, None)),
        ("https://www.example.com/en-gb/privacy", ("en", "UK")),
        ("https://www.example.com/de_DE/privacy", ("de", "DE")),
        ("https://www.example.com/legal/eu/privacy", (None, "EU")),
        ("https://www.example.com/fr/privacy", ("fr", None)),
        ("https://de.example.com/privacy", ("de", None)),
        ("https://www.example.com/privacy?hl=en&gl=us", ("en", "US")),
    ],
)
def test_language_and_region_are_those_of_the_address(url: str, place: tuple[str | None, str | None]) -> None:
    assert propose_place(url) == place


def test_key_is_made_as_the_configuration_makes_it() -> None:
    proposal = Proposal("https://a.com/p", ACME, "privacy-policy", "eu", None, None, None)
    assert proposal.key == "acme/privacy-policy/eu"


@pytest.mark.parametrize(
    ("url", "site", "brand"),
    [
        ("https://www.example.com/a", "example.com", "example"),
        ("https://help.example.co.uk/a", "example.co.uk", "example"),
        ("https://example.com.au/", "example.com.au", "example"),
        ("https://t.co/a", "t.co", "t"),
        ("http://127.0.0.1:1/", "127.0.0.1", None),
        ("http://localhost/", "localhost", None),
        ("http://[::1]:80/", "::1", None),
    ],
)
def test_site_is_the_registered_name(url: str, site: str, brand: str | None) -> None:
    assert (site_of(url), brand_of(url)) == (site, brand)


def test_help_pages_on_rented_hosts_are_of_the_site_and_look_alikes_are_not() -> None:
    site = "https://www.example.com/privacy"
    assert is_of_site("https://help.example.com/x", site)
    assert is_of_site("https://example.zendesk.com/x", site)
    assert not is_of_site("https://www.other.com/example", site)
    assert not is_of_site("https://notexample.com/", site)


def test_one_page_is_known_under_several_spellings() -> None:
    same = ["https://www.example.com/a/", "http://example.com/a", "https://EXAMPLE.com:443/a#b"]
    assert len({page_of(url) for url in same}) == 1
    assert page_of("https://example.com/a?x=1") != page_of("https://example.com/a")
    assert page_of("https://example.com:8443/a") != page_of("https://example.com/a")
