from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.extract.normalise import canonical

ODD_CHARACTERS = st.text(
    st.one_of(
        st.characters(exclude_categories=()),
        st.sampled_from(
            "\u00a0\u00ad\u200b\u200d\u2060\ufeff\u0085\u2028\x00\x1c\ud800\u0301\u0316\u0344\u212b \n"
        ),
    )
)


@given(ODD_CHARACTERS)
@example("e\u200b\u0301")
@example("a" + "\u0301\u0316" * 40)
@example("a" + "\u0344" * 20)
def test_canonical_text_stays_as_it_is_when_normalised_again(text: str) -> None:
    once = canonical(text)
    assert canonical(once) == once


@given(ODD_CHARACTERS)
def test_canonical_text_can_always_be_encoded(text: str) -> None:
    canonical(text).encode("utf-8")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("your\u00a0personal\u2003 data\r\n\tis", "your personal data is"),
        ("per\u00adson\u200bal\u2060 da\ufeffta", "personal data"),
        ("cafe\u0301", "caf\u00e9"),
        ("a\x00b\x07c\x80", "abc"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
        ("\u201cWe\u201d don\u2019t SELL", "\u201cWe\u201d don\u2019t SELL"),
    ],
)
def test_white_space_and_invisible_characters_are_one_form(text: str, expected: str) -> None:
    assert canonical(text) == expected


def test_directional_overrides_stay_so_that_alerts_can_show_them() -> None:
    assert canonical("pay \u202eoot\u202c") == "pay \u202eoot\u202c"


def test_a_megabyte_of_combining_marks_is_kept_without_sorting_it() -> None:
    text = "a" + "\u0301\u0316" * 500_000
    assert canonical(text) == text
    assert not unicodedata.is_normalized("NFC", text[:5])
