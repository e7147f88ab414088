"""The mail as a whole: what the standard library's strict policy reads of it, whatever a page said."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from monitor.messages import render
from notifiers.base import Attachment, Message
from notifiers.email import EmailSettings, compose
from tests.monitor.messages.samples import (
    CHANGE,
    ENVELOPE,
    GROUP,
    HOSTILE,
    NOTICES,
    WHOLE_CHANGE,
    WHOLE_ENVELOPE,
    hostile_change,
)

SETTINGS = EmailSettings("mail.test", 25, "watch@example.test", tls="none")
STRICT = policy.default.clone(raise_on_defect=True)
HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "List-Id", "Auto-Submitted", "X-Auto-Response-Suppress",
    "Precedence", "MIME-Version", "Content-Type",
}  # fmt: skip
OF_THREADS = {"In-Reply-To", "References"}
PICTURE = Attachment("changes.png", "image/png", b"\x89PNG\r\n\x1a\n", "changes@policywatch")


def parsed(message: Message) -> EmailMessage:
    content = compose(message, "counsel@example.test", SETTINGS).as_bytes()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    mail = message_from_bytes(content, policy=STRICT)
    assert isinstance(mail, EmailMessage)
    return mail


@pytest.mark.parametrize("notice", [*NOTICES.values(), GROUP], ids=[*NOTICES, "group"])
def test_mail_parses_strictly_and_its_headers_are_exactly_these(notice: object) -> None:
    mail = parsed(render(notice, WHOLE_ENVELOPE))  # type: ignore[arg-type]
    threads = OF_THREADS if mail["References"] else set()
    assert set(mail.keys()) == HEADERS | threads
    assert len(mail.keys()) == len(set(mail.keys()))
    assert not mail.defects


def test_hostile_title_and_page_add_no_header_and_break_nothing() -> None:
    hostile = replace(hostile_change(), title=f"Acme \u202egnp \u2028 {HOSTILE}")
    mail = parsed(render(hostile, WHOLE_ENVELOPE))
    assert set(mail.keys()) == HEADERS | OF_THREADS
    assert mail["Bcc"] is None
    subject = str(mail["Subject"])
    assert not {"\n", "\r", "\u2028", "\x1b"} & set(subject)
    assert "\u202e" not in subject
    assert "[U+202E]" in subject


def test_text_comes_first_and_is_complete() -> None:
    message = render(WHOLE_CHANGE, WHOLE_ENVELOPE)
    mail = parsed(message)
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == message.text


def test_mails_on_a_document_answer_one_root_and_have_ids_of_their_own() -> None:
    first = parsed(render(CHANGE, ENVELOPE))
    second = parsed(render(NOTICES["outage"], replace(ENVELOPE, message_id="other@policywatch.test")))
    assert first["References"] == second["References"] == first["In-Reply-To"]
    assert first["Message-ID"] != second["Message-ID"]
    assert first["Message-ID"] not in str(first["References"])


def test_picture_stands_in_the_html_and_a_file_beside_it() -> None:
    file = Attachment('we\r\nird "name".csv', "text/csv", b"a,b\r\n")
    message = replace(render(CHANGE, ENVELOPE), attachments=(PICTURE, file))
    mail = parsed(message)
    assert mail.get_content_type() == "multipart/mixed"
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == 'we ird "name".csv'
    related = next(part for part in mail.walk() if part.get_content_type() == "multipart/related")
    html, picture = related.iter_parts()
    assert html.get_content_type() == "text/html"
    assert (picture["Content-ID"], picture.get_content_disposition()) == ("<changes@policywatch>", "inline")
    assert picture.get_content() == PICTURE.content
