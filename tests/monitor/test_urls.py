import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.urls import MAX_URL_LENGTH, check_url, host_of


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "http://example.com:8080/privacy?lang=de#data",
        "HTTPS://WWW.Example.COM./",
        "https://xn--mnchen-3ya.example/",
        "https://192.0.2.7/terms",
        "http://[2001:db8::1]:8443/terms",
        "https://example.com/datenschutzerklärung",
        "https://localhost:1/",
        "https://a_b.example/",
    ],
)
def test_ordinary_addresses_are_accepted(url: str) -> None:
    assert check_url(url) is None


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("example.com/privacy", "begin with"),
        ("file:///etc/passwd", "begin with"),
        ("ftp://example.com/", "begin with"),
        ("gopher://example.com/", "begin with"),
        ("data:text/html,hello", "begin with"),
        ("javascript:alert(1)", "begin with"),
        ("", "begin with"),
        ("https:example.com", "names no host"),
        ("https:///privacy", "names no host"),
        ("https://user@example.com/", "user name or password"),
        ("https://user:secret@example.com/", "user name or password"),
        ("https://example.com\\@evil.example/", "backslash"),
        ("https://example.com/a b", "invisible"),
        ("https://example.com/\r\nHost: evil.example", "invisible"),
        ("https://example.com/\u2028", "invisible"),
        ("https://example.com/\u202e", "invisible"),
        ("https://exаmple.com/", "ASCII form"),  # with a Cyrillic letter
        ("https://example.com:0/", "port"),
        ("https://example.com:65536/", "port"),
        ("https://example.com:/", "port"),
        ("https://example.com:٣/", "malformed"),
        ("https://exa mple.com/", "invisible"),
        ("https://-example.com/", "malformed"),
        ("https://example..com/", "malformed"),
        ("https://ex%61mple.com/", "malformed"),
        ("https://[::1/", "malformed"),
        ("https://[fe80::1%25eth0]/", "IPv6"),
        ("https://[example]/", "IPv6"),
        ("https://2130706433/", "IPv4"),
        ("https://0x7f.1/", "IPv4"),
        ("https://0177.0.0.1/", "IPv4"),
        ("https://127.1/", "IPv4"),
        ("https://127.0.0.0x1/", "IPv4"),
        ("https://example.com/" + "a" * MAX_URL_LENGTH, "longer"),
    ],
)
def test_odd_addresses_are_refused_with_the_reason(url: str, reason: str) -> None:
    problem = check_url(url)
    assert problem is not None
    assert reason in problem


@given(st.text())
def test_any_text_gets_an_answer_that_does_not_repeat_a_password(text: str) -> None:
    check_url(text)
    assert "hunter2" not in (check_url(f"https://joe:hunter2@{text}") or "")


def test_host_is_taken_out_in_lower_case() -> None:
    assert host_of("https://WWW.Example.com:8443/x") == "www.example.com"
    assert host_of("http://[2001:DB8::1]/") == "2001:db8::1"
