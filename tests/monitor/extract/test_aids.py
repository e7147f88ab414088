"""What only helps to use a page is set aside, however visible it is."""

from __future__ import annotations

import pytest

from tests.monitor.extract.helpers import FILLER, hard_texts, read_html, soft_texts

POLICY = f"<h1>Privacy of the shop</h1>{FILLER}"


@pytest.mark.parametrize(
    "hint",
    [
        "(opens in a new tab)",
        "Opens in new window",
        "external link",
        "(öffnet in neuem Fenster)",
        "(s’ouvre dans un nouvel onglet)",
        "(se abre en una pestaña nueva)",
        "(si apre in una nuova scheda)",
        "(abre numa nova aba)",
        "(opent in een nieuw tabblad)",
    ],
)
def test_hint_at_what_a_link_does_is_no_word_of_the_sentence(hint: str) -> None:
    html = f'<p>Read <a href="/law">the law <span class="sr-only">{hint}</span></a> on it.</p>{FILLER}'
    assert hard_texts(html)[0] == "Read the law on it."


@pytest.mark.parametrize("hint", ["(opens in a new tab)", "[External link]", "(öffnet in neuem Fenster) "])
@pytest.mark.parametrize("tag", ["p", "td", "h3"])
def test_hint_in_brackets_behind_the_words_of_a_link_is_none_of_them(tag: str, hint: str) -> None:
    html = f'{FILLER}<{tag}>Read <a href="/law">the law {hint}</a> on it.</{tag}>'
    assert hard_texts(html)[-1] == "Read the law on it."
    assert soft_texts(html) == [hint.strip()]


def test_hint_outside_of_a_link_and_other_brackets_within_one_are_text() -> None:
    html = f'{FILLER}<p>It shows the law (opens in a new tab) and <a href="/x">the rest (in Dutch)</a>.</p>'
    assert hard_texts(html)[-1] == "It shows the law (opens in a new tab) and the rest (in Dutch)."


def test_sentence_about_tabs_is_text() -> None:
    assert hard_texts(f"<p>Our help opens in a new tab if you ask for it.</p>{FILLER}")[0].startswith(
        "Our help"
    )


@pytest.mark.parametrize(
    "banner",
    [
        "<p>We use cookies to measure visits.</p><button>Accept all</button><button>Manage</button>",
        "<p>Wir verwenden Cookies.</p><div><div role=button>Alle ablehnen</div></div>",
        "<h2>Cookies</h2><p>Nous utilisons des cookies.</p><p><button>Tout refuser</button></p>",
    ],
)
def test_cookie_banner_without_a_role_is_set_aside(banner: str) -> None:
    html = f"{POLICY}<div><div>{banner}</div></div>"
    assert read_html(html).fingerprint == read_html(POLICY).fingerprint
    assert len(soft_texts(html)) >= 2


@pytest.mark.parametrize(
    "html",
    [
        "<p>You may accept all cookies or reject all of them.</p>",
        "<p>The terms are shown once more.</p><button>Accept</button>",
        "<p>We use cookies.</p><button>Open the settings</button>",
    ],
)
def test_text_about_cookies_or_beside_a_button_is_text(html: str) -> None:
    assert hard_texts(f"{POLICY}<div>{html}</div>")[-1].startswith(("You may", "The terms", "We use"))


def test_banner_around_half_the_page_is_the_page() -> None:
    html = f"<div><p>{'We set cookies to know you again. ' * 9}</p><button>Accept all</button></div>"
    assert hard_texts(html)


@pytest.mark.parametrize("attribute", ["aria-busy=true", "role=status", "role=progressbar", "role=timer"])
def test_what_is_being_filled_or_ticks_is_set_aside(attribute: str) -> None:
    html = f"{POLICY}<div {attribute}>The offer ends in 3 hours and 4 minutes.</div>"
    assert soft_texts(html) == ["The offer ends in 3 hours and 4 minutes."]


LINKS = "<ul><li><a href=/a>How to close an account</a><li><a href=/b>What a cookie is</a></ul>"


def test_heading_of_links_below_the_text_is_set_aside_with_them() -> None:
    html = f"{POLICY}<div><h3>Related articles</h3>{LINKS}</div><p>© 2024 Acme Inc.</p>"
    assert "Related articles" in soft_texts(html)
    assert read_html(html).fingerprint == read_html(POLICY).fingerprint


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        (f"<h3>Related articles</h3>{LINKS}<p>They bind you as well as us.</p>", "Related articles"),
        ("<h3>What we never do</h3>", "What we never do"),
        ("".join(f"<h3>Topic {at}</h3>{LINKS}" for at in range(4)), "Topic 0"),
    ],
)
def test_heading_that_heads_text_or_nothing_or_an_index_stays(html: str, kept: str) -> None:
    assert kept in hard_texts(f"{POLICY}{html}")
