"""What people are told when a document is not seen, gone, or seen again; in every form of the message."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings

from monitor.fetch.model import ErrorClass
from monitor.messages import render, title_of_sight
from monitor.messages.model import Notice, OutageNotice
from monitor.messages.names import TITLE_LIMIT, name_of_error
from notifiers.base import Message
from tests.monitor.messages.reading import read_html
from tests.monitor.messages.samples import (
    CHANGE,
    DOCUMENT,
    ENVELOPE,
    HOSTILE,
    NOTICES,
    OUTAGE,
    RECOVERY,
    RETURN,
    WITHDRAWN,
    any_text,
)
from tests.servers.slack import Answer, judge, texts_of


def forms(message: Message) -> tuple[str, str, str]:
    return message.text, read_html(message.html).text, "\n".join(texts_of(list(message.blocks)))


@pytest.mark.parametrize(
    ("notice", "says"),
    [
        (OUTAGE, "Acme – Privacy Policy (EU): not readable since 2026-11-19 (dns)"),
        (OUTAGE, "2026-11-19 23:12 UTC (2026-11-20 00:12 Europe/Berlin)"),
        (OUTAGE, "2026-11-18 23:12 UTC"),
        (OUTAGE, "2026-11-21 23:40 UTC"),
        (OUTAGE, "the name of its host cannot be resolved (dns)"),
        (OUTAGE, "its host cannot be resolved: no such name"),
        (OUTAGE, "41"),
        (OUTAGE, "a change in it would go unnoticed"),
        (OUTAGE, "policywatch check acme/privacy-policy"),
        (OUTAGE, "policywatch show acme/privacy-policy"),
        (OUTAGE, "policywatch status"),
        (OUTAGE, "policywatch explain 10"),
        (replace(OUTAGE, last_good=None), "never"),
        (WITHDRAWN, "withdrawn (http_410) – 2026-11-19"),
        (WITHDRAWN, "the server answered with status 410 (http_410)"),
        (WITHDRAWN, "put its new address into the configuration"),
        (RECOVERY, "readable again since 2026-11-21"),
        (RECOVERY, "Its text is another one than before"),
        (RECOVERY, "policywatch diff acme/privacy-policy 12 13"),
        (RECOVERY, "policywatch show acme/privacy-policy@13"),
        (replace(RECOVERY, previous=13), "Its text is the one that stood before."),
        (replace(RECOVERY, previous=None), "This is the first text that we read of it."),
        (replace(RECOVERY, withdrawn=True), "The document was withdrawn and is back."),
    ],
)
def test_every_form_says_what_a_person_needs(notice: Notice, says: str) -> None:
    for form in forms(render(notice, ENVELOPE)):
        assert says in form


@pytest.mark.parametrize(
    "says",
    [
        "back to version 12: AI-training wording added",
        "The page went back to its version 12, which stood before what you were told.",
        "You were told",
        CHANGE.title,
        "messages to train AI models.",
        "2026-11-21 23:12 UTC",
        "13 → 12",
        "policywatch diff acme/privacy-policy 13 12",
        "policywatch explain 13",
    ],
)
def test_a_follow_up_says_what_was_told_and_what_stands_now(says: str) -> None:
    for form in forms(render(RETURN, ENVELOPE)):
        assert says in form


def test_a_flapping_page_is_called_one_in_the_follow_up_alone_that_says_so() -> None:
    for form in forms(render(replace(RETURN, flapping=True), ENVELOPE)):
        assert "It goes back and forth between texts: you will not be told of further returns" in form
    for form in forms(render(RETURN, ENVELOPE)):
        assert "back and forth" not in form


def test_a_document_never_read_offers_no_text_to_show() -> None:
    for form in forms(render(replace(OUTAGE, last_good=None), ENVELOPE)):
        assert "policywatch show" not in form


@pytest.mark.parametrize("error_class", ErrorClass)
def test_every_class_of_error_has_words(error_class: ErrorClass) -> None:
    words = name_of_error(error_class.value)
    assert words.endswith(f"({error_class.value})")
    assert "not brought back" not in words


@settings(deadline=None)
@given(any_text, any_text)
def test_hostile_texts_stay_text(error: str, service: str) -> None:
    document = replace(DOCUMENT, service=service)
    message = render(replace(OUTAGE, error=error, document=document), ENVELOPE)
    assert judge({"text": message.fallback, "blocks": list(message.blocks)}) == Answer(200, "ok")


@given(any_text)
def test_titles_stay_within_the_limit_and_say_what_happened(service: str) -> None:
    title = title_of_sight(replace(DOCUMENT, service=service * 3), "not readable since 2026-11-19 (dns)")
    assert title.endswith(": not readable since 2026-11-19 (dns)")
    assert len(title) <= TITLE_LIMIT


def test_every_notice_has_a_sample() -> None:
    assert {type(notice) for notice in NOTICES.values()} == set(get_args(Notice))
    assert isinstance(replace(OUTAGE, error=HOSTILE), OutageNotice)
