"""What an alert has to contain, in each of its faces, and what of it programs get."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from monitor.messages import render
from monitor.messages.beside import beside
from monitor.messages.model import Notice
from notifiers.base import Message
from storage.records import Clause, ClauseKind
from tests.monitor.messages.reading import bytes_of_mail, read_html
from tests.monitor.messages.samples import (
    BASELINE,
    CHANGE,
    DOCUMENT,
    EDITED,
    ENVELOPE,
    GROUP,
    NOTICES,
    OUTAGE,
    RECOVERY,
    WHOLE_CHANGE,
    WHOLE_ENVELOPE,
    WITHDRAWN,
    hostile_change,
)
from tests.servers.slack import texts_of

FACES = ("text", "html", "slack", "data")


def face(message: Message, name: str) -> str:
    return {
        "text": message.text,
        "html": read_html(message.html).text,
        "slack": "\n".join(texts_of(list(message.blocks))).replace("&amp;", "&"),
        "data": json.dumps(dict(message.data), ensure_ascii=False),
    }[name]


@pytest.fixture(scope="module")
def whole() -> Message:
    return render(WHOLE_CHANGE, WHOLE_ENVELOPE)


@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize(
    "says",
    [
        "We keep your messages on our servers.",
        "in force from 2026-12-31, 40 days after we first saw it",
        "Acme – Terms: arbitration wording added",
        "Bolt; Cargo; Dune; and 1 more",
        "9, also changed: FAQ (alert 12)",
        "Fjord; Grove",
        "https://policies.example.com/incidents/9",
        "“We will notify you before we change this policy.”",
        f"text sha256 {'1' * 64}; page sha256 {'2' * 64} (status 200)",
        f"text sha256 {'3' * 64}",
        "https://policies.example.com/alerts/7",
        "https://policies.example.com/documents/acme/privacy-policy/diff?from=12&to=13",
        "policywatch ack 7",
        "policywatch silence add --document acme/privacy-policy",
    ],
)
def test_every_face_says_what_counsel_needs(whole: Message, name: str, says: str) -> None:
    assert says in face(whole, name)


@pytest.mark.parametrize("name", ["text", "html", "slack"])
def test_message_says_which_routes_lead_here(whole: Message, name: str) -> None:
    assert "Routes 2 and 4 of its configuration" in face(whole, name)
    one = render(CHANGE, replace(ENVELOPE, routes=(3,)))
    assert "Route 3 of its configuration" in face(one, name)


def test_sentences_beside_a_clause_stand_with_the_text_of_today(whole: Message) -> None:
    assert (
        "  (We keep your messages on our servers.)\n"
        "  We {+may+} use your messages to train AI models.\n"
        "  (You can object in your settings.)\n"
    ) in whole.text
    assert whole.text.count("We keep your messages on our servers.") == 1


def test_deadline_that_has_passed_is_none() -> None:
    past = replace(CHANGE, effective_date=(None, date(2026, 11, 21)))
    assert "Deadline" not in render(past, ENVELOPE).text


def test_without_a_browser_nothing_links_to_one_and_commands_show_it_all() -> None:
    text = render(WHOLE_CHANGE, ENVELOPE).text
    assert "/alerts/" not in text
    for command in ("alerts --incident 9", f"show {DOCUMENT.key}@13"):
        assert f"policywatch {command}" in text
        assert f"policywatch {command}" not in render(WHOLE_CHANGE, WHOLE_ENVELOPE).text


def test_links_into_our_browser_are_shown_in_full(whole: Message) -> None:
    links = read_html(whole.html).links
    assert len(links) == 7
    assert all(address == shown for address, shown in links)


def test_alerts_of_a_shared_message_link_to_themselves() -> None:
    message = render(GROUP, WHOLE_ENVELOPE)
    assert ("https://policies.example.com/alerts/8", "alert 8") in read_html(message.html).links
    assert "(https://policies.example.com/alerts/8)" in message.text
    assert "<https://policies.example.com/alerts/8|alert 8>" in face(message, "slack")


@pytest.mark.parametrize("notice", [CHANGE, OUTAGE, WITHDRAWN, RECOVERY])
def test_all_news_of_a_document_have_one_thread(notice: Notice) -> None:
    assert (
        render(notice, ENVELOPE).thread
        == render(CHANGE, replace(ENVELOPE, message_id="x@policywatch.test")).thread
    )


@pytest.mark.parametrize("notice", [GROUP, BASELINE])
def test_what_is_about_several_documents_has_no_thread(notice: Notice) -> None:
    assert render(notice, ENVELOPE).thread == ""


@pytest.mark.parametrize("notice", [*NOTICES.values(), GROUP], ids=[*NOTICES, "group"])
def test_every_notice_has_data_of_its_own_type(notice: Notice) -> None:
    data = json.loads(json.dumps(dict(render(notice, ENVELOPE).data)))
    assert data["text"].startswith(f"{data['severity'].upper()} · " if data["severity"] else data["title"])
    assert data["type"] == ("withdrawn" if notice is WITHDRAWN else data["type"])


def test_data_tells_words_apart_as_the_text_does() -> None:
    (section,) = render(CHANGE, ENVELOPE).data["sections"]
    first = section["passages"][0]
    assert first["before"]["text"] == "We [-do not-] use your messages to train AI models."
    assert {"kind": "inserted", "text": "may"} in first["after"]["pieces"]
    assert section["passages"][2]["before"] is None or section["passages"][2]["after"] is None


def test_data_holds_no_control_characters() -> None:
    told = json.dumps(dict(render(hostile_change(), ENVELOPE).data), ensure_ascii=False)
    told.encode("utf-8")
    assert not [sign for sign in ("\x1b", "\u202e", "\u2028", "\r") if sign in told]


def test_what_a_mail_leaves_out_is_attached() -> None:
    clause = "We may train our models on what you write. "
    findings = [replace(EDITED, quote=f"{number}. {clause * 20}", before=None) for number in range(200)]
    message = render(replace(CHANGE, findings=tuple(findings)), ENVELOPE)
    (attached,) = message.attachments
    assert (attached.name, attached.media_type, attached.content_id) == ("whole.txt", "text/plain", "")
    assert b"199. We may train" in attached.content
    assert "More is attached as whole.txt." in message.text
    assert bytes_of_mail(message) < 100_000


def test_short_message_attaches_nothing(whole: Message) -> None:
    assert whole.attachments == ()


def test_sentences_beside_are_found_and_headings_are_none() -> None:
    clauses = [
        Clause("2. Use", ClauseKind.HEADING, 2),
        Clause("First."),
        Clause("Menu", soft=True),
        Clause("Second."),
        Clause("3. More", ClauseKind.HEADING, 2),
        Clause("First."),
    ]
    found = list(beside(clauses, {"First.", "Second."}))
    assert [(each.clause, each.preceding, each.following) for each in found] == [
        ("First.", "", "Second."),
        ("Second.", "First.", ""),
    ]
