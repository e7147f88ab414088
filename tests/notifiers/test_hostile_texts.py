"""Whatever a page says in titles, headings and clauses: each face of a message shows it and obeys none."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from monitor.messages import render
from monitor.messages.model import GroupNotice, Notice
from notifiers.base import Message
from notifiers.email import EmailSettings, compose
from notifiers.slack import payload
from notifiers.webhook import body_of
from tests.monitor.messages.reading import bytes_of_mail, read_html
from tests.monitor.messages.reports import WEEKLY
from tests.monitor.messages.samples import (
    BASELINE,
    CHANGE,
    DOCUMENT,
    EDITED,
    GROUP,
    HOSTILE,
    OUTAGE,
    RETURN,
    SILENCE,
    WHOLE_CHANGE,
    WHOLE_ENVELOPE,
)
from tests.servers.slack import Answer, judge

TEXTS = {
    "header": "x\r\nBcc: evil@example.com\r\n\r\n<b>body</b>",
    "line separators": "a\u2028Bcc: evil@example.com\u2029b\x85c\x0bd\x0ce",
    "surrogates": "a\ud800b\udfffc",
    "mention": "<!channel> <!here> <@U012345> @channel",
    "link": "<https://evil.example|Bank> [Bank](https://evil.example) <a href='https://evil.example'>Bank</a>",
    "long word": "W" * 5_000,
    "direction": "a\u202egnp.exe\u2066b\u200f",
    "formula": '=cmd()|"/C calc"!A0',
    "terminal": "\x1b]8;;https://evil.example\x07Bank\x1b[31m",
    "all": HOSTILE,
}
HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "List-Id", "Auto-Submitted", "X-Auto-Response-Suppress",
    "Precedence", "MIME-Version", "Content-Type",
}  # fmt: skip
OURS = ("https://policies.example.com/", DOCUMENT.url)


def notices(text: str) -> dict[str, Notice | GroupNotice]:
    """Notices of every kind that bears words of a page, each of these words hostile."""
    finding = replace(EDITED, quote=f"{text} now", before=text, matched=(text,), heading=(text,), title=text)
    title = f"Acme {text}"
    change = replace(
        WHOLE_CHANGE, title=title, findings=(finding, replace(finding, before=None)), flags=(text,)
    )
    headlines = tuple(replace(each, title=title, document=text) for each in GROUP.headlines)
    return {
        "change": change,
        "return": replace(RETURN, title=title, findings=(finding,), told=(text,)),
        "baseline": replace(BASELINE, title=title, documents=((DOCUMENT, (finding,)),)),
        "outage": replace(OUTAGE, title=title, error=text),
        "silence": replace(SILENCE, title=title, kept_back=headlines, reason=text),
        "group": replace(GROUP, headlines=headlines, whole=(change,)),
        "weekly": replace(WEEKLY, headlines=headlines, whole=(change,)),
    }


@pytest.fixture(scope="module", params=TEXTS)
def messages(request: pytest.FixtureRequest) -> dict[str, Message]:
    return {kind: render(each, WHOLE_ENVELOPE) for kind, each in notices(TEXTS[request.param]).items()}


def is_plain(text: str) -> bool:
    """Whether nothing in it moves what the eye sees, or is no character at all."""
    harmful = {unicodedata.category(char) for char in text} & {"Cc", "Cs", "Zl", "Zp"}
    return not harmful and not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200f")


def test_headers_of_a_mail_are_exactly_those_of_the_list(messages: dict[str, Message]) -> None:
    settings = EmailSettings("mail.test", 25, "watch@example.test", tls="none")
    for message in messages.values():
        content = compose(message, "counsel@example.test", settings).as_bytes()
        mail = message_from_bytes(content, policy=policy.default.clone(raise_on_defect=True))
        assert isinstance(mail, EmailMessage)
        threads = {"In-Reply-To", "References"} if message.thread else set()
        assert sorted(mail.keys()) == sorted(HEADERS | threads)
        assert is_plain(str(mail["Subject"]))
        assert max(map(len, content.split(b"\r\n"))) <= 998
        assert bytes_of_mail(message) < 100_000


def test_text_of_a_mail_holds_nothing_but_lines(messages: dict[str, Message]) -> None:
    for message in messages.values():
        assert all(map(is_plain, message.text.split("\n")))
        assert not [line for line in message.text.split("\n") if line.startswith("Bcc:")]


def test_html_of_a_mail_links_to_nobody_but_us_and_the_page_and_fetches_nothing(
    messages: dict[str, Message],
) -> None:
    for kind, message in messages.items():
        page = read_html(message.html)
        assert {address for address, _ in page.links if not address.startswith(OURS)} <= of_samples(kind)
        assert set(page.dangers) <= ({"img"} if kind == "weekly" else set())


def of_samples(kind: str) -> set[str]:
    """Addresses of documents that the samples of a report watch."""
    watched = {each.document.url for each in WEEKLY.report.changes} if WEEKLY.report else set()
    return watched if kind == "weekly" else set()


def test_slack_takes_it_and_is_told_to_mention_and_link_nothing(messages: dict[str, Message]) -> None:
    for message in messages.values():
        content = payload(message, with_blocks=True)
        assert judge(content) == Answer()
        assert (content["parse"], content["unfurl_links"]) == ("none", False)
        said = json.dumps(content, ensure_ascii=False)
        assert "<!" not in said
        assert "<@" not in said
        assert "<https://evil" not in said
        assert all(is_plain(line) for line in content["text"].split("\n"))


def test_program_gets_json_in_ascii_whose_texts_are_plain(messages: dict[str, Message]) -> None:
    for message in messages.values():
        body = body_of(message)
        assert body.isascii()
        told = json.loads(body)
        assert all(is_plain(line) for line in told["text"].split("\n"))
        assert is_plain(told["title"])


def test_short_form_bears_no_clause_of_the_page() -> None:
    finding = replace(EDITED, quote="Clause canary now", before="Clause canary", heading=("Heading canary",))
    assert "canary" not in render(replace(CHANGE, findings=(finding,)), WHOLE_ENVELOPE).fallback
