"""A message that bears several alerts lists them all or says how many are missing, in every form."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.messages import render, render_plainly
from monitor.messages.model import GroupNotice, Headline
from notifiers.base import Message
from storage.records import Severity
from tests.monitor.messages.reading import bytes_of_mail, read_html
from tests.monitor.messages.samples import CHANGE, DOCUMENT, ENVELOPE, GROUP, SEEN, any_text
from tests.servers.slack import Answer, judge, texts_of


def forms(message: Message) -> dict[str, str]:
    return {
        "text": message.text,
        "html": read_html(message.html).text,
        "slack": "\n".join(texts_of(list(message.blocks))),
    }


def group(alerts: int, grouping: str = "", whole: int = 30) -> GroupNotice:
    """So many alerts with long titles, the first tenth of them high."""
    headlines = tuple(
        Headline(
            number,
            Severity.HIGH if number <= alerts // 10 else Severity.LOW,
            f"Company {number} – Privacy Policy (EU): AI-training wording added, retention wording edited",
            f"company-{number}/privacy-policy",
            SEEN,
        )
        for number in range(1, alerts + 1)
    )
    return GroupNotice(9, grouping, headlines, (CHANGE,) * min(whole, alerts))


@pytest.mark.parametrize("form", ["text", "html", "slack"])
@pytest.mark.parametrize(
    "says",
    [
        "Daily digest: 2 alerts (1 high, 1 medium) – 2026-11-21",
        CHANGE.title,
        "alert 7",
        "alert 8",
        "train AI models",
        "policywatch alerts --message 31",
    ],
)
def test_every_form_says_what_a_person_needs(form: str, says: str) -> None:
    assert says in forms(render(GROUP, ENVELOPE))[form]


def test_the_most_severe_stand_first_in_subject_list_and_fallback() -> None:
    message = render(GROUP, ENVELOPE)
    assert message.subject.startswith("[HIGH] Daily digest")
    assert message.text.index("alert 7") < message.text.index("alert 8")
    assert message.fallback.index("alert 7") < message.fallback.index("alert 8")


@pytest.mark.parametrize("alerts", [2, 36, 200, 1000])
def test_however_many_there_are_it_stays_within_the_limits_and_counts_what_it_leaves_out(alerts: int) -> None:
    message = render(group(alerts), ENVELOPE)
    assert bytes_of_mail(message) < 100_000
    assert judge({"text": message.fallback, "blocks": list(message.blocks)}) == Answer(200, "ok")
    assert message.blocks
    for text in forms(message).values():
        listed = len(set(re.findall(r"\(alert (\d+)\)", text)))
        missing = re.search(r"([\d,]+) more alerts? (?:is|are) not listed here", text)
        assert listed + (int(missing[1].replace(",", "")) if missing else 0) == alerts
        assert listed >= min(alerts, 10)
        assert all(f"(alert {number})" in text for number in range(1, min(alerts // 10, 10) + 1))


def test_a_mail_attaches_the_list_that_it_has_no_room_for() -> None:
    message = render(group(1000), ENVELOPE)
    (attached,) = message.attachments
    assert attached.name == "whole.txt"
    assert len(set(re.findall(rb"\(alert (\d+)\)", attached.content))) == 1000
    assert "More is attached as whole.txt. " in message.text
    assert render(group(2), ENVELOPE).attachments == ()


def test_a_mail_in_an_alphabet_that_takes_much_room_is_as_small_as_others() -> None:
    title = "隐私政策：新增关于人工智能训练的措辞" * 8
    headlines = tuple(replace(each, title=title) for each in group(1000).headlines)
    message = render(replace(group(1000), headlines=headlines), ENVELOPE)
    assert bytes_of_mail(message) < 100_000
    assert message.text.count("(alert ") >= 20


def test_a_shared_message_says_which_routes_lead_here_and_how_to_be_left_alone() -> None:
    for text in forms(render(GROUP, replace(ENVELOPE, routes=(1, 3)))).values():
        assert "Routes 1 and 3 of its configuration" in text
        assert f"policywatch silence add --document {DOCUMENT.key}" in text


def test_a_shared_message_links_to_all_its_alerts() -> None:
    message = render(GROUP, replace(ENVELOPE, public_url="https://policies.example.com"))
    address = "https://policies.example.com/alerts?status=all&message=31"
    assert (address, address) in read_html(message.html).links
    assert address in message.text
    assert f"<{address}>" in "\n".join(texts_of(list(message.blocks))).replace("&amp;", "&")


@settings(deadline=None, max_examples=30)
@given(any_text, any_text)
def test_hostile_titles_stay_text(title: str, key: str) -> None:
    headlines = (replace(GROUP.headlines[0], title=title, document=key), GROUP.headlines[1])
    whole = (replace(CHANGE, title=title, document=replace(DOCUMENT, service=title)),)
    message = render(replace(GROUP, headlines=headlines, whole=whole), ENVELOPE)
    assert judge({"text": message.fallback, "blocks": list(message.blocks)}) == Answer(200, "ok")
    assert "<!channel>" not in message.fallback


def test_the_plain_form_says_where_everything_is() -> None:
    message = render_plainly(GROUP, ENVELOPE)
    assert "2 alerts" in message.subject
    assert "policywatch alerts --message 31" in message.text


@given(st.integers(1, 3))
def test_a_reminder_says_so_in_subject_and_lead(number: int) -> None:
    message = render(CHANGE, replace(ENVELOPE, reminder=number))
    assert message.subject.startswith("[REMINDER] [HIGH]")
    assert f"Reminder {number}: nobody has acknowledged this alert." in message.text
