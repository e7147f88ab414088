"""What the tests of channels share: a message and the servers that take it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from notifiers.base import Attachment, Message
from tests.servers.slack import SlackServer
from tests.servers.smtp import Certificates, ScriptedSmtpServer

MESSAGE = Message(
    message_id="alert-7.team.3f2a@policywatch.test",
    date=datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
    subject="[HIGH] Acme – Privacy Policy (EU): AI-training wording added – 2026-11-21",
    text="Acme changed its privacy policy.\n\nAfter: We may train our models.\n",
    html="<!doctype html><html><body><p>Acme changed its privacy policy.</p></body></html>",
    blocks=({"type": "section", "text": {"type": "mrkdwn", "text": "Acme changed its privacy policy."}},),
    fallback="[HIGH] Acme changed its privacy policy.",
)

ODD_TEXTS = {
    "line separators": "a\u2028b\u2029c\x85d\x0be\x0cf\r\nBcc: evil@example.test",
    "control characters": "a\x00b\x1b[31mc\x9bd\x7f",
    "lone surrogate": "a\ud800b\udfffc",
    "direction marks": "a\u202egnp.exe\u2066b",
    "very long": "policy " * 2_000,
    "one long word": "x" * 5_000,
    "markup": "<script>alert(1)</script> <!channel> <@U1> & <https://evil.test|here>",
    "dots": ".\r\n..\r\n.\r\nQUIT\r\n",
    "emoji": "👩‍⚖️ §",
    "empty": "",
}


@pytest.fixture
def message() -> Message:
    return MESSAGE


@pytest.fixture(params=list(ODD_TEXTS.values()), ids=list(ODD_TEXTS))
def odd_message(request: pytest.FixtureRequest) -> Message:
    odd: str = request.param
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "fine"}}
    fallback = f"{odd[:3000]} "
    return replace(
        MESSAGE,
        subject=odd,
        text=odd,
        html=f"<p>{odd}</p>",
        blocks=(section,),
        fallback=fallback,
        data={"type": "change", "title": odd},
        thread=f"document.{odd}@policywatch.test",
        answers="C0TEST/1700000000.000001",
        attachments=(Attachment(odd, "text/plain", b"whole"),),
    )


@pytest.fixture
def scripted_smtp() -> Iterator[ScriptedSmtpServer]:
    with ScriptedSmtpServer() as server:
        yield server


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))
