from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date
from typing import Any

import pytest
from hypothesis import given, settings

from monitor.messages import render, render_plainly
from monitor.messages.model import ChangeNotice, LinkedPage, Notice
from notifiers.base import Message
from storage.records import Severity
from tests.monitor.messages.reading import bytes_of_mail, read_html
from tests.monitor.messages.samples import (
    ADDED,
    AFTER,
    BASELINE,
    BEFORE,
    CHANGE,
    DELIVERY,
    EDITED,
    ENVELOPE,
    HOSTILE,
    NOTICES,
    SAMPLE,
    change_notices,
    hostile_change,
)
from tests.servers.slack import Answer, judge, texts_of


def forms(message: Message) -> dict[str, str]:
    """The words of each form: plain text, what is visible of the HTML, all of the blocks."""
    return {
        "text": message.text,
        "html": read_html(message.html).text,
        "slack": "\n".join(texts_of(list(message.blocks))),
    }


def payload(message: Message) -> dict[str, Any]:
    return {"text": message.fallback, "blocks": list(message.blocks)}


@pytest.fixture(params=["text", "html", "slack"])
def form(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


class TestChange:
    def test_pages_that_are_newly_linked_and_not_watched_are_named(self, form: str) -> None:
        links = [LinkedPage(f"Questions {number}", f"https://acme.example/faq/{number}") for number in range(7)]
        says = forms(render(replace(CHANGE, new_links=tuple(links)), ENVELOPE))[form]
        assert "Newly linked, not watched" in says
        assert '"Questions 0" https://acme.example/faq/0;' in says
        assert "and 2 more" in says
        assert "Newly linked" not in forms(render(CHANGE, ENVELOPE))[form]

    @pytest.mark.parametrize(
        "says",
        [
            "Acme",
            "Privacy Policy",
            "acme/privacy-policy",
            "EU · en",
            "AI-training wording added",
            "rule ",
            "ai-training",
            "“train AI models”",
            "The clause denied training before and allows it now.",
            "2. Use › 2.1 Messages",
            "2026-11-21 23:12 UTC (2026-11-22 00:12 Europe/Berlin)",
            "2026-11-21 22:12 UTC (23:12 Europe/Berlin)",
            "Changed between",
            "2026-06-01 → 2026-11-20",
            "not stated → 2026-12-31",
            "default-flip (a default was turned around); unheard-of",
            "clauses: 1 added, 1 removed, 1 edited; words: +9 / −8",
            "policywatch diff acme/privacy-policy 12 13",
            "policywatch show acme/privacy-policy@13",
            "policywatch explain 7",
            'over the channel "team-mail"',
            "12 → 13",
            "messages after",
        ],
    )
    def test_every_form_says_what_a_reader_needs(self, form: str, says: str) -> None:
        assert says in forms(render(CHANGE, ENVELOPE))[form]

    def test_subject_begins_with_the_severity(self) -> None:
        assert render(CHANGE, ENVELOPE).subject == f"[HIGH] {CHANGE.title}"

    def test_message_carries_the_stable_id_and_the_date_of_its_delivery(self) -> None:
        message = render(CHANGE, ENVELOPE)
        assert (message.message_id, message.date) == (ENVELOPE.message_id, ENVELOPE.created_at)

    def test_same_notice_renders_the_same_every_time(self) -> None:
        assert render(CHANGE, ENVELOPE) == render(CHANGE, ENVELOPE)

    def test_findings_on_one_clause_show_it_once(self) -> None:
        text = render(CHANGE, ENVELOPE).text
        assert text.count("use your messages to train AI models") == 2  # once before, once now

    def test_words_are_marked_in_plain_text(self) -> None:
        text = render(CHANGE, ENVELOPE).text
        assert "We [-do not-] use your messages" in text
        assert "We {+may+} use your messages" in text

    def test_words_are_marked_in_html_and_slack(self) -> None:
        message = render(CHANGE, ENVELOPE)
        assert ">do not</del> use your messages" in message.html
        assert ">may</ins> use your messages" in message.html
        slack = forms(message)["slack"]
        assert "> We ~do not~ use your messages" in slack
        assert "> We *may* use your messages" in slack

    def test_matched_words_stand_out_in_a_clause_that_was_added(self) -> None:
        message = render(CHANGE, ENVELOPE)
        assert ">object to training</mark> in your settings." in message.html
        assert "*object to training* in your settings." in forms(message)["slack"]

    def test_clauses_can_be_read_whole_on_either_side(self) -> None:
        page = read_html(render(CHANGE, ENVELOPE).html)
        assert BEFORE in page.text
        assert AFTER in page.text

    def test_the_only_link_is_the_configured_address_shown_in_full(self) -> None:
        message = render(hostile_change(), ENVELOPE)
        assert read_html(message.html).links == [(CHANGE.document.url, CHANGE.document.url)]
        assert forms(message)["slack"].count("<") == 1
        assert "<https://acme.example/privacy?lang=en&amp;v=2>" in forms(message)["slack"]

    def test_address_that_is_not_of_the_web_is_no_link(self) -> None:
        notice = replace(CHANGE, document=replace(CHANGE.document, url="javascript:alert(1)"))
        message = render(notice, ENVELOPE)
        assert read_html(message.html).links == []
        assert "<" not in forms(message)["slack"]

    def test_document_that_is_new_has_no_diff_to_show(self) -> None:
        text = render(replace(CHANGE, previous=None, previous_seen=None), ENVELOPE).text
        assert "policywatch diff" not in text
        assert "We first saw this text at" in text

    def test_unchanged_date_of_the_page_is_said_to_be_unchanged(self) -> None:
        day = date(2026, 6, 1)
        text = render(replace(CHANGE, stated_date=(day, day)), ENVELOPE).text
        assert "2026-06-01 (unchanged)" in text

    def test_times_in_utc_are_not_said_twice(self) -> None:
        text = render(CHANGE, replace(ENVELOPE, timezone="UTC")).text
        assert "23:12 UTC\n" in text
        assert "UTC (" not in text

    def test_fallback_is_short_and_holds_no_page_text(self) -> None:
        fallback = render(hostile_change(), ENVELOPE).fallback
        assert "evil" not in fallback
        assert "AI-training wording added (high)" in fallback
        assert CHANGE.document.url in fallback
        assert "policywatch diff acme/privacy-policy 12 13" in fallback

    def test_no_form_speaks_of_law(self, form: str) -> None:
        words = forms(render(CHANGE, ENVELOPE))[form].lower()
        assert not [word for word in ("gdpr", "violat", "illegal", "unlawful", "breach") if word in words]


class TestOtherNotices:
    @pytest.mark.parametrize(
        ("notice", "says"),
        [
            (
                BASELINE,
                ["Nothing has changed", "Acme – Privacy Policy (EU)", "Bolt – FAQ", "https://bolt.example/faq"],
            ),
            (
                BASELINE,
                [
                    "“object to training”",
                    "You can object to training",
                    "2 documents",
                    "3 documents",
                    "explain 8",
                ],
            ),
            (
                DELIVERY,
                [
                    "will not be tried again",
                    DELIVERY.failed_title,
                    "550 unknown user",
                    "team-mail",
                    "explain 9",
                ],
            ),
            (SAMPLE, ["This is a sample", "team-mail", "counsel@example.test"]),
        ],
    )
    def test_every_form_says_what_a_reader_needs(self, form: str, notice: Notice, says: list[str]) -> None:
        words = forms(render(notice, ENVELOPE))[form].replace("*", "")
        assert [phrase for phrase in says if phrase not in words] == []

    def test_first_reading_claims_no_change(self) -> None:
        text = render(BASELINE, ENVELOPE).text
        assert "\nNow:\n" in text
        assert not [word for word in ("wording added", "wording edited", "Added:") if word in text]

    def test_sample_is_marked_as_a_test(self) -> None:
        assert render(SAMPLE, ENVELOPE).subject.startswith("[TEST] ")


class TestHostileText:
    def test_html_runs_nothing_and_fetches_nothing(self) -> None:
        assert read_html(render(hostile_change(), ENVELOPE).html).dangers == []

    def test_slack_mentions_nobody(self) -> None:
        message = render(hostile_change(), ENVELOPE)
        words = "\n".join(texts_of(list(message.blocks)))
        assert not [sign for sign in ("<!", "<@", "<#") if sign in words]
        assert "&lt;!channel&gt;" in words

    def test_slack_turns_no_bare_words_into_links(self) -> None:
        blocks = list(render(hostile_change(), ENVELOPE).blocks)
        assert all(node["verbatim"] for node in _markdown_nodes(blocks))

    def test_page_text_cannot_fake_the_marks_of_slack(self) -> None:
        words = forms(render(hostile_change(), ENVELOPE))["slack"]
        assert "~struck~" not in words
        assert "*bold*" not in words

    @given(change_notices())
    @settings(max_examples=60, deadline=None)
    def test_any_change_renders_in_every_form(self, notice: ChangeNotice) -> None:
        message = render(notice, ENVELOPE)
        assert judge(payload(message)) == Answer()
        assert read_html(message.html).dangers == []
        for text in (message.subject, message.text, message.html, message.fallback):
            text.encode("utf-8")
            assert not [
                char for char in text if char != "\n" and ("\x00" <= char < "\x20" or "\x7f" <= char < "\xa0")
            ]

    def test_direction_marks_are_shown(self, form: str) -> None:
        words = forms(render(hostile_change(), ENVELOPE))[form]
        assert "[U+202E]gnp.exe" in words
        assert "\u202e" not in words


def _markdown_nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if node.get("type") == "mrkdwn":
            yield node
        for child in node.values():
            yield from _markdown_nodes(child)
    elif isinstance(node, list):
        for child in node:
            yield from _markdown_nodes(child)


def many(count: int, clause: str) -> ChangeNotice:
    findings = [
        replace(ADDED, quote=f"{number}. {clause}", severity=Severity.MEDIUM) for number in range(count)
    ]
    return replace(CHANGE, findings=(EDITED, *findings))


class TestSize:
    @pytest.mark.parametrize(
        "notice",
        [
            many(400, "A clause on training models. " * 3),
            many(60, "A long clause & a longer one <b>. " * 300),
            many(3, "word " * 200_000),
            many(3, "x" * 1_000_000),
            replace(CHANGE, findings=(replace(EDITED, before="one two " * 2_000, quote="one 2 " * 2_000),)),
            replace(
                CHANGE,
                findings=tuple(
                    replace(EDITED, rule=f"rule-{number}", reason="Because. " * 500) for number in range(300)
                ),
            ),
            replace(BASELINE, documents=BASELINE.documents * 300),
        ],
        ids=["many", "long", "very long", "endless word", "confetti", "many rules", "many documents"],
    )
    def test_mail_and_slack_limits_hold_and_the_shortening_is_announced(self, notice: Notice) -> None:
        message = render(notice, ENVELOPE)
        assert bytes_of_mail(message) < 100_000
        assert message.blocks
        assert judge(payload(message)) == Answer()
        assert sum(len(text) for text in texts_of(list(message.blocks))) <= 10_000
        for words in forms(message).values():
            assert "To see everything: policywatch" in words.replace("\n", " ")

    def test_strongest_finding_survives_the_shortening(self) -> None:
        message = render(many(400, "A clause on training models. " * 3), ENVELOPE)
        assert "We {+may+} use your messages" in message.text
        assert "We *may* use" in forms(message)["slack"]

    def test_number_of_findings_left_out_is_exact(self) -> None:
        message = render(many(400, "A clause on training models."), ENVELOPE)
        shown = message.text.count("* consent and opt-out wording added") + message.text.count("* AI-training")
        assert f"{401 - shown:,} more findings are left out here" in message.text

    def test_short_message_announces_nothing(self) -> None:
        assert "left out" not in render(CHANGE, ENVELOPE).text

    def test_change_in_a_very_long_clause_stays_visible(self) -> None:
        filler = "The parties agree to many things that did not change. " * 200
        finding = replace(EDITED, before=filler + BEFORE + filler, quote=filler + AFTER + filler)
        message = render(replace(CHANGE, findings=(finding,)), ENVELOPE)
        for words in (message.text, forms(message)["slack"]):
            assert "may" in words
            assert "characters left out" in words
        assert "We [-do not-] use" in message.text


class TestPlainRendering:
    @pytest.mark.parametrize("notice", NOTICES.values(), ids=NOTICES.keys())
    def test_every_notice_has_a_plain_form(self, notice: Notice) -> None:
        message = render_plainly(notice, ENVELOPE)
        assert notice.title in message.text
        assert (message.message_id, message.html, tuple(message.blocks)) == (ENVELOPE.message_id, "", ())

    def test_plain_form_takes_what_the_rich_form_cannot(self) -> None:
        envelope = replace(
            ENVELOPE, timezone="Nowhere/Atlantis", created_at=ENVELOPE.created_at.astimezone(UTC)
        )
        with pytest.raises(Exception, match="Atlantis"):
            render(CHANGE, envelope)
        assert "policywatch explain 7" in render_plainly(CHANGE, envelope).text

    def test_hostile_title_is_made_harmless(self) -> None:
        message = render_plainly(replace(CHANGE, title=HOSTILE), ENVELOPE)
        assert len(message.subject) <= 180
        message.text.encode("utf-8")
        assert "\x1b" not in message.text
