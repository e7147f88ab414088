import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor.keys import KNOWN_KINDS, archive_key, is_key, is_key_part, slug


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("LinkedIn", "linkedin"),
        ("Service/Terms type", "service/terms-type"),
        ("  Data & Privacy -- Notice ", "data-privacy-notice"),
        ("Müller Straße", "muller-strasse"),
        ("Søren's Æbler", "soren-s-aebler"),
        ("Example.com", "example-com"),
        ("№ 1", "no-1"),
        ("///", ""),
        ("日本", "u65e5u672c"),
    ],
)
def test_name_becomes_ascii_slug(name: str, expected: str) -> None:
    assert slug(name) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Service/Terms type.md", "service/terms-type"),
        ("Service/Terms type #source.html", "service/terms-type/source"),
        ("Service/Terms type #other-source.PDF", "service/terms-type/other-source"),
        ("Example.com/Privacy Policy.md", "example-com/privacy-policy"),
    ],
)
def test_archive_path_becomes_key(path: str, expected: str) -> None:
    assert archive_key(path) == expected
    assert is_key(expected)


@given(st.text())
def test_slug_is_valid_and_stable(name: str) -> None:
    result = slug(name)
    assert slug(result) == result
    assert all(is_key_part(part) for part in result.split("/") if part)


@given(st.text(alphabet="абвгд中文字αβγ", min_size=1), st.text(alphabet="абвгд中文字αβγ", min_size=1))
def test_names_in_other_scripts_stay_apart(one: str, other: str) -> None:
    assume(one != other)
    assert slug(one) != slug(other)


@pytest.mark.parametrize(
    "text", ["a", "a/b/c/d", "a//b", "A/b", "a/b c", "a/-b", "a/b-", "a/" + "b" * 200, "/a"]
)
def test_malformed_key_is_refused(text: str) -> None:
    assert not is_key(text)


def test_known_kinds_are_key_parts() -> None:
    assert all(map(is_key_part, KNOWN_KINDS))
