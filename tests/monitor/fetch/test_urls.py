import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fetch.urls import clean, join, origin_of, port_of, same_host, shown


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/legal/privacy", "https://site.example/legal/privacy"),
        ("privacy?lang=de", "https://site.example/a/privacy?lang=de"),
        ("//www.site.example/p", "https://www.site.example/p"),
        ("http://other.example/", "http://other.example/"),
    ],
)
def test_redirects_resolve_against_the_page_that_sent_them(location: str, target: str) -> None:
    assert join("https://site.example/a/b", location) == (target, None)


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "ftp://site.example/",
        "gopher://site.example/",
        "data:text/html,hello",
        "javascript:alert(1)",
        "https://user:word@site.example/",
        "https://site.example\\@127.0.0.1/",
        "/a\tb",
        "\thttps://site.example/",
        "/a\r\nHost: evil.example",
        "/a b",
        "https://sіte.example/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://0177.0.0.1/",
        "//[",
    ],
)
def test_redirects_that_programs_read_differently_are_refused(location: str) -> None:
    _, problem = join("https://site.example/", location)
    assert problem


@given(st.text())
def test_any_location_gets_an_answer(location: str) -> None:
    target, problem = join("https://site.example/", location)
    assert problem or origin_of(target).startswith("http")


def test_the_step_to_https_keeps_the_host_and_the_step_back_does_not() -> None:
    assert same_host("http://a.example/", "https://a.example/x")
    assert not same_host("https://a.example/", "http://a.example/")
    assert not same_host("https://a.example/", "https://www.a.example/")
    assert not same_host("https://a.example/", "https://a.example:8443/")


def test_ports_default_by_scheme() -> None:
    assert (port_of("http://a.example/"), port_of("https://a.example/")) == (80, 443)
    assert port_of("https://a.example:8443/") == 8443


def test_messages_show_no_password_and_no_control_characters() -> None:
    assert shown("https://joe:hunter2@a.example/") == "https://...@a.example/"
    assert shown("https://a.example/\x1b[31m\u202e") == "https://a.example/\ufffd[31m\ufffd"
    assert len(shown("https://a.example/" + "x" * 500)) == 200


@given(st.text(alphabet=st.characters()), st.integers(10, 50))
def test_cleaned_text_prints_and_is_short(text: str, longest: int) -> None:
    assert clean(text, longest).isprintable()
    assert len(clean(text, longest)) <= longest
