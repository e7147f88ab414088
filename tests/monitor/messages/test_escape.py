from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given

from monitor.messages.escape import cleaned, readable, slack_link, slack_mrkdwn, slack_plain
from storage.records import Severity
from tests.monitor.messages.samples import CHANGE, EDITED, HOSTILE, any_text


@given(any_text)
def test_readable_text_is_one_line_without_control_or_direction_characters(text: str) -> None:
    shown = readable(text)
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
    assert readable(shown) == shown


def test_ordinary_text_is_left_alone() -> None:
    text = "Wir dürfen „KI-Modelle“ trainieren – § 3, 👩‍⚖️ 条款"
    assert readable(text) == text


@given(any_text)
def test_slack_text_has_no_sign_that_slack_acts_on(text: str) -> None:
    assert not set(slack_mrkdwn(text)) & set("<>*~`")
    assert not set(slack_plain(text)) & set("<>")


def test_ampersand_is_escaped_once() -> None:
    assert slack_mrkdwn("R&D &amp; <b>") == "R&amp;D &amp;amp; &lt;b&gt;"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://a.example", "//a.example", "", "mailto:a@b.example"]
)
def test_only_web_addresses_become_links(url: str) -> None:
    assert slack_link(url) == ""


def test_address_cannot_break_out_of_its_link() -> None:
    assert (
        slack_link("https://a.example/x|<!channel> y&z") == "<https://a.example/x%7C%3C!channel%3E%20y&amp;z>"
    )


def test_cleaning_a_record_reaches_every_text_and_keeps_the_rest() -> None:
    assert cleaned(EDITED) == EDITED
    notice = cleaned(replace(CHANGE, title=HOSTILE, flags=(HOSTILE,)))
    assert notice.severity is Severity.HIGH
    assert "\x1b" not in notice.title + notice.flags[0]
