from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.extract.charset import decode

FRENCH = "Vos données personnelles — « à jour »"


def meta(label: str) -> bytes:
    return f'<html><head><meta charset="{label}"></head><p>'.encode()


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (FRENCH.encode("utf-8"), "text/html; charset=utf-8", FRENCH),
        (FRENCH.encode("cp1252"), "text/html; charset=ISO-8859-1", FRENCH),
        (FRENCH.encode("cp1252"), 'text/html; charset="latin1"', FRENCH),
        (FRENCH.encode("utf-8"), "text/html", FRENCH),
        (FRENCH.encode("utf-8"), None, FRENCH),
        (FRENCH.encode("cp1252"), "text/html", FRENCH),
        (codecs.BOM_UTF16_LE + FRENCH.encode("utf-16-le"), "text/html", FRENCH),
        (codecs.BOM_UTF16_BE + FRENCH.encode("utf-16-be"), "text/html; charset=utf-8", FRENCH),
        (codecs.BOM_UTF8 + FRENCH.encode(), "text/html; charset=iso-8859-1", FRENCH),
        ("隐私政策".encode("gb18030"), "text/html; charset=gb2312", "隐私政策"),
        ("個人情報".encode("cp932"), "text/html; charset=Shift_JIS", "個人情報"),
        ("Конфиденциальность".encode("cp1251"), "text/html; charset=windows-1251", "Конфиденциальность"),
    ],
)
def test_declared_charset_is_read_as_browsers_read_it(
    body: bytes, content_type: str | None, expected: str
) -> None:
    assert decode(body, content_type) == (expected, ())


def test_page_names_its_charset_where_the_header_does_not() -> None:
    assert decode(meta("windows-1252") + "données".encode("cp1252"), "text/html")[0].endswith("données")


def test_header_wins_over_the_page() -> None:
    assert decode(meta("windows-1252") + "données".encode(), "text/html; charset=utf-8")[0].endswith("données")


def test_page_that_claims_utf16_in_plain_letters_is_utf8() -> None:
    assert decode(meta("utf-16") + "données".encode(), "text/html")[0].endswith("données")


@pytest.mark.parametrize(
    "label", ["base64", "rot13", "idna", "punycode", "utf-7", "hex", "unicode_escape", "no-such"]
)
def test_codec_that_is_no_charset_is_never_used(label: str) -> None:
    text, warnings = decode(b"+ADw-p+AD4- aGVsbG8=", f"text/html; charset={label}")
    assert text == "+ADw-p+AD4- aGVsbG8="
    assert warnings == (f"unknown charset {label!r} read as utf-8",)


def test_bytes_that_do_not_fit_the_declaration_are_replaced_and_reported() -> None:
    text, warnings = decode(b"donn\xe9es", "text/html; charset=utf-8")
    assert text == "donn\ufffdes"
    assert warnings == ("bytes that are no utf-8 were replaced",)


@given(st.binary(), st.one_of(st.none(), st.text()))
def test_decoding_never_raises(body: bytes, content_type: str | None) -> None:
    decode(body, content_type)
