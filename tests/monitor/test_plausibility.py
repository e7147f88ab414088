"""Which pages are taken for the document, and which are held with their reason."""

# ruff: noqa: E501 (pages stand here as they come)

from __future__ import annotations

import pytest

from monitor.extract.model import Extraction, Source
from monitor.extract.read import extract, extract_markdown
from monitor.plausibility import Doubt, doubt, language_of
from storage.records import Clause

POLICY = """# Privacy Policy

Acme Ltd collects the data that you give us when you use the services. Acme Ltd is the controller of it.

We share personal information with third parties for the purposes that this policy names, and with nobody else.

You have the right to ask us what we hold of you, to have it corrected, and to have it deleted from our systems.

We keep the data as long as your account is open, and delete it within thirty days after you have closed it.

This notice may change. We will tell you by mail before a change takes effect, and you may object to it then.

Write to our privacy team if you have a question about this policy, or want to use one of your rights under the law.
"""
SHORT_POLICIES = (
    "# Privacy\n\nWe collect no personal data. We share no information with third parties. Contact us for your rights.",
    "# Cookies\n\nWe use cookies to keep you signed in. You may delete them in your browser. We share no data with others.",
    "# Terms\n\nThe service is provided as it is. We accept no liability. The law of Ireland governs these terms.",
    "# Opt out\n\nTo opt out of the training of our models, open Settings, then Data, and switch the setting off.",
    "# Security\n\nTo protect your account we may ask for a captcha when you log in. We collect no personal data for this.",
)


def page(html: str) -> Extraction:
    return extract(Source(html.encode(), "text/html; charset=utf-8", "https://acme.example/privacy"))


def doubted(found: Extraction, standing: str | None = None) -> Doubt | None:
    before: tuple[Clause, ...] | None = extract_markdown(standing).clauses if standing else None
    return doubt(found.title, found.clauses, before)


@pytest.mark.parametrize(
    ("kind", "html"),
    [
        ("challenge", "<title>Just a moment...</title><h1>acme.example</h1><p>Verifying you are human. This may take a few seconds.</p>"),
        ("challenge", "<title>Attention Required! | Cloudflare</title><h1>Sorry, you have been blocked</h1><p>Ray ID: 81</p>"),
        ("challenge", "<p>Access denied. You don't have permission to access this server. Reference #18.1f</p>"),
        ("challenge", "<p>Our systems have detected unusual traffic from your computer network.</p>"),
        ("login", "<h1>Welcome back</h1><p>Please log in to your account to continue reading here.</p><p>Forgot your password?</p>"),
        ("consent", "<h1>Before you continue to Acme</h1><p>We use cookies and data to deliver our services.</p><p>Accept all</p>"),
        ("maintenance", "<h1>We'll be back soon!</h1><p>The site is down for maintenance, please check again later.</p>"),
        ("maintenance", "<h1>503 Service Unavailable</h1><p>The server is temporarily unable to answer you.</p>"),
        ("not-found", "<h1>404</h1><p>Sorry, the page you are looking for does not exist any more.</p>"),
        ("not-found", "<h1>Oops!</h1><p>Seite nicht gefunden. Zurück zur Startseite bitte.</p>"),
        ("parked", "<p>This domain is for sale! Make an offer today and own acme.example.</p>"),
        ("needs-javascript", "<p>You need to enable JavaScript to run this app.</p>"),
        ("loading", "<main><p>Loading...</p></main>"),
        ("empty", "<main><p></p></main>"),
    ],
)  # fmt: skip
def test_page_in_the_documents_place_is_held_for_good(kind: str, html: str) -> None:
    for standing in (None, POLICY):
        found = doubted(page(html), standing)
        assert found is not None
        assert (found.kind, found.lasting) == (kind, True)


@pytest.mark.parametrize("text", [POLICY, *SHORT_POLICIES])
def test_short_but_real_policy_passes(text: str) -> None:
    assert doubted(extract_markdown(text)) is None


@pytest.mark.parametrize("text", [POLICY, *SHORT_POLICIES[:2]])
def test_banner_beside_a_short_policy_says_nothing_of_it(text: str) -> None:
    banner = (
        "<div role=dialog><p>We use cookies.</p><button>Accept all</button><button>Reject all</button></div>"
    )
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in text.split("\n\n"))
    assert doubted(page(f"<main>{paragraphs * (1 if text is POLICY else 3)}</main>{banner}")) is None


def test_shell_that_needs_javascript_names_the_setting() -> None:
    shell = "<div id=root></div><noscript>You need to enable JavaScript to run this app.</noscript>"
    found = doubted(page(shell))
    assert found is not None
    assert "`browser`" in found.reason


def test_cookie_notice_that_speaks_of_choices_is_no_wall() -> None:
    text = (
        "We use cookies. You can accept all of them or reject all of them in the cookie settings at any time."
    )
    assert doubted(extract_markdown(f"# Cookies\n\n{text}")) is None


def test_policy_that_says_loading_is_not_one_that_loads() -> None:
    text = "The list of our partners is kept apart and shows Loading... until your browser has fetched it. " * 9
    assert doubted(extract_markdown(f"# Partners\n\n{text}")) is None


def test_ordinary_change_passes() -> None:
    assert doubted(extract_markdown(POLICY + "\nWe may train AI models on your posts.\n"), POLICY) is None


def test_page_that_lost_most_of_its_words_is_doubted_for_a_while() -> None:
    found = doubted(
        extract_markdown("# Privacy Policy\n\nAcme Ltd collects the data that you give us."), POLICY
    )
    assert found is not None
    assert (found.kind, found.lasting) == ("collapsed", False)


def test_page_that_grew_beyond_reason_is_doubted_for_a_while() -> None:
    found = doubted(extract_markdown(POLICY + POLICY.replace("Acme", "Acme or its agent") * 3), POLICY)
    assert found is not None
    assert (found.kind, found.lasting) == ("grown", False)


def test_another_document_at_the_same_address_is_doubted_for_a_while() -> None:
    recipe = (
        "Peel potatoes, boil until soft, mash with butter, season with salt, serve hot beside roasted carrots. "
        * 8
    )
    found = doubted(extract_markdown(recipe), POLICY)
    assert found is not None
    assert (found.kind, found.lasting) == ("other-document", False)


def test_another_language_is_held() -> None:
    german = (
        "Wir verarbeiten die Daten, die Sie uns geben, wenn Sie den Dienst nutzen, und sind für sie verantwortlich. "
        "Die Daten werden nicht an Dritte weitergegeben, es sei denn, dass Sie dem zugestimmt haben oder das Gesetz es verlangt. "
    ) * 4
    found = doubted(extract_markdown(german), POLICY)
    assert found is not None
    assert (found.kind, found.lasting) == ("language", True)


def test_another_contracting_company_is_doubted_for_a_while() -> None:
    found = doubted(extract_markdown(POLICY.replace("Acme Ltd", "Acme Ireland Limited")), POLICY)
    assert found is not None
    assert (found.kind, found.lasting) == ("entity", False)


def test_text_that_names_no_company_twice_speaks_for_no_other_one() -> None:
    assert doubted(extract_markdown(POLICY.replace("Acme Ltd", "the company")), POLICY) is None


def test_language_of_a_short_or_foreign_text_is_not_guessed() -> None:
    assert language_of([Clause("the data")]) is None
    assert language_of([Clause("數據 " * 100)]) is None


def test_page_of_nothing_but_signs_is_judged_in_linear_time() -> None:
    found = doubted(page("<p>*</p>" * 30_000))
    assert found is not None
    assert found.kind == "empty"
