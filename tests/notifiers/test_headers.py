from __future__ import annotations

import unicodedata
from email import message_from_bytes, policy
from email.message import EmailMessage

from hypothesis import example, given
from hypothesis import strategies as st

from notifiers.headers import LIMIT, MAIL, header_text

any_text = st.text(st.characters(codec=None, exclude_categories=()), max_size=400)


@given(any_text)
@example("[HIGH] на данных партнёров с для сервиса ноября стран пользователей моделей добавлено")
@example("000" + 6 * "¡" + "ࠀ" + 6 * "𐀀" + "\r¡\x85¡")
def test_any_text_becomes_one_header_line_that_reads_back_the_same(text: str) -> None:
    safe = header_text(text)
    mail = EmailMessage(policy=MAIL)
    mail["Subject"] = safe
    mail.set_content("body")
    parsed = message_from_bytes(mail.as_bytes(), policy=policy.default)
    assert str(parsed["Subject"]) == safe
    assert parsed.keys() == mail.keys()


@given(any_text)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert header_text(header_text(text)) == header_text(text)


@given(any_text)
def test_no_control_or_surrogate_character_is_left(text: str) -> None:
    safe = header_text(text)
    assert len(safe) <= LIMIT
    assert not {unicodedata.category(char) for char in safe} & {"Cc", "Cs", "Zl", "Zp"}


def test_white_space_is_folded_and_line_breaks_separate_words() -> None:
    assert header_text(" a\r\nBcc:\t b\u2028c ") == "a Bcc: b c"


def test_direction_marks_are_dropped() -> None:
    assert header_text("invoice\u202egnp.exe\u2069") == "invoicegnp.exe"
